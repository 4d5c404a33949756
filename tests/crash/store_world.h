// SPDX-License-Identifier: Apache-2.0
// The oracle of the crash tests: what a store was asked and what it has promised, as a set of
// worlds. While every call is answered there is one world. A call whose outcome is unknown (it
// failed, or power went) leaves several: what is found after a crash must agree with one of them.
#ifndef EVERTURN_TESTS_CRASH_STORE_WORLD_H_
#define EVERTURN_TESTS_CRASH_STORE_WORLD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "everturn/store.h"
#include "fs/sim_fs.h"

namespace everturn {

enum class Promise : std::uint8_t {
  sure,   // acknowledged and durable
  weak,   // acknowledged at a level that a power cut may take
  maybe,  // not acknowledged: there whole, or not at all
};

struct Expected {
  std::string bytes;  // no two records of a workload are equal
  Promise promise = Promise::maybe;
  std::uint64_t batch = 0;           // a retry may write a batch's records out of their order
  std::optional<Position> position;  // as acknowledged
};

struct Body {
  std::vector<Expected> records;
  std::set<std::string> titles;  // each of these may be the title; empty: never set
  bool may_be_absent = false;    // the call that made it was not acknowledged
};
// Everything in the file was synced.
void make_sure(Body& body);
void forget_positions(Body& body);

struct ThrownAway {
  std::string id;  // empty: the call that removed it did not say
  std::string key;
  TrashKind kind = TrashKind::session;
  Body body;
};

struct World {
  std::map<std::string, Body> live;
  std::vector<ThrownAway> trash;
};

// The append that a caller would try again after a crash.
struct Attempt {
  std::string key;
  std::vector<std::string> records;
  std::uint64_t batch = 0;
  WriteOptions how;
};

// A session that was damaged before the workload began.
struct Damaged {
  std::string original;             // every byte of it
  std::vector<std::string> pieces;  // that were damaged later
  // What the last answers about repairs and undoing them allow it to be.
  bool may_be_original = true;
  bool may_be_repaired = false;
};

struct Acks {
  std::vector<World> worlds = {World{}};
  std::optional<Attempt> retry;
  std::vector<ThrownAway> thrown;  // by acknowledged calls; id, key and kind only
  std::set<std::string> purged;    // ids, of acknowledged purges
  std::map<std::string, Damaged> damaged;
  bool padded = false;  // the contract writes with padded tails too
  // The file system may show what stood in its blocks before, where data never reached the disk.
  bool shows_old_blocks = false;
  std::uint64_t next_number = 1;
  std::uint64_t next_batch = 1;
  std::string broken;  // a promise broken already while the workload ran
};

// What lies on a disk, seen through a store that was opened just now.
struct FoundRecord {
  std::string bytes;
  Position position;
  bool is_metadata = false;
};
struct FoundSession {
  std::vector<FoundRecord> records;
  ReadReport report;
  Version version;  // as the store tells it without reading
  std::string title;
  std::string raw;        // empty if has_hole: the store gives no bytes in place of missing ones
  bool has_hole = false;  // a range that the disk cannot read, and that the report tells
};
struct FoundTrash {
  TrashEntry entry;
  std::string raw;
};
struct Findings {
  std::map<std::string, FoundSession> live;
  std::vector<FoundTrash> trash;
};

// Reads the whole store; a failure is told as one sentence.
Result<Findings> look_at(Store& store);
// The trash files as they lie, without the store.
void read_trash_files(const SimFs& disk, Findings& findings);

// Does what was found agree with one of the worlds? "" or one sentence. `again`: an earlier run of
// the contract on this disk may have appended records named by kLaterStart and undeleted sessions.
std::string compare(const Acks& acks, const Findings& found, bool again);
inline constexpr std::string_view kLaterStart = R"({"later":)";

// Every byte that a damaged session had is still in it, or in quarantine with a receipt that can
// put it back; "" or a sentence. `files`: path and content of everything there is, of which those
// below `quarantine` matter.
std::string check_bytes_are_kept(const std::map<std::string, std::string>& files,
                                 std::string_view quarantine, const Damaged& damaged,
                                 std::string_view raw);
std::string check_bytes_are_kept(const SimFs& disk, const Damaged& damaged, std::string_view raw);

// Every byte of the file is in a record, in a damage range, or blank in its place; "" or a
// sentence. `overwritten`: a repair in place may have made spaces of damage.
std::string check_damage_is_told(const FoundSession& session, bool overwritten);
// The file without the blanks at its end.
std::string_view without_padding(std::string_view raw);

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_STORE_WORLD_H_
