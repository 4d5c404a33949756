// SPDX-License-Identifier: Apache-2.0
// The parts of a repair that the folder engine puts together (dir_repair.cc): counting what a plan
// does, writing the new content, and reading it back.
#ifndef EVERTURN_STORE_REPAIR_RUN_H_
#define EVERTURN_STORE_REPAIR_RUN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "everturn/repair.h"
#include "fs/fs.h"
#include "journal/repair_plan.h"
#include "journal/replace.h"
#include "journal/scan.h"
#include "store/quarantine.h"

namespace everturn {

// Counts what a plan does. With `in_place`, what is not set aside is left.
class RepairTally : public RepairSink {
 public:
  explicit RepairTally(bool in_place) : in_place_(in_place) {}
  Status on_edit(const RepairEdit& edit) override;
  Status on_leave(const Damage& damage) override;

  // The report so far; `planner` has seen all lines of a file of `bytes`.
  [[nodiscard]] RepairReport report(const RepairPlanner& planner, std::uint64_t bytes) const;
  // Follows from the edits and the file.
  [[nodiscard]] std::string receipt_id(std::string_view file_name, const FileId& file) const;

 private:
  struct Group {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
  };
  void add_step(std::uint64_t offset, std::uint64_t length, RepairAction action,
                std::string_view reason, std::string_view detail);
  [[nodiscard]] std::string summary(const RepairReport& report) const;

  bool in_place_;
  RepairReport report_;
  std::map<std::string, Group> set_aside_;  // by reason
  RepairStep last_set_aside_;
  std::uint64_t added_bytes_ = 0;
  std::uint64_t taken_bytes_ = 0;
  Sha256Stream script_;
};

// Writes what a file becomes: the bytes between the edits from the old file, the edits' own in
// their places. Hashes both contents, counts, and gives what is taken out to the quarantine.
class RepairCopy : public RepairSink {
 public:
  // `fresh` is null if the new content is only to be hashed, `quarantine` if nothing is taken away.
  // With `in_place`, what is set aside becomes spaces and everything else stays.
  RepairCopy(File& old, Replacement* fresh, Quarantine::Draft* quarantine, bool in_place)
      : old_(old), fresh_(fresh), quarantine_(quarantine), in_place_(in_place), tally_(in_place) {}
  Status on_edit(const RepairEdit& edit) override;
  Status on_leave(const Damage& damage) override { return tally_.on_leave(damage); }
  // Copies the old file up to `offset`, behind the last edit.
  Status copy_up_to(std::uint64_t offset);

  [[nodiscard]] ContentMark before() const { return {at_, before_.digest()}; }
  [[nodiscard]] ContentMark after() const { return {after_bytes_, after_.digest()}; }
  [[nodiscard]] bool was_terminated() const { return last_byte_ == '\n'; }  // the old content
  [[nodiscard]] const RepairTally& tally() const { return tally_; }

 private:
  Status put(std::string_view bytes);

  File& old_;
  Replacement* fresh_;
  Quarantine::Draft* quarantine_;
  bool in_place_;
  RepairTally tally_;
  std::uint64_t at_ = 0;  // in the old file
  std::uint64_t after_bytes_ = 0;
  char last_byte_ = '\n';
  Sha256Stream before_;
  Sha256Stream after_;
};

// What takes the place of bytes that are set aside in place: spaces, line ends where there were,
// and at both sides, so that a record beside them stands alone and does not begin or end with
// spaces.
std::string blanked(std::string_view bytes);

// Overwriting in place may be cut off, sector by sector, and what is left of the damage then must
// neither hide the record behind it nor look like one. So it goes in steps, each synced before the
// next: a line end as the last byte, which parts the damage from what follows it; then no byte that
// could begin an object; then blanked().
inline constexpr int kOverwriteSteps = 3;
std::string overwritten(std::string_view bytes, int step);

// Reads back what a repair wrote: nothing but records, and the bytes that were meant.
class RepairCheck : private LineSink, private ScanSink {
 public:
  RepairCheck(bool keeps_other_json, const LineLimits& limits)
      : keeps_other_json_(keeps_other_json), limits_(limits) {}
  // Reads the file from where the last call ended. `damaged` with the place where something else
  // stands than lines of records.
  Status read_up_to(File& file, std::uint64_t end);
  [[nodiscard]] ContentMark content() const { return {bytes_, hash_.digest()}; }
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override;
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override;
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override;
  bool on_record(const ScannedRecord& record) override;
  bool on_damage(Damage damage) override;

  Scanner scanner_{ScanOptions{}, *this};
  const bool keeps_other_json_;
  const LineLimits limits_;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  Sha256Stream hash_;
  Status status_;
};

// What a compressed file holds, as a file in memory for reading; null for one that is not
// compressed. `note` says what of it could not be read.
Result<std::unique_ptr<File>> decompressed(File& file, std::uint64_t size, std::string* note);

}  // namespace everturn

#endif  // EVERTURN_STORE_REPAIR_RUN_H_
