// SPDX-License-Identifier: Apache-2.0
#include "journal/repair_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "journal/repair_property.h"

namespace everturn {
namespace {

using repair_test::plan;
using repair_test::Planned;
using testing::HasSubstr;

const std::string kA = R"({"role":"user","content":"a"})";
const std::string kB = R"({"role":"assistant","content":"b"})";
const std::string kTorn = R"({"role":"user","content":"torn he)";

RepairPlanOptions partial() {
  RepairPlanOptions options;
  options.partial = true;
  return options;
}
RepairPlanOptions padded() {
  RepairPlanOptions options;
  options.padded_tails = true;
  options.keeps_other_json = false;
  return options;
}
RepairPlanOptions ours() {
  RepairPlanOptions options;
  options.keeps_other_json = false;
  return options;
}

TEST(RepairPlan, WholeRecordsHaveNothingToDo) {
  for (const std::string& file : {std::string(), kA + "\n", kA + "\n\n \r\n" + kB + "\r\n"}) {
    const Planned planned = plan(file);
    EXPECT_EQ(planned.steps, "");
    EXPECT_EQ(planned.after, file);
    EXPECT_EQ(planned.recovered, 0U);
  }
}

TEST(RepairPlan, GluedRecordsGetTheirOwnLines) {
  const Planned planned = plan(kA + kB + "  " + kA + "\n" + kB + "\n");
  EXPECT_EQ(planned.after, kA + "\n" + kB + "\n" + kA + "\n" + kB + "\n");
  EXPECT_EQ(planned.steps, "split glued 29+0, split glued 63+2");
  EXPECT_EQ(planned.records, 4U);
  EXPECT_EQ(planned.recovered, 3U);
}

TEST(RepairPlan, TornBeginningIsSetAsideAndTheRecordBehindItKept) {
  const Planned planned = plan(kA + "\n" + kTorn + kB + "\n" + kA + "\n");
  EXPECT_EQ(planned.after, kA + "\n" + kB + "\n" + kA + "\n");
  EXPECT_EQ(planned.steps, "set_aside torn 30+33");
  EXPECT_EQ(planned.recovered, 1U);
}

TEST(RepairPlan, TornTailIsSetAside) {
  const Planned planned = plan(kA + "\n" + kTorn);
  EXPECT_EQ(planned.after, kA + "\n");
  EXPECT_EQ(planned.steps, "set_aside torn 30+33");
}

TEST(RepairPlan, LastRecordWithoutItsLineEndIsNoDamage) {
  EXPECT_EQ(plan(kA + "\n" + kB).after, kA + "\n" + kB);
  EXPECT_EQ(plan(kA + "\n" + kB).steps, "");
}

TEST(RepairPlan, NulRunsAndForeignBlocksGo) {
  const std::string zeros(40, '\0');
  EXPECT_EQ(plan(kA + "\n" + zeros + kB + "\n").after, kA + "\n" + kB + "\n");
  EXPECT_EQ(plan(kA + "\n" + zeros).after, kA + "\n");
  EXPECT_EQ(plan(kA + "\n" + zeros).steps, "set_aside zeros 30+40");
  EXPECT_EQ(plan(kA + "\n%PDF-1.7\n" + kB + "\n").after, kA + "\n" + kB + "\n");
  EXPECT_EQ(plan(kA + "\n%PDF-1.7\n").steps, "set_aside not_json 30+9");
}

TEST(RepairPlan, LineThatIsOtherJsonStaysInAFileOfSomebodyElse) {
  const std::string file = kA + "\n[1]\n" + kB + "\n";
  EXPECT_EQ(plan(file).after, file);
  EXPECT_EQ(plan(file).steps, "leave not_object 30+3");
  EXPECT_EQ(plan(file, ours()).after, kA + "\n" + kB + "\n");
}

TEST(RepairPlan, WhiteSpaceBesideARecordDoesNotBecomePartOfIt) {
  EXPECT_EQ(plan(" " + kA + kB + "\r\n").after, kA + "\n" + kB + "\n");
  EXPECT_EQ(plan(kTorn + "  " + kA + "\n").after, kA + "\n");
  EXPECT_EQ(plan(kA + "  " + kTorn + "\n").after, kA + "\n");
}

TEST(RepairPlan, CarriageReturnsStay) {
  const std::string file = kA + "\r\n" + kB + "\r\n";
  EXPECT_EQ(plan(file).after, file);
}

TEST(RepairPlan, ObjectOverSeveralLinesIsUnfolded) {
  const Planned planned =
      plan(kA + "\n{\n  \"role\": \"user\",\n  \"n\": {\n    \"x\": 1\n  }\n}\n" + kB + "\n");
  EXPECT_EQ(planned.after,
            kA + "\n{   \"role\": \"user\",   \"n\": {     \"x\": 1   } }\n" + kB + "\n");
  EXPECT_EQ(planned.records, 3U);
  EXPECT_THAT(planned.steps, HasSubstr("unfold several_lines 30+"));
}

TEST(RepairPlan, LinesThatOnlyBeginLikeAnObjectAreNotUnfolded) {
  const Planned planned = plan("{\n\"role\": \"user\",\n" + kA + "\n" + kB + "\n");
  EXPECT_EQ(planned.after, kA + "\n" + kB + "\n");
  EXPECT_THAT(planned.steps, testing::Not(HasSubstr("unfold")));
}

TEST(RepairPlan, RecordThatAnotherLineStandsInIsJoined) {
  const std::string whole = R"({"role":"user","content":"torn here, and its rest"})";
  const std::string rest = whole.substr(kTorn.size());
  const Planned planned = plan(kA + "\n" + kTorn + kB + "\n" + rest + "\n" + kA + "\n");
  EXPECT_EQ(planned.after, kA + "\n" + kB + "\n" + whole + "\n" + kA + "\n");
  EXPECT_THAT(planned.steps, HasSubstr("join interleaved"));
  EXPECT_EQ(planned.records, 4U);
}

TEST(RepairPlan, TornRecordIsKeptInPartOnlyIfAskedFor) {
  const std::string closed = R"({"role":"user","content":"torn he","everturn_partial":true})";
  EXPECT_EQ(plan(kA + "\n" + kTorn + "\n", partial()).after, kA + "\n" + closed + "\n");
  EXPECT_EQ(plan(kA + "\n" + kTorn, partial()).after, kA + "\n" + closed);
  EXPECT_EQ(plan(kA + "\n" + kTorn + kB + "\n", partial()).after,
            kA + "\n" + closed + "\n" + kB + "\n");
}

TEST(RepairPlan, PaddingBeforeARecordGoesAndAtTheEndStays) {
  const std::string tabs = std::string(600, '\t') + "\n";
  EXPECT_EQ(plan(kA + "\n" + tabs + kB + "\n", padded()).after, kA + "\n" + kB + "\n");
  EXPECT_EQ(plan(kA + "\n" + tabs + kB + "\n", padded()).steps, "set_aside gap 30+601");
  EXPECT_EQ(plan(kA + "\n" + tabs, padded()).steps, "");
  EXPECT_EQ(plan(kA + "\n" + tabs, padded()).after, kA + "\n" + tabs);
}

TEST(RepairPlan, LineOverTheLimitStays) {
  const std::string file = kTorn + "\n" + kA + kA + kA + "\n" + kB + "\n";
  const Planned planned = plan(file, {}, 80);
  EXPECT_EQ(planned.after, kA + kA + kA + "\n" + kB + "\n");
  EXPECT_EQ(planned.steps, "set_aside torn 0+34, leave oversize 34+88");
}

TEST(RepairPlan, EveryByteOfSmallFilesIsKeptOrTakenOut) {
  // Every text of up to six of these bytes.
  repair_test::for_each_text("{}\":a,\n\\", 6, [](const std::string& text) {
    const std::string complaint = repair_test::complaint(text, {});
    EXPECT_EQ(complaint, "") << testing::PrintToString(text);
    return complaint.empty();
  });
}

TEST(RepairPlan, EveryByteOfFilesOfOddPiecesIsKeptOrTakenOut) {
  const std::vector<std::string> pieces = {
      kA, kTorn, "\n", std::string(3, '\0'), "{\n", "}\n", "\t", "[1]", "x", R"(st"})", "\xFF"};
  for (const RepairPlanOptions& options : {RepairPlanOptions(), partial(), padded(), ours()}) {
    repair_test::for_each_row(pieces, 4, [&](const std::string& text) {
      const std::string complaint = repair_test::complaint(text, options);
      EXPECT_EQ(complaint, "") << testing::PrintToString(text);
      return complaint.empty();
    });
  }
}

TEST(RepairPlan, FailureOfTheSinkEndsThePlan) {
  struct Full : RepairSink {
    Status on_edit(const RepairEdit&) override {
      ++edits;
      return {Code::io, "full"};
    }
    Status on_leave(const Damage&) override { return {}; }
    int edits = 0;
  } sink;
  RepairPlanner planner({}, sink);
  const std::string line = "xx" + std::string(kJsonPadding, '\0');
  EXPECT_FALSE(planner.on_line(0, std::string_view(line).substr(0, 2), true));
  EXPECT_FALSE(planner.on_line(3, std::string_view(line).substr(0, 2), true));
  EXPECT_EQ(planner.finish().code(), Code::io);
  EXPECT_EQ(sink.edits, 1);
}

}  // namespace
}  // namespace everturn
