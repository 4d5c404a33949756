// SPDX-License-Identifier: Apache-2.0
// Files of every few odd pieces in a row: repaired, repaired again, and taken back.
#include "tests/corruption/repaired_file.h"

#include <gtest/gtest.h>

#include <vector>

#include "journal/repair_property.h"

namespace everturn::corruption_test {
namespace {

void expect_no_complaint_about_any(bool is_own, const RepairOptions& how) {
  const std::vector<std::string> pieces = {
      R"({"role":"a"})", R"({"role":")", "\n", std::string(3, '\0'), "{\n", "}\n", "x",
      R"(st"})",         "\xFF"};
  repair_test::for_each_row(pieces, 4, [&](const std::string& text) {
    const std::string complaint = complaint_about_repair(text, is_own, how);
    EXPECT_EQ(complaint, "") << testing::PrintToString(text);
    return complaint.empty();
  });
}

RepairOptions in_place() {
  RepairOptions how;
  how.in_place = true;
  return how;
}

TEST(RepairedFile, OfOursNeedsNoSecondRepairAndCanBeTakenBack) {
  expect_no_complaint_about_any(true, {});
}

TEST(RepairedFile, OfOursInPlaceNeedsNoSecondRepairAndCanBeTakenBack) {
  expect_no_complaint_about_any(true, in_place());
}

TEST(RepairedFile, OfAnotherAgentNeedsNoSecondRepairAndCanBeTakenBack) {
  expect_no_complaint_about_any(false, {});
}

TEST(RepairedFile, OfAnotherAgentInPlaceNeedsNoSecondRepairAndCanBeTakenBack) {
  expect_no_complaint_about_any(false, in_place());
}

TEST(RepairedFile, InPlaceDoesNotPromiseToJoinWhatItSetAside) {
  const std::string interleaved = "{\"role\":\"{\"role\":\"\"}\nn\"}\n";
  EXPECT_EQ(complaint_about_repair(interleaved, true, in_place()), "");
}

}  // namespace
}  // namespace everturn::corruption_test
