// SPDX-License-Identifier: Apache-2.0
// Stand-ins that become records: each agent's own reading takes them for the results.
#include <gmock/gmock.h>

#include <map>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t kNow = 1'787'000'000'123'000'000;

Lines closers_of(const Lines& lines, std::uint64_t* above = nullptr) {
  Transcript transcript = transcript_of(lines);
  const Result<Closers> closers = transcript.closers(kNow);
  if (above != nullptr) *above = closers->above;
  return closers->records;
}

// Two open calls at the end, in each dialect.
std::map<std::string, Lines> open_sessions() {
  return {
      {"nanobot", {nanobot_metadata(0), chat("user", "go"), chat_calls({"c1", "c2"})}},
      {"claude",
       {Claude{"a", ""}.user("go"),
        Claude{"b", "a"}.assistant("m", use_block("c1") + "," + use_block("c2"))}},
      {"codex",
       {codex("session_meta", R"({"id":"s"})"), codex_message("user", "go"), codex_call("c1"),
        codex_call("c2")}},
      {"pi",
       {kPiHeader, pi("message", pi_user("go"), "a"),
        pi("message", pi_assistant("so", {"c1", "c2"}), "b", "a")}},
      {"gemini",
       {kGeminiHeader, gemini("1", "user", "go"),
        gemini("2", "gemini", "so",
               R"(,"toolCalls":[{"id":"c1","name":"ls","args":{}},)"
               R"({"id":"c2","name":"ls","args":{}}])")}},
  };
}

TEST(Closers, CloseTheCallsForTheAgentsOwnReading) {
  for (const auto& [dialect, lines] : open_sessions()) {
    Lines closed = lines;
    const Lines closers = closers_of(lines);
    EXPECT_THAT(closers, SizeIs(2)) << dialect;
    closed.insert(closed.end(), closers.begin(), closers.end());
    Transcript transcript = transcript_of(closed);
    EXPECT_EQ(transcript.report().dialect, dialect);
    EXPECT_EQ(transcript.report().drifted, 0U) << dialect;
    const Result<History> history = transcript.history();
    EXPECT_EQ(history->stand_ins, 0U) << dialect;
    EXPECT_EQ(history->messages.size(), 4U) << dialect;
    EXPECT_THAT(closers_of(closed), IsEmpty()) << dialect;
  }
}

TEST(Closers, SayThatTheyWerePutIn) {
  for (const auto& [dialect, lines] : open_sessions()) {
    for (const std::string& closer : closers_of(lines)) {
      EXPECT_THAT(closer, HasSubstr("put in by Everturn")) << dialect;
    }
  }
}

TEST(Closers, AreTheSameWhenAskedForAgain) {
  for (const auto& [dialect, lines] : open_sessions()) {
    EXPECT_EQ(closers_of(lines), closers_of(lines)) << dialect;
  }
}

TEST(Closers, OfClaudeCodeFollowTheLastRecordAndEachOther) {
  const Lines closers = closers_of(open_sessions().at("claude"));
  EXPECT_THAT(closers[0], AllOf(HasSubstr(R"("parentUuid":"b")"), HasSubstr(R"("sessionId":"s")"),
                                HasSubstr(R"("timestamp":"2026-08-)"), HasSubstr(".123Z")));
  const std::string first = std::string(find_member(closers[0], "uuid").value_or(""));
  EXPECT_EQ(find_member(closers[1], "parentUuid"), first);
}

TEST(Closers, AConversationThatGoesOnBehindThemIsReadWhole) {
  Lines lines = open_sessions().at("claude");
  for (const std::string& closer : closers_of(lines)) lines.push_back(closer);
  const std::string last = json_text(find_member(lines.back(), "uuid").value_or(""));
  lines.push_back(Claude{"z", last}.user("and now"));
  EXPECT_THAT(told(transcript_of(lines)), SizeIs(5));
}

TEST(Closers, CallsThatSomethingFollowsAreOnlyCounted) {
  std::uint64_t above = 0;
  EXPECT_THAT(closers_of({chat("user", "go"), chat_calls({"c1"}), chat("user", "well?")}, &above),
              IsEmpty());
  EXPECT_EQ(above, 1U);
}

TEST(Closers, OfCallsWithSomeResultsCloseTheOthers) {
  const Lines closers =
      closers_of({chat("user", "go"), chat_calls({"c1", "c2"}), chat_result("c1", "done")});
  ASSERT_THAT(closers, SizeIs(1));
  EXPECT_THAT(closers[0], AllOf(HasSubstr("\"c2\""), Not(HasSubstr("\"c1\""))));
}

TEST(Closers, AFinishedSessionNeedsNone) {
  EXPECT_THAT(closers_of({chat("user", "go"), chat("assistant", "done")}), IsEmpty());
  EXPECT_THAT(closers_of({}), IsEmpty());
}

}  // namespace
}  // namespace everturn::views_test
