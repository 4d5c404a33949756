// SPDX-License-Identifier: Apache-2.0
// Transcripts as Codex really writes them; of the other agents: transcripts_test.cc.
#include <gmock/gmock.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CodexTranscript, HistoryIsMadeOfResponseItemsOnly) {
  EXPECT_THAT(
      told(transcript_of({codex("event_msg", R"({"type":"user_message","message":"hi"})"),
                          codex_message("user", "hi"), codex_call("c1"), codex_result("c1", "ok"),
                          codex("event_msg", R"({"type":"agent_message","message":"done"})"),
                          codex_message("assistant", "done")})),
      ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "assistant: done"));
}

TEST(CodexTranscript, ACompactionReplacesTheHistory) {
  const std::string compaction =
      codex("compacted", R"({"message":"","replacement_history":[{"type":"message","role":"user",)"
                         R"("content":[{"type":"input_text","text":"short"}]}]})");
  EXPECT_THAT(told(transcript_of({codex_message("user", "long"), codex_message("assistant", "x"),
                                  compaction, codex_message("user", "next")})),
              ElementsAre("user: short", "user: next"));
  EXPECT_THAT(told(transcript_of({codex_message("user", "long"), codex_message("assistant", "x"),
                                  codex("compacted", R"({"message":"the summary"})")})),
              ElementsAre("user: long", "user: the summary"));
}

TEST(CodexTranscript, ARollBackTakesTurnsOff) {
  const std::string context = codex_message("user", "<environment_context>x</environment_context>");
  EXPECT_THAT(
      told(transcript_of({context, codex_message("user", "one"), codex_message("assistant", "1"),
                          codex_message("user", "two"), codex_message("assistant", "2"),
                          codex("event_msg", R"({"type":"thread_rolled_back","num_turns":1})"),
                          codex_message("user", "three")})),
      ElementsAre(HasSubstr("environment_context"), "user: one", "assistant: 1", "user: three"));
}

std::string codex_turn(const std::string& id) {
  return codex("turn_context", "{\"turn_id\":" + q(id) + "}");
}
// `total` of the session so far, of which the last turn used 10.
std::string codex_tokens(int total) {
  return codex("event_msg",
               R"({"type":"token_count","info":{"total_token_usage":{"input_tokens":)" +
                   std::to_string(total) +
                   R"(},"last_token_usage":{"input_tokens":10,"output_tokens":1}}})");
}

TEST(CodexTranscript, TheParentsPartOfAForkCountsNoTokens) {
  Transcript transcript =
      transcript_of({codex_fork(codex_id(2), codex_id(0)), codex_turn(codex_id(1)),
                     codex_tokens(10), codex_turn(codex_id(3)), codex_tokens(20)});
  EXPECT_EQ(transcript.usage().input, 10);
}

TEST(CodexTranscript, TurnsOfAForkThatOnlyHaveNumbersAreThoseOfItsParent) {
  Transcript transcript =
      transcript_of({codex_fork(codex_id(2), codex_id(0)), codex_turn("1"), codex_tokens(10),
                     codex_turn("2"), codex_tokens(20), codex_turn(codex_id(3)), codex_tokens(30)});
  EXPECT_EQ(transcript.usage().input, 10);
}

// The record again, at this time of a day (an hour, a minute, ...).
std::string timed(std::string record, const std::string& time) {
  const std::string usual = "10:02:11.120";
  return record.replace(record.find(usual), usual.size(), time);
}

TEST(CodexTranscript, AForkWithoutATimeInItsIdIsKnownByWhenItWasForked) {
  // The first is of 2025, the second of later than the records of these tests.
  const std::string before = codex_turn(codex_id(3));
  const std::string after = codex_turn("01a0ffff-0000-7000-8000-000000000000");
  Transcript transcript =
      transcript_of({codex_fork("f0f0f0f0-1111-4222-8333-444444444444", "its parent"), before,
                     codex_tokens(10), after, codex_tokens(20), codex_turn("3"), codex_tokens(30)});
  EXPECT_EQ(transcript.usage().input, 20);
}

TEST(CodexTranscript, TheParentsPartOfAForkIsWrittenAtOnce) {
  const std::string fork = codex_fork("fork", "parent");
  for (const auto& [first, second] : std::vector<std::pair<std::string, std::string>>{
           {"09:00:00.000", "09:30:00.000"}, {"10:02:11.200", "10:02:11.400"}}) {
    Transcript transcript = transcript_of(
        {fork, timed(codex("session_meta", R"({"id":"parent"})"), first),
         timed(codex_turn("1"), first), timed(codex_tokens(10), first),
         timed(codex_turn("2"), second), timed(codex_tokens(20), second),
         timed(codex_turn("3"), "10:02:12.000"), timed(codex_tokens(30), "10:02:12.100")});
    EXPECT_EQ(transcript.usage().input, 10) << first;
  }
}

TEST(CodexTranscript, AReportThatIsRepeatedCountsOnce) {
  Transcript transcript =
      transcript_of({codex("session_meta", "{\"id\":" + q(codex_id(0)) + "}"),
                     codex_turn(codex_id(1)), codex_tokens(10), codex_tokens(10),
                     codex_turn(codex_id(2)), codex_tokens(10), codex_tokens(20)});
  EXPECT_EQ(transcript.usage().input, 20);
}

std::string codex_image(const std::string& url) {
  return codex("response_item", R"({"type":"message","role":"user","content":[)"
                                R"({"type":"input_image","image_url":)" +
                                    url + "}]}");
}

TEST(CodexTranscript, OnlyAnImageThatIsNullIsNone) {
  Transcript none = transcript_of({codex_image("null")});
  EXPECT_THAT(shown(none), ElementsAre("user image unsent"));
  Transcript image = transcript_of({codex_image(R"("data:image/png;base64,AAnullAA")")});
  EXPECT_THAT(shown(image), ElementsAre("user image"));
}

TEST(CodexTranscript, ACallIsClosedByItsTypeNotByItsArguments) {
  const std::string call =
      codex("response_item", R"({"type":"function_call","name":"grep","call_id":"c1",)"
                             R"("arguments":"custom_tool_call"})");
  const Result<Closers> closers = transcript_of({codex_message("user", "go"), call}).closers(0);
  ASSERT_EQ(closers->records.size(), 1U);
  EXPECT_THAT(closers->records.front(), HasSubstr("\"function_call_output\""));
}

TEST(CodexTranscript, OldLinesWithoutAnEnvelopeAreRead) {
  EXPECT_THAT(
      told(transcript_of(
          {R"({"id":"x","timestamp":"2025-05-01T00:00:00Z","instructions":null})",
           R"({"record_type":"state"})",
           R"({"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]})",
           R"({"type":"function_call","name":"ls","arguments":"{}","call_id":"c1"})",
           R"({"type":"function_call_output","call_id":"c1","output":"ok"})"})),
      ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok"));
}

}  // namespace
}  // namespace everturn::views_test
