// SPDX-License-Identifier: Apache-2.0
#include "views/rescue.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "views/examination.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A file of these bytes, rescued.
class Rescued : public testing::Test {
 protected:
  Rescued() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-resc-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Rescued() override { std::filesystem::remove_all(folder_); }

  Status rescue_bytes(const std::string& bytes, const RescueOptions& options = {}) {
    std::ofstream(folder_ / "s.jsonl", std::ios::binary | std::ios::trunc) << bytes;
    auto store = open_store("file:" + (folder_ / "s.jsonl").string());
    copy_.clear();
    changes_.clear();
    const auto line = [&](std::string_view piece) {
      copy_ += piece;
      return Status();
    };
    const auto change = [&](const RescueChange& one) {
      changes_.push_back(one);
      return Status();
    };
    Result<RescueReport> report = rescue(**store, "s.jsonl", options, line, change);
    if (report.ok()) report_ = *report;
    return report.status();
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> names;
    for (const auto& change : changes_) names.emplace_back(rescue_action_name(change.action));
    return names;
  }
  std::vector<Finding> findings_of_copy() {
    std::ofstream(folder_ / "copy.jsonl", std::ios::binary | std::ios::trunc) << copy_;
    auto store = open_store("file:" + (folder_ / "copy.jsonl").string());
    return examine(**store, "copy.jsonl")->findings;
  }

  std::filesystem::path folder_;
  std::string copy_;
  std::vector<RescueChange> changes_;
  RescueReport report_;
};

Claude at(const std::string& id, const std::string& parent) { return {id, parent}; }

std::string joined(const Lines& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  return bytes;
}

Lines healthy() {
  return {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", use_block("c1")),
          at("r1", "a1").result("c1", "ok"), at("a2", "r1").assistant("m2", text_block("done"))};
}

