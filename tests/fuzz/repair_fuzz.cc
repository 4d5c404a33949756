// SPDX-License-Identifier: Apache-2.0
// Any bytes as a session, in our folder and in another agent's: the plan keeps or takes out each
// byte, the repaired session needs no second repair, and undoing it gives the old bytes back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fs/sim_fs.h"
#include "journal/repair_property.h"
#include "store/file_repair.h"

namespace everturn {
namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_plans(std::string_view bytes) {
  for (int bits = 0; bits < 8; ++bits) {
    RepairPlanOptions options;
    options.partial = (bits & 1) != 0;
    options.padded_tails = (bits & 2) != 0;
    options.keeps_other_json = (bits & 4) != 0;
    const std::string complaint = repair_test::complaint(bytes, options);
    require(complaint.empty(), complaint.c_str());
  }
}

void check_repair(std::string_view bytes, bool is_own, const RepairOptions& how) {
  const std::string path = "/store/YQ.jsonl";
  SimFs disk;
  if (is_own) disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file(path, std::string(bytes));
  StoreOptions options;
  options.state_folder = "/state";
  const Result<RepairReport> report = repair_file_on(disk, path, how, options, true);
  require(report.ok(), report.status().message().c_str());
  const Result<RepairReport> again = repair_file_on(disk, path, how, options, false);
  require(again.ok(), again.status().message().c_str());
  require(!again->has_work(), ("a second repair has work: " + again->summary).c_str());
  if (!report->receipt_path.empty()) {
    const Status undone = undo_file_repair_on(disk, report->receipt_path, "", options);
    require(undone.ok(), undone.message().c_str());
  }
  const std::string now = disk.read_file(path).value_or("");
  // Padding at the end is no part of a session.
  const bool is_old = bytes.starts_with(now) && is_blank(bytes.substr(now.size()));
  require(is_own ? is_old : now == bytes, ("undo gave other bytes: " + now).c_str());
}

}  // namespace
}  // namespace everturn

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  everturn::check_plans(bytes);
  everturn::RepairOptions in_place;
  in_place.in_place = true;
  for (const bool is_own : {true, false}) {
    everturn::check_repair(bytes, is_own, {});
    everturn::check_repair(bytes, is_own, in_place);
  }
  return 0;
}
