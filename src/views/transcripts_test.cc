// SPDX-License-Identifier: Apache-2.0
// Transcripts as agents really write them: one test, or more, for each thing that their schemas do
// not tell.
#include <gmock/gmock.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
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

std::string boundary(const std::string& metadata) {
  return at("b1", "").record("system",
                             "\"subtype\":\"compact_boundary\",\"logicalParentUuid\":"
                             "\"elsewhere\",\"compactMetadata\":{" +
                                 metadata + "}");
}

Lines compacted(const std::string& metadata) {
  Lines lines = small_claude();
  lines.push_back(at("a2", "r1").assistant("m2", text_block("kept?")));
  lines.push_back(boundary(metadata));
  lines.push_back(at("s1", "b1").user("summary", "\"isCompactSummary\":true,"));
  lines.push_back(at("u2", "s1").user("after"));
  return lines;
}

TEST(ClaudeTranscript, HistoryBeginsWithTheSummaryOfTheLastCompaction) {
  EXPECT_THAT(told(transcript_of(compacted("\"trigger\":\"auto\""))),
              ElementsAre("user: summary", "user: after"));
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

TEST(ClaudeTranscript, APromptTypedInMidTurnIsUserText) {
  const std::string queued =
      R"({"type":"queue-operation","operation":"enqueue","content":"also that","sessionId":"s"})";
  const std::string attached =
      at("t1", "r1")
          .record("attachment", R"("attachment":{"type":"queued_command","prompt":"also that"})");
  Lines lines = small_claude();
  lines.insert(lines.begin() + 2, queued);
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: also that"));
  lines.push_back(attached);
  lines.push_back(at("a2", "t1").assistant("m2", text_block("done")));
  EXPECT_THAT(told(transcript_of(lines)), ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok",
                                                      "user: also that", "assistant: done"));
}

TEST(ClaudeTranscript, WhatRepeatsIsMarkedAsACopy) {
  Transcript transcript = transcript_of(
      {at("u1", "").user("hi", R"("toolUseResult":{"stdout":"said elsewhere"},)"),
       at("p1", "u1").record("progress", R"("data":{"type":"bash_progress","output":"x"})")});
  EXPECT_THAT(shown(transcript), ElementsAre("user: hi", "metadata bash_progress unsent copy"));
}

// pi and openclaw.

std::string kept_from(std::size_t index) {
  return pi("compaction", R"("summary":"old","firstKeptEntryIndex":)" + std::to_string(index));
}

TEST(PiTranscript, TheFirstVersionCountsLines) {
  const Lines lines = {R"({"type":"session","id":"s","cwd":"/srv","branchedFrom":"/x.jsonl"})",
                       pi("message", pi_user("one")),
                       pi("message", pi_assistant("1")),
                       pi("message", pi_user("two")),
                       kept_from(3),
                       pi("message", pi_user("three"))};
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre(HasSubstr("<summary>\nold\n</summary>"), "user: two", "user: three"));
}

TEST(PiTranscript, DamagedRecordsStillCount) {
  Transcript transcript;
  transcript.add(R"({"type":"session","id":"s","cwd":"/srv"})");
  transcript.add_lost(1);  // the first question
  for (const std::string& line : {pi("message", pi_assistant("1")), pi("message", pi_user("two")),
                                  kept_from(3), pi("message", pi_user("three"))}) {
    transcript.add(line);
  }
  EXPECT_THAT(told(*transcript.history()),
              ElementsAre(HasSubstr("old"), "user: two", "user: three"));
}

TEST(PiTranscript, StoppedMessagesAndExcludedOnesAreLeftOut) {
  EXPECT_THAT(
      told(transcript_of({kPiHeader, pi("message", pi_user("one"), "1"),
                          pi("message", pi_assistant("half", {"c1"}, "aborted"), "2", "1"),
                          pi("message", pi_assistant("err", {"c2"}, "error"), "3", "2"),
                          pi("message",
                             R"("message":{"role":"bashExecution","command":"ls",)"
                             R"("output":"x","excludeFromContext":true})",
                             "4", "3"),
                          pi("message",
                             R"("message":{"role":"bashExecution","command":"make",)"
                             R"("output":"ok","exitCode":2})",
                             "5", "4")})),
      ElementsAre("user: one", "user: Ran `make`\n```\nok\n```\n\nCommand exited with code 2"));
}

