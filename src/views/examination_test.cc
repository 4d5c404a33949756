// SPDX-License-Identifier: Apache-2.0
#include "views/examination.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A file of these bytes, examined.
class Examined : public testing::Test {
 protected:
  Examined() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-exam-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Examined() override { std::filesystem::remove_all(folder_); }

  Examination examine_bytes(const std::string& bytes) {
    std::ofstream(folder_ / "s.jsonl", std::ios::binary | std::ios::trunc) << bytes;
    return examine_file(folder_ / "s.jsonl");
  }
  Examination examine_lines(const Lines& lines) { return examine_bytes(bytes_of(lines)); }
  static std::string bytes_of(const Lines& lines) {
    std::string bytes;
    for (const std::string& line : lines) bytes += line + "\n";
    return bytes;
  }
  static Examination examine_file(const std::filesystem::path& path) {
    auto store = open_store("file:" + path.string());
    const auto sessions = (*store)->list();
    Result<Examination> examined = examine(**store, sessions->front().key);
    EXPECT_TRUE(examined.ok()) << examined.status().message();
    return *std::move(examined);
  }

  std::filesystem::path folder_;
};

auto finding(Grade grade, const std::string& kind, std::uint64_t count) {
  return AllOf(Field(&Finding::grade, grade), Field(&Finding::kind, kind),
               Field(&Finding::count, count));
}

Claude at(const std::string& id, const std::string& parent) { return {id, parent}; }

Lines healthy() {
  return {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", use_block("c1")),
          at("r1", "a1").result("c1", "ok"), at("a2", "r1").assistant("m2", text_block("done"))};
}

TEST_F(Examined, ARecordBehindOneThatEmbedsASubAgentHasItsParent) {
  const std::string inner =
      at("x1", "").assistant("mx", text_block("found"), "\"isSidechain\":true,");
  Lines lines = healthy();
  lines.push_back(
      at("p1", "a2")
          .record("progress", R"("data":{"type":"agent_progress","message":)" + inner + "}"));
  lines.push_back(at("u2", "p1").user("next"));
  EXPECT_THAT(examine_lines(lines).findings, IsEmpty());
}

TEST_F(Examined, AHealthySessionHasNoFindings) {
  const Examination examination = examine_lines(healthy());
  EXPECT_THAT(examination.findings, IsEmpty());
  EXPECT_EQ(examination.dialect, "claude");
  EXPECT_EQ(examination.records, 4U);
}

TEST_F(Examined, AMessageIdOnSeveralLinesIsNoFinding) {
  Lines lines = healthy();
  lines.push_back(at("a3", "a2").assistant("m2", text_block("done and checked")));
  EXPECT_THAT(examine_lines(lines).findings, IsEmpty());
}

TEST_F(Examined, AFileOfZerosIsDamage) {
  const Examination examination = examine_bytes(std::string(4096, '\0'));
  EXPECT_THAT(examination.findings, Contains(finding(Grade::damage, "zeros", 1)));
  EXPECT_EQ(examination.records, 0U);
}

TEST_F(Examined, TornAndGluedLinesAreDamage) {
  Lines lines = healthy();
  lines[1].resize(lines[1].size() / 2);
  const std::string last = lines.back();
  lines.pop_back();
  lines.back() += last;
  const Examination examination = examine_lines(lines);
  EXPECT_EQ(examination.worst(), Grade::damage);
  EXPECT_THAT(examination.findings, Contains(finding(Grade::damage, "torn", 1)));
  EXPECT_THAT(examination.findings, Contains(finding(Grade::damage, "glued", 1)));
}

TEST_F(Examined, AMissingParentHidesWhatIsBeforeIt) {
  Lines lines = healthy();
  lines.push_back(at("u2", "gone").user("still here"));
  const Examination examination = examine_lines(lines);
  EXPECT_THAT(examination.findings, Contains(finding(Grade::hides_messages, "missing_parent", 4)));
  EXPECT_THAT(examination.findings.front().text, HasSubstr("4 messages are in the file"));
}

