// SPDX-License-Identifier: Apache-2.0
// Transcripts as Claude Code really writes them; of the other agents: transcripts_test.cc.
#include <gmock/gmock.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

Claude at(const std::string& id, const std::string& parent) { return {id, parent}; }

// A question, a call for c1, its result.
Lines small_claude() {
  return {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", use_block("c1")),
          at("r1", "a1").result("c1", "ok")};
}

TEST(ClaudeTranscript, LinesOfOneResponseAreOneMessage) {
  Lines lines = {at("u1", "").user("hi"),
                 at("a1", "u1").assistant("m1", text_block("I look")),
                 at("a2", "a1").assistant("m1", use_block("c1")),
                 at("r1", "a2").result("c1", "one"),
                 at("a3", "a2").assistant("m1", use_block("c2")),
                 at("r2", "a3").result("c2", "two"),
                 at("a4", "r2").assistant("m2", text_block("done"))};
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant: I look +c1 +c2", "tool(c1): one", "tool(c2): two",
                          "assistant: done"));
}

TEST(ClaudeTranscript, ACumulativeRepeatReplacesWhatItRepeats) {
  Lines lines = {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", text_block("one")),
                 at("a2", "a1").assistant("m1", text_block("one two") + "," + use_block("c1")),
                 at("a3", "a2").assistant("m1", use_block("c1")),
                 at("r1", "a3").result("c1", "ok")};
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant: one two +c1", "tool(c1): ok"));
}

TEST(ClaudeTranscript, CallsWithoutIdsAreNoRepeats) {
  const std::string nameless = R"({"type":"tool_use","name":"ls","input":{}})";
  EXPECT_THAT(
      told(transcript_of({at("u1", "").user("hi"), at("a1", "u1").assistant("m1", nameless),
                          at("a2", "a1").assistant("m1", nameless)})),
      ElementsAre("user: hi", "assistant:  +call +call_2", "tool(call): -", "tool(call_2): -"));
}

TEST(ClaudeTranscript, ResultsComeInTheOrderOfTheirCalls) {
  Lines lines = {at("u1", "").user("hi"),
                 at("a1", "u1").assistant("m1", use_block("c1") + "," + use_block("c2")),
                 at("r2", "a1").result("c2", "two"), at("r1", "r2").result("c1", "one")};
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1 +c2", "tool(c1): one", "tool(c2): two"));
}

std::string usage_line(const std::string& id, const std::string& parent, int output,
                       const std::string& flags = "") {
  const std::string usage =
      "\"usage\":{\"input_tokens\":3,\"output_tokens\":" + std::to_string(output) +
      ",\"cache_read_input_tokens\":100}";
  return at(id, parent)
      .record("assistant", flags + R"("message":{"id":"m1","role":"assistant",)" + usage +
                               R"(,"content":[{"type":"text","text":)" + q(id) +
                               "}]},\"requestId\":\"q\"");
}

TEST(ClaudeTranscript, UsageCountsOnceAResponseByItsLargestValue) {
  Transcript transcript =
      transcript_of({at("u1", "").user("hi"), usage_line("a1", "u1", 1), usage_line("a2", "a1", 90),
                     usage_line("a3", "a2", 7), usage_line("s1", "", 90, "\"isSidechain\":true,")});
  EXPECT_EQ(transcript.usage().output, 90);
  EXPECT_EQ(transcript.usage().input, 3);
  EXPECT_EQ(transcript.usage().cache_read, 100);
}

TEST(ClaudeTranscript, ParallelResultsBesideThePathAreFound) {
  // Each call is a branch of its own; the next turn hangs on one of them only.
  for (const std::string result : {"r1", "r2"}) {
    Lines lines = {at("u1", "").user("hi"),
                   at("a1", "u1").assistant("m1", use_block("c1")),
                   at("a2", "a1").assistant("m1", use_block("c2")),
                   at("r1", "a1").result("c1", "one"),
                   at("r2", "a2").result("c2", "two"),
                   at("u2", result).user("go on")};
    EXPECT_THAT(told(transcript_of(lines)),
                ElementsAre("user: hi", "assistant:  +c1 +c2", "tool(c1): one", "tool(c2): two",
                            "user: go on"))
        << result;
  }
}

TEST(ClaudeTranscript, ACallWithAResultAnywhereInTheFileGetsNoStandIn) {
  const std::string result = at("r1", "gone").result("c1", "ok");
  const Lines lines = {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", use_block("c1")),
                       at("u2", "a1").user("go on"),
                       at("a2", "u2").assistant("m2", text_block("done"))};
  for (std::size_t place = 0; place <= lines.size(); ++place) {
    Lines with_result = lines;
    with_result.insert(with_result.begin() + static_cast<std::ptrdiff_t>(place), result);
    EXPECT_THAT(told(transcript_of(with_result)), Contains("tool(c1): ok")) << place;
  }
}

