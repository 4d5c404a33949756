// SPDX-License-Identifier: Apache-2.0
// Any bytes as a session, in our folder and in another agent's: the plan keeps or takes out each
// byte, the repaired session needs no second repair, and undoing it gives the old bytes back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "journal/repair_property.h"
#include "tests/corruption/repaired_file.h"

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
  const std::string complaint = corruption_test::complaint_about_repair(bytes, is_own, how);
  require(complaint.empty(), complaint.c_str());
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
