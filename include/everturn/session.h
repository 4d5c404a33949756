// SPDX-License-Identifier: Apache-2.0
// The words of the interface. A session is one conversation, named by a key (UTF-8 text of 1 byte
// to 1 KiB, for instance "telegram:12345"). It is a sequence of records; a record is one JSON
// object on one line, kept byte for byte as the caller gave it. Plain values: copy them, share
// them, no locks.
#ifndef EVERTURN_SESSION_H_
#define EVERTURN_SESSION_H_

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn {

// A place between two records: opaque, ordered within one generation. A rewrite of the session
// starts a new generation; a position of an older one is answered with `conflict`, never with a
// wrong record. The default value is the beginning, in every generation.
struct Position {
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;  // NOLINT(modernize-use-nullptr)
  [[nodiscard]] std::string to_string() const;        // "4f2a…c1.1042"
  static Result<Position> parse(std::string_view text);
};

// What a session held at one moment: equal versions, equal records. For conflict checks, ETags and
// caches. Opaque. Edits from outside that keep the file's length and its last record go unseen.
struct Version {
  std::uint64_t generation = 0;
  std::uint64_t end = 0;
  std::uint64_t hash_high = 0;
  std::uint64_t hash_low = 0;
  bool operator==(const Version&) const = default;
  // The version of a session that does not exist.
  static Version none() { return {}; }
  [[nodiscard]] std::string to_string() const;
  static Result<Version> parse(std::string_view text);
};

// How durable a write is when it is acknowledged.
enum class Level : std::uint8_t {
  power,     // survives a power cut, if the device honours flushes. The default.
  kernel,    // survives the death of the process; a power cut may take it
  interval,  // as kernel; made durable in the background at most `interval` later
};

struct Durability {
  Level level = Level::power;
  std::chrono::milliseconds interval{0};  // only for Level::interval, 1 ms to 1 hour
};

// Makes a retry safe for callers that hold no version. Give one of the two. A record then counts as
// already there if the last 4 MiB of the session hold the same bytes under the same identity; equal
// identity with other bytes is appended, since agents repeat ids to replace.
struct Once {
  std::string operation;  // an id of this call, at most 256 bytes; kept beside the records
  std::string member;     // the name of a top-level member of each record, for instance "uuid"
};

// `if_missing` creates the session with its first write.
enum class Create : std::uint8_t { if_missing, never, must };

struct WriteOptions {
  Durability durability;
  // The write happens only if this is the session's version, else `conflict` and nothing changes.
  // A retry whose bytes already stand right behind this version is acknowledged with the old
  // position and adds nothing, also after a crash.
  std::optional<Version> expected;
  Once once;
  Create create = Create::if_missing;
};

// The reply to a write.
struct Appended {
  Position first;                   // of the first record of the batch
  Position last;                    // of its last record
  Position end;                     // behind it: load from here to see what comes later
  Version version;                  // of the session, right after the batch
  Level reached = Level::power;     // power: durable now
  std::uint64_t records = 0;        // in the batch
  std::uint64_t already_there = 0;  // of them, found rather than added
};

// One of several appends at once: what to add, on which conditions, and what came of it.
struct AppendCall {
  std::span<const std::string_view> records;  // the caller's; must stay until the call returns
  WriteOptions how;
  Result<Appended> reply = Status(Code::unavailable, "out of memory");
};

enum class RecordKind : std::uint8_t {
  record,    // as a caller gave it
  metadata,  // the store's own, see Metadata
};

// A record on its way to the caller. `bytes` lives until the sink returns.
struct Record {
  std::string_view bytes;  // without the line end
  Position position;
  Position next;
  RecordKind kind = RecordKind::record;
  // `bytes` are mended: U+FFFD stands where the file has bytes that JSON does not allow in a string
  // (not UTF-8, control characters). The report has the original range as damage.
  bool salvaged = false;
  // Holds NaN, Infinity or -Infinity as Python writes them: as it stands, but no RFC 8259 JSON.
  bool nonfinite = false;
};

// Takes one record after the other; false stops the reading, and that is no error.
using RecordSink = std::function<bool(const Record&)>;

struct ReadOptions {
  Position from;                      // the default reads from the beginning
  std::optional<std::uint64_t> last;  // only the last so many records (behind `from`)
  std::uint64_t limit = UINT64_MAX;   // stop after so many records
  bool backwards = false;             // newest first
  bool with_metadata = false;         // also the store's own metadata records
  bool with_oversize = false;  // also records over the size limit (they are read into memory)
};

// A session's metadata: on line 1, or the newest metadata record where it was changed later.
struct Metadata {
  std::string key;         // empty when the session holds no metadata record
  std::string created_at;  // ISO 8601 as it stands there
  std::string updated_at;
  std::string values = "{}";  // a JSON object, free for callers: title, tags, ...
  std::int64_t last_consolidated = 0;
  Version version;  // of the session when this was read
};

struct MetadataChange {
  std::string merge = "{}";  // a JSON object: each member replaces that member; null removes it
  std::optional<std::int64_t> last_consolidated;
};

}  // namespace everturn

#endif  // EVERTURN_SESSION_H_
