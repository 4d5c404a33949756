// SPDX-License-Identifier: Apache-2.0
// What a history holds: limits, calls without results, formats.
#include "views/history.h"

#include <gmock/gmock.h>

#include "views/messages.h"
#include "views/provider_rules.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

HistoryOptions with(HistoryFormat format) {
  HistoryOptions options;
  options.format = format;
  return options;
}
HistoryOptions at_most(std::size_t messages) {
  HistoryOptions options;
  options.max_messages = messages;
  return options;
}

TEST(History, ACallWithoutAResultIsClosedByAMarkedStandIn) {
  const Result<History> history =
      transcript_of({say("user", "hi"), call({"c1", "c2"}), answer("c2", "two")}).history();
  EXPECT_THAT(told(*history),
              ElementsAre("user: hi", "assistant:  +c1 +c2", "tool(c1): -", "tool(c2): two"));
  EXPECT_EQ(history->stand_ins, 1U);
  EXPECT_THAT(history->messages[2].json, HasSubstr(q(kNoResult)));
}

TEST(History, OrItIsDropped) {
  HistoryOptions options;
  options.unfinished = Unfinished::drop;
  Transcript transcript = transcript_of({say("user", "hi"), call({"c1", "c2"}), answer("c2", "two"),
                                         say("user", "and"), call({"c3"})});
  const Result<History> history = transcript.history(options);
  EXPECT_THAT(told(*history),
              ElementsAre("user: hi", "assistant:  +c2", "tool(c2): two", "user: and"));
  EXPECT_EQ(history->dropped_calls, 2U);
}

TEST(History, AResultWithoutItsCallIsLeftOut) {
  const Result<History> history =
      transcript_of({say("user", "hi"), answer("c9", "?"), say("assistant", "ho")}).history();
  EXPECT_THAT(told(*history), ElementsAre("user: hi", "assistant: ho"));
  EXPECT_EQ(history->orphan_results, 1U);
}

TEST(History, AnIdThatIsUsedAgainMeansTheLatestCall) {
  EXPECT_THAT(told(transcript_of({say("user", "hi"), call({"c0"}), answer("c0", "one"),
                                  call({"c0"}), answer("c0", "two"), answer("c0", "again")})),
              ElementsAre("user: hi", "assistant:  +c0", "tool(c0): one", "assistant:  +c0_2",
                          "tool(c0_2): two"));
}

TEST(History, CallsWithoutIdsAreAnsweredInOrder) {
  const std::string no_ids =
      R"({"role":"assistant","content":null,"tool_calls":[{"function":{"name":"a"}},)"
      R"({"function":{"name":"b"}}]})";
  EXPECT_THAT(
      told(transcript_of({say("user", "hi"), no_ids, R"({"role":"tool","content":"one"})",
                          R"({"role":"tool","content":"two"})"})),
      ElementsAre("user: hi", "assistant:  +call +call_2", "tool(call): one", "tool(call_2): two"));
}

TEST(History, ALimitKeepsTheNewestFromAUserTurnOn) {
  const Lines lines = {say("system", "be brief"), say("user", "1"),      say("assistant", "a"),
                       say("user", "2"),          say("assistant", "b"), say("user", "3")};
  EXPECT_THAT(told(transcript_of(lines), at_most(5)),
              ElementsAre("system: be brief", "user: 2", "assistant: b", "user: 3"));
  const Result<History> history = transcript_of(lines).history(at_most(2));
  EXPECT_THAT(told(*history), ElementsAre("system: be brief", "user: 3"));
  EXPECT_EQ(history->left_out, 4U);
}

TEST(History, OfATurnThatIsTooLongTheQuestionStaysAndTheNewestOfTheRest) {
  EXPECT_THAT(told(transcript_of({say("user", "1"), call({"c1"}), answer("c1", "x"), call({"c2"}),
                                  answer("c2", "y"), say("assistant", "b")}),
                   at_most(4)),
              ElementsAre("user: 1", "assistant:  +c2", "tool(c2): y", "assistant: b"));
}

