// SPDX-License-Identifier: Apache-2.0
// The parts of `everturn demo`. Each tries something on a disk of its own, counts what came of it,
// and leaves the telling to demo.cc. All of them stop early, with `unavailable`, once a stop signal
// came. One thread.
#ifndef EVERTURN_CLI_DEMO_H_
#define EVERTURN_CLI_DEMO_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "cli/signals.h"
#include "everturn/report.h"
#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn::cli::demo {

// What every part gets.
struct Stage {
  std::string folder;  // exists, empty
  std::uint64_t seed = 0;
  const StopSignals& signals;
  Output& output;  // for progress
};

Status check_not_stopped();

// A folder under $TMPDIR or /tmp, removed with everything in it by the destructor.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&&) noexcept = default;
  ~TemporaryFolder();
  [[nodiscard]] const std::string& path() const { return path_; }
  // It stays.
  void keep() { above_.reset(); }
  // Removes it now.
  Status remove();

 private:
  TemporaryFolder(std::unique_ptr<Folder> above, std::string name, std::string path);

  std::unique_ptr<Folder> above_;
  std::string name_;
  std::string path_;
};

// Processes that are killed while they write. What was acknowledged is remembered outside of them.
struct KillReport {
  std::uint64_t writers = 0;
  std::uint64_t sessions = 0;
  std::uint64_t kills = 0;         // of one writer at a random moment
  std::uint64_t acknowledged = 0;  // records
  std::uint64_t found = 0;         // of them, loaded byte for byte
  std::uint64_t extra = 0;         // loaded, though their writer was killed before it could report
  std::uint64_t doubled = 0;       // records that were loaded once too often
  std::uint64_t damage = 0;        // ranges of a session that are no record
  std::uint64_t elapsed_ms = 0;

  [[nodiscard]] std::uint64_t lost() const { return acknowledged - found; }
};
Result<KillReport> kill_writers(const Stage& stage);

// One store on a simulated disk that loses power.
struct PowerReport {
  std::string name;
  std::string id;  // the same for programs
  std::uint64_t cuts = 0;
  std::uint64_t outcomes = 0;      // different disks that these cuts can leave, and were looked at
  std::uint64_t acknowledged = 0;  // records before each cut, summed over the cuts
  std::uint64_t lost = 0;          // of them, in the worst outcome of each cut
  std::uint64_t empty = 0;  // cuts with an outcome that has no record, or that cannot be read
  std::uint64_t bad_outcomes = 0;    // outcomes with a loss
  std::uint64_t empty_outcomes = 0;  // outcomes that have no record, or that cannot be read
};
struct PowerReports {
  std::uint64_t turns = 0;
  PowerReport everturn;
  PowerReport rival;  // rewrites the file each turn and renames it into place, without a sync
};
Result<PowerReports> cut_power(const Stage& stage);

// One transcript with every kind of damage. The strips have one character for each record or
// damaged range, in the order of the file.
struct DamageReport {
  std::uint64_t written = 0;   // records
  std::uint64_t whole = 0;     // of them, those whose bytes were left alone
  std::uint64_t loaded = 0;    // of those, given back by load, byte for byte
  std::uint64_t salvaged = 0;  // given back with its bad bytes replaced, and marked so
  std::uint64_t invented = 0;  // given back though nobody wrote it so
  std::uint64_t skipping = 0;  // of the whole ones, kept by a reader that skips bad lines
  std::uint64_t strict = 0;    // ... by one that decodes all of the file or nothing
  SessionInfo listed;
  std::vector<Damage> damage;
  std::string file_strip;  // W whole, G whole but not alone on its line, 0 NUL, B bad byte, T torn
  std::string loaded_strip;  // # kept, - lost, space: nothing to keep
  std::string skipping_strip;
  std::string strict_strip;
};
Result<DamageReport> damage_transcript(const Stage& stage);

// The damaged transcript of damage_transcript(), repaired, and the repair taken back.
struct RepairDemoReport {
  std::string summary;               // as `everturn repair` says it
  std::uint64_t records_before = 0;  // loaded
  std::uint64_t records_repaired = 0;
  std::uint64_t damage_repaired = 0;  // ranges that are no record
  std::uint64_t strict_repaired = 0;  // lines that are one JSON object, to any reader
  std::string sha256_before;          // of the file
  std::string sha256_repaired;
  std::string sha256_undone;
};
Result<RepairDemoReport> repair_and_undo(const Stage& stage);

// Where both keep their session. `folder`: of the stage.
std::string damaged_folder(const std::string& folder);
inline constexpr std::string_view kDamagedKey = "demo:damaged";

// Serves the damaged transcript, and a session whose writer is killed again and again, until
// SIGINT or SIGTERM. `opens`: in a browser, too. No StopSignals may be alive.
Status show_page(const std::string& folder, Output& output, bool opens);

}  // namespace everturn::cli::demo

#endif  // EVERTURN_CLI_DEMO_H_