TEST_F(Examined, AMissingParentThatHidesNothingIsANote) {
  Lines lines = {at("u1", "in another file").user("hi"),
                 at("a1", "u1").assistant("m1", text_block("done"))};
  EXPECT_THAT(examine_lines(lines).findings, Contains(finding(Grade::note, "foreign_parent", 1)));
  // Nor one on a branch that nobody is on.
  lines = healthy();
  lines.insert(lines.begin() + 1, at("x1", "gone").user("left behind"));
  EXPECT_EQ(examine_lines(lines).worst(), Grade::note);
}

TEST_F(Examined, WhatACompactionLeftBehindIsNotHidden) {
  Lines lines = healthy();
  lines.push_back(at("b1", "").record("system",
                                      "\"subtype\":\"compact_boundary\",\"logicalParentUuid\":"
                                      "\"elsewhere\",\"content\":\"Compacted\""));
  lines.push_back(
      at("s1", "b1")
          .record("user",
                  R"("isCompactSummary":true,"message":{"role":"user","content":"so far"})"));
  lines.push_back(at("a3", "s1").assistant("m3", text_block("on")));
  EXPECT_THAT(examine_lines(lines).findings, IsEmpty());
}

TEST_F(Examined, ParentsInACircleEnd) {
  EXPECT_THAT(examine_lines({at("u1", "u2").user("one"), at("u2", "u1").user("two")}).findings,
              IsEmpty());
}

TEST_F(Examined, CallsWithoutResultsTimesThatStepBackAndDriftAreNotes) {
  Lines lines = healthy();
  lines.erase(lines.begin() + 2);
  lines[2].replace(lines[2].find("10:02:11"), 8, "10:02:01");
  lines[2].replace(lines[2].find("r1"), 2, "a1");
  lines.push_back(R"({"type":"novelty","uuid":"n1","parentUuid":"a2"})");
  const Examination examination = examine_lines(lines);
  EXPECT_EQ(examination.worst(), Grade::note);
  EXPECT_THAT(examination.findings, Contains(finding(Grade::note, "open_call", 1)));
  EXPECT_THAT(examination.findings, Contains(finding(Grade::note, "clock", 1)));
  EXPECT_THAT(examination.findings, Contains(finding(Grade::note, "drift", 1)));
}

TEST_F(Examined, AClockThatWasSetBackIsANoteOfItsOwn) {
  for (const auto& [time, kind] : std::vector<std::pair<std::string, std::string>>{
           {"10:01:11.121", "clock"}, {"10:01:11.120", "clock_set_back"}}) {
    Lines lines = healthy();
    lines[3].replace(lines[3].find("10:02:11.120"), time.size(), time);
    const Examination examination = examine_lines(lines);
    EXPECT_EQ(examination.worst(), Grade::note);
    ASSERT_THAT(examination.findings, SizeIs(1));
    EXPECT_THAT(examination.findings[0], finding(Grade::note, kind, 1));
    EXPECT_EQ(examination.findings[0].offset, bytes_of(lines).find(lines[3]));
    EXPECT_THAT(examination.findings[0].text, HasSubstr("by 60 s at most"));
  }
}

TEST_F(Examined, AnUnfinishedLastLineIsANote) {
  const Examination examination = examine_bytes(bytes_of(healthy()) + R"({"type":"user","mess)");
  EXPECT_EQ(examination.worst(), Grade::note);
  EXPECT_THAT(examination.findings, Contains(finding(Grade::note, "unterminated", 1)));
}

std::uint64_t size_of(const Examination& examination, SizePart part) {
  return examination.sizes.at(static_cast<std::size_t>(part));
}

TEST_F(Examined, TheSizeIsToldByWhatItIsOf) {
  const std::string image(5000, 'A');
  Lines lines = healthy();
  lines.push_back(
      at("u2", "a2")
          .record("user",
                  R"("message":{"role":"user","content":[{"type":"image","source":{"data":")" +
                      image + R"("}}]})"));
  lines.push_back(at("r2", "u2").result("c9", std::string(3000, '.')));
  const Examination examination = examine_lines(lines);
  EXPECT_EQ(size_of(examination, SizePart::images), image.size());
  EXPECT_GE(size_of(examination, SizePart::tool_output), 3000U);
  std::uint64_t all = 0;
  for (const std::uint64_t size : examination.sizes) all += size;
  EXPECT_EQ(all, examination.record_bytes);
}

