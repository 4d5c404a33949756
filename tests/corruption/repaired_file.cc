// SPDX-License-Identifier: Apache-2.0
#include "tests/corruption/repaired_file.h"

#include "fs/sim_fs.h"
#include "journal/scan.h"
#include "store/file_repair.h"

namespace everturn::corruption_test {

std::string complaint_about_repair(std::string_view bytes, bool is_own, const RepairOptions& how) {
  const std::string path = "/store/YQ.jsonl";
  SimFs disk;
  if (is_own) disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file(path, std::string(bytes));
  StoreOptions options;
  options.state_folder = "/state";
  const Result<RepairReport> report = repair_file_on(disk, path, how, options, true);
  if (!report.ok()) return report.status().message();
  const Result<RepairReport> again = repair_file_on(disk, path, how, options, false);
  if (!again.ok()) return again.status().message();
  if (again->has_work()) return "a second repair has work: " + again->summary;
  if (!report->receipt_path.empty()) {
    const Status undone = undo_file_repair_on(disk, report->receipt_path, "", options);
    if (!undone.ok()) return undone.message();
  }
  const std::string now = disk.read_file(path).value_or("");
  // Padding at the end is no part of a session.
  const bool is_old = bytes.starts_with(now) && is_blank(bytes.substr(now.size()));
  return (is_own ? is_old : now == bytes) ? "" : "undo gave other bytes: " + now;
}

}  // namespace everturn::corruption_test