TEST(PiTranscript, ThePathGoesFromTheLastEntryToTheRoot) {
  EXPECT_THAT(told(transcript_of({kPiHeader, pi("message", pi_user("one"), "1"),
                                  pi("message", pi_user("wrong"), "2", "1"),
                                  pi("message", pi_user("right"), "3", "1")})),
              ElementsAre("user: one", "user: right"));
}

TEST(PiTranscript, AParentThatIsNoEntryHidesNothing) {
  EXPECT_THAT(told(transcript_of({kPiHeader, pi("message", pi_user("one"), "1", "s"),
                                  pi("message", pi_assistant("1", {"c1"}), "2", "1"),
                                  pi("message", pi_result("c1", "ok"), "3", "c1")})),
              ElementsAre("user: one", "assistant: 1 +c1", "tool(c1): ok"));
}

// gemini-cli.

TEST(GeminiTranscript, TheLastLineOfAnIdCountsAndAllAreKept) {
  Transcript transcript =
      transcript_of({kGeminiHeader, gemini("1", "user", "hi"), gemini("2", "gemini", "wait"),
                     gemini("3", "user", "more"), gemini("2", "gemini", "done")});
  EXPECT_THAT(told(*transcript.history()),
              ElementsAre("user: hi", "assistant: done", "user: more"));
  EXPECT_THAT(shown(transcript), AllOf(Contains("assistant: wait"), Contains("assistant: done")));
}

TEST(GeminiTranscript, RewindingToAnUnknownIdTakesNothingOff) {
  const Lines lines = {kGeminiHeader, gemini("1", "user", "hi"), gemini("2", "gemini", "ho")};
  Lines rewound = lines;
  rewound.push_back(R"({"$rewindTo":"2"})");
  EXPECT_THAT(told(transcript_of(rewound)), ElementsAre("user: hi"));
  rewound = lines;
  rewound.push_back(R"({"$rewindTo":"nobody"})");
  EXPECT_THAT(told(transcript_of(rewound)), ElementsAre("user: hi", "assistant: ho"));
}

TEST(GeminiTranscript, ACheckpointReplacesTheMessages) {
  EXPECT_THAT(
      told(transcript_of({kGeminiHeader, gemini("1", "user", "hi"),
                          "{\"$set\":{\"messages\":[" + gemini("9", "user", "short") + "]}}",
                          gemini("2", "gemini", "ho")})),
      ElementsAre("user: short", "assistant: ho"));
}

TEST(GeminiTranscript, AFileThatIsOneDocumentIsRead) {
  EXPECT_THAT(told(transcript_of({"{\n \"sessionId\": \"s\", \"projectHash\": \"h\",\n"
                                  " \"messages\": [\n  " +
                                  gemini("1", "user", "hi") + ",\n  " +
                                  gemini("2", "gemini", "ho") + "\n ]\n}"})),
              ElementsAre("user: hi", "assistant: ho"));
}

TEST(AnyTranscript, WhatIsUnknownIsOtherAndCounted) {
  Transcript transcript = transcript_of({at("u1", "").user("hi"), R"({"type":"new-thing","x":1})"});
  EXPECT_THAT(shown(transcript), ElementsAre("user: hi", "other new-thing unsent drift"));
  EXPECT_EQ(transcript.report().drifted, 1U);
  EXPECT_EQ(transcript.report().drift.at("new-thing"), 1U);
}

TEST(AnyTranscript, TheOldestRecordsAreForgottenOverTheLimit) {
  TranscriptOptions options;
  options.max_bytes = 200;
  Transcript transcript(options);
  for (int i = 0; i < 10; ++i) transcript.add(chat("user", std::to_string(i)));
  EXPECT_EQ(transcript.report().records, 10U);
  EXPECT_GT(transcript.report().forgotten, 5U);
  EXPECT_THAT(told(*transcript.history()), Contains("user: 9"));
}

}  // namespace
}  // namespace everturn::views_test