TEST_F(Examined, WhatACompactionRepeatsIsOfTheCompaction) {
  const std::string said(3000, '.');
  const auto item = [&](const std::string& role) {
    return R"({"type":"message","role":)" + q(role) +
           R"(,"content":[{"type":"input_text","text":)" + q(said) + "}]}";
  };
  const Lines lines = {codex_message("user", "hi"),
                       codex("compacted", R"({"message":"","replacement_history":[)" +
                                              item("user") + "," + item("developer") + "]}")};
  const Examination examination = examine_lines(lines);
  EXPECT_GE(size_of(examination, SizePart::compactions), 2 * said.size());
  EXPECT_LT(size_of(examination, SizePart::rest), 500U);
  EXPECT_LT(size_of(examination, SizePart::text), 500U);
}

TEST_F(Examined, TheSealOfAThoughtIsThinkingAndNoImage) {
  const std::string seal(4000, 'A');
  Lines lines = healthy();
  lines.push_back(
      at("a3", "a2")
          .assistant("m3", R"({"type":"thinking","thinking":"hm","signature":)" + q(seal) + "}"));
  const Examination examination = examine_lines(lines);
  EXPECT_EQ(size_of(examination, SizePart::images), 0U);
  EXPECT_GE(size_of(examination, SizePart::thinking), seal.size());
}

TEST_F(Examined, SecretsAreCountedAndNotTold) {
  const std::string secret = "gh" + std::string("p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
  const Examination examination = examine_lines({at("u1", "").user("use " + secret)});
  ASSERT_THAT(examination.secrets, SizeIs(1));
  EXPECT_EQ(examination.secrets[0].kind, "github_token");
  EXPECT_EQ(examination.secrets[0].places, 1U);
}

TEST_F(Examined, DamageOfWhatWasSealedIsTold) {
  const auto store = open_store("dir:" + (folder_ / "store").string());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->append("s", {R"({"n":1})", R"({"n":2})"}).ok());
  const std::filesystem::path path = folder_ / "store" / (*store)->list()->front().file_name;
  std::ofstream(path, std::ios::app) << "{\"torn\":";
  const Result<Examination> after_crash = examine(**store, "s");
  EXPECT_EQ(after_crash->worst(), Grade::note);
  std::fstream file(path, std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) - 15));
  file.write("\0", 1).flush();
  const Result<Examination> after_rot = examine(**store, "s");
  EXPECT_THAT(after_rot->findings, Contains(Field(&Finding::kind, "altered")));
}

TEST(Base64Bytes, ShortRunsAndOtherTextAreNone) {
  EXPECT_EQ(base64_bytes(std::string(1023, 'A')), 0U);
  EXPECT_EQ(base64_bytes("\"" + std::string(1024, 'A') + "\""), 1024U);
  EXPECT_EQ(base64_bytes("\"data:image/png;base64," + std::string(4000, 'b') + "\""), 4000U);
  std::string prose;
  for (int i = 0; i < 1000; ++i) prose += "some words ";
  EXPECT_EQ(base64_bytes(prose), 0U);
}

TEST_F(Examined, TranscriptsWrittenForTheTestsHaveNothingAboveANote) {
  const std::filesystem::path folder =
      std::filesystem::path(EVERTURN_SOURCE_DIR) / "tests" / "dialects";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().extension().string().starts_with(".json")) continue;
    EXPECT_EQ(examine_file(entry.path()).worst(), Grade::note) << entry.path();
  }
}

// Real transcripts. Those that hold damage on purpose are known by it.
TEST_F(Examined, RealTranscriptsHaveNothingAboveANote) {
  const char* const root = std::getenv("EVERTURN_TRANSCRIPTS");
  if (root == nullptr) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".jsonl" && extension != ".json") continue;
    const Examination examination = examine_file(entry.path());
    EXPECT_EQ(examination.count(Grade::hides_messages), 0U) << entry.path();
    if (examination.damage_bytes > 0) continue;
    EXPECT_EQ(examination.worst(), Grade::note)
        << entry.path() << ": " << examination.findings.front().text;
  }
}

}  // namespace
}  // namespace everturn::views_test
