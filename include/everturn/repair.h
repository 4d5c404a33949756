// SPDX-License-Identifier: Apache-2.0
// Repair: a separate act that makes a damaged session whole lines again. What it takes out of the
// session is first made durable in quarantine, with a receipt, and one call puts it back. Plain
// values: copy them, share them, no locks.
#ifndef EVERTURN_REPAIR_H_
#define EVERTURN_REPAIR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/session.h"
#include "everturn/status.h"

namespace everturn {

// What is done to a byte range of the session. Where nothing is done to a byte, it stays; so does
// the missing line end of a whole last record, which is no damage.
enum class RepairAction : std::uint8_t {
  set_aside,  // damage: taken out, into quarantine
  split,      // two records on one line get a line end between them
  mend,     // a record with bad bytes: they become U+FFFD, the record as it was goes to quarantine
  partial,  // a record that was cut off is closed and marked; only if asked for
  join,     // one record that another process's line stands in: its pieces are put together
  unfold,   // one object over several lines: its line breaks become spaces
  leave,    // damage that stays: a line over the size limit; what --in-place cannot change
};
std::string_view repair_action_name(RepairAction action);

// Where a range lies with regard to the session's seals (everturn/seal.h).
enum class SealStanding : std::uint8_t {
  unknown,     // there are no seals
  crash_tail,  // above all seals: a write that was cut off. Normal
  as_sealed,   // it was there already when it was sealed: an older crash tail. Normal
  altered,     // below a seal that it does not fit: what was acknowledged is damaged. Alarm
};
std::string_view seal_standing_name(SealStanding standing);

struct RepairStep {
  std::uint64_t offset = 0;  // in the session as it was before
  std::uint64_t length = 0;  // of the bytes that are taken out or replaced; 0: something is added
  RepairAction action = RepairAction::set_aside;
  std::string reason;  // a DamageReason's name, or of several records on a line: "glued", ...
  std::string detail;  // one sentence
  SealStanding standing = SealStanding::unknown;
};

struct RepairOptions {
  // Keeps a record that was cut off: closed, with the member "everturn_partial":true added. Without
  // it the cut off bytes go to quarantine as they are.
  bool partial = false;
  // Overwrites damage with spaces instead of writing a new file: offsets and positions stay, no
  // free space is needed but for the quarantine. Does nothing but set_aside: the parts of a record
  // that would be joined are set aside too, and come back with an undo.
  bool in_place = false;
  // Goes on although another process has the file open for writing, where our locks mean nothing to
  // it. What it writes while we repair is carried over, what it writes later is lost.
  bool force = false;
  // Writes the repaired session to this path, which must not exist, and leaves the session alone.
  // No quarantine: nothing was taken away.
  std::string to;
};

// A plan, or what was done. Memory while it is made: twice the longest line, and up to 50 bytes for
// each record or damaged range on one line. Every byte of the session is afterwards in it or in
// quarantine.
struct RepairReport {
  std::uint64_t step_count = 0;
  std::vector<RepairStep> steps;  // the first kDamageListed of them, in file order
  std::uint64_t records = 0;      // in the session afterwards
  // Of them, those that a reader of whole, strict lines would not have had.
  std::uint64_t recovered = 0;
  std::uint64_t set_aside_count = 0;
  std::uint64_t set_aside_bytes = 0;
  std::uint64_t left_count = 0;   // of action `leave`
  std::uint64_t watermark = 0;    // what stands before it was durable once; 0: unknown
  std::uint64_t alarm_count = 0;  // of the steps: those of standing `altered`
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  // "3 records recovered, 1 torn record (212 bytes) set aside, nothing lost"
  std::string summary;
  std::string receipt_id;    // for undo_repair; empty for a plan, and if nothing had to be done
  std::string receipt_path;  // of the receipt; a relative one if the store's path is
  Version version;           // of the session afterwards; not of a plan

  // There is something to do, other than to leave it.
  [[nodiscard]] bool has_work() const { return step_count > left_count; }
};

// A repair that was made, as its receipt tells it.
struct RepairReceipt {
  std::string id;
  std::string key;
  std::string file_name;
  std::int64_t repaired_ns = 0;  // since 1970
  std::uint64_t bytes = 0;       // set aside or replaced
  std::string summary;
};

// Repairs any file of JSON lines, ours or not, where it lies; in a store's folder under its locks.
// As Store::plan_repair and Store::repair. The quarantine of a file in another agent's folder is
// the user's own (StoreOptions::state_folder).
struct StoreOptions;  // everturn/store.h
Result<RepairReport> plan_file_repair(const std::string& path, const RepairOptions& how,
                                      const StoreOptions& options);
Result<RepairReport> repair_file(const std::string& path, const RepairOptions& how,
                                 const StoreOptions& options);
// As Store::undo_repair, by the path of the receipt (RepairReport::receipt_path).
Status undo_file_repair(const std::string& receipt_path, const std::string& to,
                        const StoreOptions& options);

}  // namespace everturn

#endif  // EVERTURN_REPAIR_H_