TEST(History, TokensAreCountedByTheCallerOrEstimated) {
  Transcript transcript =
      transcript_of({say("user", "1"), say("assistant", "a"), say("user", "2")});
  HistoryOptions options;
  options.max_tokens = 100;
  options.count_tokens = [](std::string_view) { return std::size_t{60}; };
  const Result<History> history = transcript.history(options);
  EXPECT_THAT(told(*history), ElementsAre("user: 2"));
  EXPECT_EQ(history->tokens, 60U);
  EXPECT_EQ(estimate_tokens("{\"content\":\"12345678\"}"), 4U + 6U);
  EXPECT_EQ(estimate_tokens("\"\xE4\xBD\xA0\xE5\xA5\xBD\""), 4U + 1U + 3U);
  EXPECT_EQ(estimate_tokens("\"data:image/png;base64," + std::string(100000, 'A') + "\""),
            4U + 1600U);
}

TEST(History, AnthropicRolesAlternateAndResultsStandAtTheFront) {
  Transcript transcript =
      transcript_of({say("system", "be brief"), say("user", "1"), call({"c1"}), say("user", "2"),
                     answer("c1", "x"), say("assistant", "a"), say("assistant", "b")});
  const Result<History> history = transcript.history(with(HistoryFormat::anthropic));
  ASSERT_THAT(history->messages, SizeIs(4));
  EXPECT_THAT(history->messages[2].json,
              AllOf(StartsWith(R"({"role":"user","content":[{"type":"tool_result")"),
                    HasSubstr(text_block("2"))));
  EXPECT_EQ(history->system, "be brief");
}

TEST(History, ASessionThatTheAssistantBeginsGetsAMarkedQuestion) {
  Transcript transcript = transcript_of({say("assistant", "ping")});
  const Result<History> history = transcript.history(with(HistoryFormat::anthropic));
  ASSERT_THAT(history->messages, SizeIs(2));
  EXPECT_TRUE(history->messages[0].stand_in);
}

TEST(History, ImagesGoAlong) {
  const std::string image = R"({"role":"user","content":[{"type":"image_url",)"
                            R"("image_url":{"url":"data:image/png;base64,AA=="}}]})";
  Transcript transcript = transcript_of({image});
  EXPECT_THAT(transcript.history(with(HistoryFormat::anthropic))->messages[0].json,
              HasSubstr(R"("source":{"type":"base64","media_type":"image/png","data":"AA=="})"));
  EXPECT_THAT(transcript.history(with(HistoryFormat::responses))->messages[0].json,
              HasSubstr(R"({"type":"input_image","image_url":"data:image/png;base64,AA=="})"));
}

TEST(History, NativeRecordsAreGivenByteForByte) {
  const Lines lines = {R"({"role": "user", "content": "odd  spacing", "x": 1.10})",
                       R"({"role": "assistant", "content": null, "tool_calls": [{"id":"c1"}]})"};
  Transcript transcript = transcript_of(lines);
  const Result<History> history = transcript.history(with(HistoryFormat::native));
  ASSERT_THAT(history->messages, SizeIs(3));
  EXPECT_EQ(history->messages[0].json, lines[0]);
  EXPECT_EQ(history->messages[1].json, lines[1]);
  EXPECT_TRUE(history->messages[2].stand_in);
}

TEST(History, TheWholeSessionHasWhatACompactionAndABranchLeftBehind) {
  HistoryOptions whole;
  whole.whole = true;
  Transcript transcript = transcript_of(
      {Claude{"a", ""}.user("one"), Claude{"b", "a"}.user("left"), Claude{"c", "a"}.user("two"),
       Claude{"d", ""}.user("sum", "\"isCompactSummary\":true,"), Claude{"e", "d"}.user("three")});
  EXPECT_THAT(told(*transcript.history(whole)),
              ElementsAre("user: one", "user: left", "user: two", "user: sum", "user: three"));
  EXPECT_THAT(told(*transcript.history()), ElementsAre("user: sum", "user: three"));
}

TEST(History, AStrictBoundaryIsNanobots) {
  HistoryOptions options;
  options.strict_boundary = true;
  EXPECT_EQ(transcript_of({say("user", "x")}).history(options).status().code(), Code::invalid);
}

}  // namespace
}  // namespace everturn::views_test