TEST(ClaudeTranscript, ASyntheticMessageIsNotReplayed) {
  const std::string synthetic =
      at("a2", "r1")
          .record("assistant", R"("message":{"id":"m2","model":"<synthetic>",)"
                               R"("role":"assistant","content":[)" +
                                   text_block("No response requested.") + "]}");
  Lines lines = small_claude();
  lines.push_back(synthetic);
  lines.push_back(at("u2", "a2").user("next"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: next"));
}

std::string embedding(const std::string& id, const std::string& parent, const std::string& inner) {
  return at(id, parent)
      .record("progress", R"("data":{"type":"agent_progress","message":)" + inner + "}");
}

TEST(ClaudeTranscript, ARecordThatEmbedsASubAgentIsALinkOfTheMainChain) {
  const std::string inner =
      at("x1", "").assistant("mx", text_block("found"), "\"isSidechain\":true,");
  Lines lines = small_claude();
  lines.push_back(at("u2", "r1").user("wrong"));
  lines.push_back(embedding("p1", "r1", inner));
  lines.push_back(at("u3", "p1").user("right"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: right"));
}

TEST(ClaudeTranscript, AMissingParentHidesNothing) {
  Lines lines = small_claude();
  lines.push_back(at("u2", "gone").user("still here"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: still here"));
}

TEST(ClaudeTranscript, AnAbandonedBranchIsNotReplayed) {
  Lines lines = small_claude();
  lines.push_back(at("u2", "r1").user("wrong"));
  lines.push_back(at("a2", "u2").assistant("m2", text_block("no")));
  lines.push_back(at("u3", "r1").user("right"));
  EXPECT_THAT(told(transcript_of(lines)),
              AllOf(Contains("user: right"), Not(Contains("user: wrong"))));
}

TEST(ClaudeTranscript, ParentsInACircleEnd) {
  Lines lines = {at("u1", "u2").user("one"), at("u2", "u1").user("two")};
  EXPECT_THAT(told(transcript_of(lines)), ElementsAre("user: one", "user: two"));
}

std::string boundary(const std::string& metadata, const std::string& parent = "elsewhere") {
  return at("b1", "").record("system", R"("subtype":"compact_boundary","logicalParentUuid":)" +
                                           q(parent) + ",\"compactMetadata\":{" + metadata + "}");
}

Lines compacted(const std::string& metadata, const std::string& parent = "elsewhere") {
  Lines lines = small_claude();
  lines.push_back(at("a2", "r1").assistant("m2", text_block("kept?")));
  lines.push_back(boundary(metadata, parent));
  lines.push_back(at("s1", "b1").user("summary", "\"isCompactSummary\":true,"));
  lines.push_back(at("u2", "s1").user("after"));
  return lines;
}

TEST(ClaudeTranscript, HistoryBeginsWithTheSummaryOfTheLastCompaction) {
  EXPECT_THAT(told(transcript_of(compacted("\"trigger\":\"auto\""))),
              ElementsAre("user: summary", "user: after"));
}

TEST(ClaudeTranscript, TheLogicalParentOfACompactionIsNotFollowed) {
  for (const std::string parent : {"elsewhere", "a2", "u1"}) {
    EXPECT_THAT(told(transcript_of(compacted("", parent))),
                ElementsAre("user: summary", "user: after"))
        << parent;
  }
}

TEST(ClaudeTranscript, MessagesThatTheCompactionPreservedFollowItsSummary) {
  EXPECT_THAT(told(transcript_of(compacted(R"("preservedMessages":{"uuids":["a2"]})"))),
              ElementsAre("user: summary", "assistant: kept?", "user: after"));
  EXPECT_THAT(
      told(transcript_of(compacted(R"("preservedSegment":{"headUuid":"a1","tailUuid":"a2"})"))),
      ElementsAre("user: summary", "assistant:  +c1", "tool(c1): ok", "assistant: kept?",
                  "user: after"));
}

TEST(ClaudeTranscript, WhatCameBeforeACompactionIsStillShown) {
  Transcript transcript = transcript_of(compacted(""));
  EXPECT_THAT(shown(transcript), AllOf(Contains("user: hi"), Contains("assistant: kept?")));
}

TEST(ClaudeTranscript, ClearedResultsAreAMarker) {
  Lines lines = small_claude();
  lines.push_back(at("b1", "r1")
                      .record("system",
                              R"("subtype":"microcompact_boundary","microcompactMetadata":)"
                              R"({"compactedToolIds":["c1"]})"));
  lines.push_back(at("u2", "b1").user("next"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1",
                          "tool(c1): [Old tool result content cleared]", "user: next"));
}

TEST(ClaudeTranscript, WhatTheAgentNeverReplaysIsLeftOutAndNotClosed) {
  Lines lines = small_claude();
  lines.push_back(at("a2", "r1")
                      .assistant("m2", text_block("API Error") + "," + use_block("c9"),
                                 "\"isApiErrorMessage\":true,"));
  lines.push_back(at("a3", "a2").assistant("m3", text_block("\n\n")));
  lines.push_back(
      at("a4", "a3").assistant("m4", R"({"type":"thinking","thinking":"hm","signature":"s"})"));
  lines.push_back(at("u2", "a4").user("next"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: next"));
}

TEST(ClaudeTranscript, ASignedThoughtGoesWholeOrNotAtAll) {
  const std::string thought = R"({"type":"thinking","thinking":"a \"b\"","signature":"c2ln"})";
  const std::string unsigned_thought = R"({"type":"thinking","thinking":"no"})";
  Transcript transcript = transcript_of(
      {at("u1", "").user("hi"),
       at("a1", "u1").assistant("m1", thought + "," + unsigned_thought + "," + text_block("yes"))});
  HistoryOptions options;
  options.format = HistoryFormat::anthropic;
  EXPECT_EQ(transcript.history(options)->messages[1].json,
            "{\"role\":\"assistant\",\"content\":[" + thought + "," + text_block("yes") + "]}");
}

TEST(ClaudeTranscript, SubAgentsAreFilteredButNotInTheirOwnFile) {
  const std::string side = "\"isSidechain\":true,";
  const Lines own = {at("x1", "").user("search", side),
                     at("x2", "x1").assistant("m9", text_block("found"), side)};
  EXPECT_THAT(told(transcript_of(own)), ElementsAre("user: search", "assistant: found"));
  Lines mixed = small_claude();
  mixed.insert(mixed.end(), own.begin(), own.end());
  EXPECT_THAT(told(transcript_of(mixed)), Not(Contains("user: search")));
}

TEST(ClaudeTranscript, AnEmbeddedSubAgentIsShownAndCountedOnce) {
  const std::string inner = usage_line("x1", "", 5);
  Transcript transcript = transcript_of({at("u1", "").user("hi"), embedding("p1", "u1", inner),
                                         embedding("p2", "p1", inner),
                                         usage_line("y1", "p2", 5, "\"isSidechain\":true,")});
  EXPECT_THAT(shown(transcript), Contains("assistant sidechain: x1"));
  EXPECT_EQ(transcript.usage().output, 5);
}

TEST(ClaudeTranscript, TheBestTitleWins) {
  const std::string chosen = R"({"type":"custom-title","customTitle":"chosen","sessionId":"s"})";
  const std::string generated = R"({"type":"ai-title","aiTitle":"generated","sessionId":"s"})";
  const std::string prompt = R"({"type":"last-prompt","lastPrompt":"last","sessionId":"s"})";
  const std::string own = R"({"type":"summary","summary":"own","leafUuid":"a1"})";
  const std::string foreign = R"({"type":"summary","summary":"foreign","leafUuid":"zz"})";
  Lines lines = small_claude();
  for (const auto& [line, title] :
       std::vector<std::pair<std::string, std::string>>{{foreign, "hi"},
                                                        {own, "own"},
                                                        {prompt, "last"},
                                                        {generated, "generated"},
                                                        {chosen, "chosen"},
                                                        {generated, "chosen"}}) {
    lines.push_back(line);
    EXPECT_EQ(transcript_of(lines).title(), title) << line;
  }
}

TEST(ClaudeTranscript, TheFirstRealPromptIsTheTitleWhereNothingElseIs) {
  EXPECT_EQ(transcript_of({at("u0", "").user("not me", "\"isMeta\":true,"),
                           at("u1", "u0").user("<command-name>/model</command-name>"),
                           at("u2", "u1").user("[Request interrupted by user]"),
                           at("u3", "u2").user("summary", "\"isCompactSummary\":true,"),
                           at("u4", "u3").user("<ide_opened_file>x</ide_opened_file>"),
                           at("u5", "u4").user("/clear"), at("u6", "u5").user("  fix it\nplease")})
                .title(),
            "fix it");
}

TEST(ClaudeTranscript, WhatRepeatsIsMarkedAsACopy) {
  Transcript transcript = transcript_of(
      {at("u1", "").user("hi", R"("toolUseResult":{"stdout":"said elsewhere"},)"),
       at("p1", "u1").record("progress", R"("data":{"type":"bash_progress","output":"x"})")});
  EXPECT_THAT(shown(transcript), ElementsAre("user: hi", "metadata bash_progress unsent copy"));
}

}  // namespace
}  // namespace everturn::views_test