TEST_F(Rescued, AHealthySessionIsCopiedByteForByte) {
  EXPECT_TRUE(rescue_bytes(joined(healthy())).ok());
  EXPECT_EQ(copy_, joined(healthy()));
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(Rescued, GluedRecordsAreSplitAndTornOnesLeftOut) {
  const Lines lines = healthy();
  const std::string torn = lines[3].substr(0, 40);
  EXPECT_TRUE(
      rescue_bytes(lines[0] + lines[1] + "\n" + torn + "\n" + lines[2] + "\n" + lines[3]).ok());
  EXPECT_EQ(copy_, joined(lines));
  EXPECT_THAT(actions(), ElementsAre("split", "left_out", "line_end"));
  EXPECT_EQ(report_.left_out_bytes, changes_[1].length);
}

TEST_F(Rescued, ARecordWithoutParentFollowsTheOneBeforeIt) {
  Lines lines = healthy();
  lines[1].resize(60);  // the call is gone, and what follows hangs on it
  EXPECT_TRUE(rescue_bytes(joined(lines)).ok());
  EXPECT_THAT(actions(), ElementsAre("left_out", "reattached"));
  EXPECT_EQ(changes_[1].from, "\"a1\"");
  EXPECT_EQ(changes_[1].to, "\"u1\"");
  EXPECT_THAT(copy_, HasSubstr(R"("parentUuid":"u1")"));
  for (const Finding& finding : findings_of_copy()) EXPECT_EQ(finding.grade, Grade::note);
}

TEST_F(Rescued, TwoBreaksOnOnePathAreBothMended) {
  Lines lines = healthy();
  lines.push_back(at("u2", "gone").user("second"));
  lines.push_back(at("u3", "gone too").user("third"));
  EXPECT_TRUE(rescue_bytes(joined(lines)).ok());
  EXPECT_THAT(actions(), ElementsAre("reattached", "reattached"));
  EXPECT_THAT(findings_of_copy(), IsEmpty());
}

std::string pi_user(const std::string& id, const std::string& parent) {
  return R"({"type":"message","id":")" + id + R"(","parentId":)" + parent +
         R"(,"message":{"role":"user","content":"hi"}})";
}

TEST_F(Rescued, PisTreeIsMendedByItsOwnNames) {
  const std::string header = R"({"type":"session","version":3,"id":"s","cwd":"/srv/app"})";
  const Lines lines = {header, pi_user("m1", "null"), pi_user("m3", "\"m2\"")};
  EXPECT_TRUE(rescue_bytes(joined(lines), {.relocate = {{"/srv", "/home"}}}).ok());
  EXPECT_THAT(actions(), ElementsAre("relocated", "reattached"));
  EXPECT_THAT(copy_, HasSubstr(R"("cwd":"/home/app")"));
  EXPECT_THAT(copy_, HasSubstr(pi_user("m3", "\"m1\"")));
}

TEST_F(Rescued, WhatNanobotConsolidatedIsCountedWithoutTheLost) {
  EXPECT_TRUE(rescue_bytes(joined({nanobot_metadata(2), chat("user", "a").substr(0, 20),
                                   chat("user", "b"), chat("user", "c")}))
                  .ok());
  EXPECT_THAT(actions(), ElementsAre("renumbered", "left_out"));
  EXPECT_EQ(changes_[0].from, "2");
  EXPECT_EQ(changes_[0].to, "1");
  EXPECT_EQ(copy_, joined({nanobot_metadata(1), chat("user", "b"), chat("user", "c")}));
}

TEST_F(Rescued, RecordsLostBehindWhatIsConsolidatedDoNotCount) {
  EXPECT_TRUE(rescue_bytes(joined({nanobot_metadata(1), chat("user", "a"),
                                   chat("user", "b").substr(0, 20), chat("user", "c")}))
                  .ok());
  EXPECT_THAT(actions(), ElementsAre("left_out"));
}

TEST_F(Rescued, PisFirstVersionCountsItsEntriesAnew) {
  const std::string header = R"({"type":"session","id":"s","cwd":"/srv"})";
  const auto compaction = [](int index) {
    return pi("compaction", R"("summary":"x","firstKeptEntryIndex":)" + std::to_string(index));
  };
  const std::string lost = pi("message", views_test::pi_user("a")).substr(0, 30);
  const std::string kept = pi("message", views_test::pi_user("b"));
  EXPECT_TRUE(rescue_bytes(joined({header, lost, kept, compaction(2)})).ok());
  EXPECT_THAT(actions(), ElementsAre("left_out", "renumbered"));
  EXPECT_EQ(copy_, joined({header, kept, compaction(1)}));
}

TEST_F(Rescued, GluedRecordsCountAsTheyDidInPisFirstVersion) {
  const Lines lines = {R"({"type":"session","id":"s","cwd":"/srv"})",
                       pi("message", views_test::pi_user("a")),
                       pi("message", views_test::pi_user("b")),
                       pi("compaction", R"("summary":"x","firstKeptEntryIndex":2)")};
  EXPECT_TRUE(rescue_bytes(lines[0] + lines[1] + lines[2] + "\n" + lines[3] + "\n").ok());
  EXPECT_THAT(actions(), ElementsAre("split", "split"));
  EXPECT_EQ(copy_, joined(lines));
  EXPECT_THAT(told(transcript_of(lines)), ElementsAre(HasSubstr("x"), "user: b"));
}

TEST_F(Rescued, GluedRecordsBeforeWhatCountsThemAreCountedAsTheTwoTheyWere) {
  const std::string header = R"({"type":"session","id":"s","cwd":"/srv"})";
  const auto compaction = [](int index) {
    return pi("compaction", R"("summary":"x","firstKeptEntryIndex":)" + std::to_string(index));
  };
  const auto entry = [](const char* text) { return pi("message", views_test::pi_user(text)); };
  EXPECT_TRUE(
      rescue_bytes(joined({header, entry("a") + entry("b"), entry("c"), compaction(3)})).ok());
  EXPECT_THAT(actions(), ElementsAre("split"));
  EXPECT_EQ(copy_, joined({header, entry("a"), entry("b"), entry("c"), compaction(3)}));
  EXPECT_TRUE(rescue_bytes(joined({nanobot_metadata(2), chat("user", "a") + chat("user", "b"),
                                   chat("user", "c")}))
                  .ok());
  EXPECT_THAT(actions(), ElementsAre("split"));
  EXPECT_THAT(copy_, HasSubstr(nanobot_metadata(2)));
}

TEST_F(Rescued, AGluedRecordAndALostOneBeforeWhatCountsThemLowerItByTheLostAlone) {
  EXPECT_TRUE(rescue_bytes(joined({nanobot_metadata(3), chat("user", "a") + chat("user", "b"),
                                   chat("user", "lost").substr(0, 20), chat("user", "c")}))
                  .ok());
  EXPECT_THAT(actions(), ElementsAre("renumbered", "split", "left_out"));
  EXPECT_THAT(copy_, HasSubstr(nanobot_metadata(2)));
}

TEST_F(Rescued, OnlyWorkingDirectoriesOfTheProjectAreRelocated) {
  const std::string meta =
      R"({"timestamp":"2026","type":"session_meta","payload":{"id":"x","cwd":"/a/b"}})";
  const std::string other =
      R"({"timestamp":"2026","type":"turn_context","payload":{"cwd":"/a/bc","n":1.10}})";
  EXPECT_TRUE(rescue_bytes(joined({meta, other}), {.relocate = {{"/a/b", "/new"}}}).ok());
  EXPECT_THAT(actions(), ElementsAre("relocated"));
  EXPECT_THAT(copy_, HasSubstr(R"("payload":{"id":"x","cwd":"/new"})"));
  EXPECT_THAT(copy_, HasSubstr(other + "\n"));
}

TEST_F(Rescued, BrokenCharactersAreMendedAndTold) {
  std::string bad = at("u1", "").user("cafe");
  bad[bad.find("cafe") + 3] = '\xFF';
  EXPECT_TRUE(rescue_bytes(bad + "\n").ok());
  EXPECT_THAT(actions(), ElementsAre("mended"));
  EXPECT_THAT(copy_, HasSubstr("caf\xEF\xBF\xBD"));
}

TEST_F(Rescued, WhatHoldsNoRecordIsRefused) {
  EXPECT_EQ(rescue_bytes("{\"torn\n").code(), Code::invalid);
  EXPECT_EQ(rescue_bytes("").code(), Code::invalid);
  EXPECT_EQ(rescue_bytes("{\n\"a\":1\n}\n").code(), Code::invalid);
}

TEST_F(Rescued, RealTranscriptsOfLinesComeThroughByteForByte) {
  const char* const root = std::getenv("EVERTURN_TRANSCRIPTS");
  if (root == nullptr) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const Status done = rescue_bytes(bytes.str());
    if (done.code() == Code::invalid) continue;  // a document
    EXPECT_TRUE(done.ok()) << entry.path() << done.message();
    std::string whole = bytes.str();
    while (whole.ends_with("\n\n")) whole.pop_back();
    const bool is_same = copy_ == whole;
    EXPECT_TRUE(is_same || !changes_.empty()) << entry.path();
  }
}

}  // namespace
}  // namespace everturn::views_test
