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
  Transcript transcript =
      transcript_of({Claude{"u1", ""}.user("hi"), R"({"type":"new-thing","x":1})"});
  EXPECT_THAT(shown(transcript), ElementsAre("user: hi", "other new-thing unsent drift"));
  EXPECT_EQ(transcript.report().drifted, 1U);
  EXPECT_EQ(transcript.report().drift.at("new-thing"), 1U);
}

// With an hour less on the clock of every record than on that of the one before.
Lines clock_running_back(Lines lines) {
  int hour = 10;
  for (std::string& line : lines) {
    const std::string time = (hour < 10 ? "T0" : "T") + std::to_string(hour) + ":02:11";
    const std::size_t at = line.find("T10:02:11");
    if (at != std::string::npos) line.replace(at, time.size(), time);
    --hour;
  }
  return lines;
}

TEST(AnyTranscript, TheOrderIsThatOfTheFileWhateverTheClockSays) {
  const Lines said = {"user: one", "assistant: 1", "user: two", "assistant: 2"};
  const std::vector<Lines> sessions = {
      {chat("user", "one"), chat("assistant", "1"), chat("user", "two"), chat("assistant", "2")},
      {Claude{"u1", ""}.user("one"), Claude{"a1", "u1"}.assistant("m1", text_block("1")),
       Claude{"u2", "a1"}.user("two"), Claude{"a2", "u2"}.assistant("m2", text_block("2"))},
      {codex_message("user", "one"), codex_message("assistant", "1"), codex_message("user", "two"),
       codex_message("assistant", "2")},
      {kPiHeader, pi("message", pi_user("one"), "1"), pi("message", pi_assistant("1"), "2", "1"),
       pi("message", pi_user("two"), "3", "2"), pi("message", pi_assistant("2"), "4", "3")},
      {kGeminiHeader, gemini("1", "user", "one"), gemini("2", "gemini", "1"),
       gemini("3", "user", "two"), gemini("4", "gemini", "2")}};
  for (const Lines& session : sessions) {
    const Lines lines = clock_running_back(session);
    EXPECT_EQ(told(transcript_of(lines)), said) << lines.back();
  }
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

TEST(AnyTranscript, VeryManySmallRecordsAreForgottenToo) {
  TranscriptOptions options;
  options.max_records = 3;
  Transcript transcript(options);
  for (int i = 0; i < 10; ++i) transcript.add(chat("user", std::to_string(i)));
  EXPECT_EQ(transcript.report().forgotten, 7U);
  EXPECT_THAT(told(*transcript.history()), ElementsAre("user: 7", "user: 8", "user: 9"));
}

}  // namespace
}  // namespace everturn::views_test
