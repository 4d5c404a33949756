// SPDX-License-Identifier: Apache-2.0
// Records that are JSON objects, more or less, and that other readers stumble over: they cost
// nothing but themselves, and what is sent is JSON all the same.
#include <gmock/gmock.h>

#include "everturn/page.h"
#include "views/dialects/dialect.h"
#include "views/page_test_help.h"
#include "views/provider_rules.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<HistoryFormat, 3> kFormats = {HistoryFormat::openai, HistoryFormat::responses,
                                                   HistoryFormat::anthropic};

// A question and its answer with `odd` between them, as each agent writes them.
std::vector<Lines> sessions_around(const std::string& odd) {
  return {{nanobot_metadata(0), chat("user", "hi"), odd, chat("assistant", "ho")},
          {Claude{"u1", ""}.user("hi"), odd, Claude{"a1", "u1"}.assistant("m1", text_block("ho"))},
          {codex_message("user", "hi"), odd, codex_message("assistant", "ho")},
          {kPiHeader, pi("message", pi_user("hi"), "1"), odd,
           pi("message", pi_assistant("ho"), "2", "1")},
          {kGeminiHeader, gemini("1", "user", "hi"), odd, gemini("2", "gemini", "ho")},
          {say("user", "hi"), odd, say("assistant", "ho")}};
}

std::string sent(const Lines& session, HistoryFormat format) {
  HistoryOptions options;
  options.format = format;
  Transcript transcript = transcript_of(session);
  const Result<History> history = transcript.history(options);
  EXPECT_EQ(provider_complaint(format, history->messages), "");
  std::string all;
  for (const HistoryMessage& message : history->messages) {
    JsonFault fault;
    EXPECT_TRUE(is_json_object_by_grammar(message.json, &fault)) << message.json;
    all += message.json + "\n";
  }
  return all;
}

TEST(OddRecords, OneWithoutASpeakerStopsNoHistory) {
  for (const std::string odd : {R"({})", R"({"content":"whose?","timestamp":"t"})", R"({"role":7})",
                                R"({"type":"message"})", R"({"role":null,"content":[null,1]})"}) {
    for (const Lines& session : sessions_around(odd)) {
      EXPECT_THAT(told(transcript_of(session)), Contains("user: hi")) << odd << session.back();
      EXPECT_THAT(told(transcript_of(session)), Contains("assistant: ho")) << odd << session.back();
    }
  }
}

TEST(OddRecords, HalfOfACharacterIsSentAsAReplacementCharacter) {
  const std::string half = R"(half \ud83d of it)";
  const std::vector<Lines> sessions = {
      {R"({"role":"user","timestamp":"t","content":")" + half + "\"}"},
      {R"({"role":"user","content":")" + half + "\"}"},
      {R"({"type":"user","uuid":"u","parentUuid":null,"message":{"role":"user","content":")" +
       half + "\"}}"}};
  for (const Lines& session : sessions) {
    for (const HistoryFormat format : kFormats) {
      EXPECT_THAT(sent(session, format), HasSubstr("half \xEF\xBF\xBD of it"));
      EXPECT_THAT(sent(session, format), Not(HasSubstr("ud83d")));
    }
  }
}

TEST(OddRecords, NumbersThatAreNoJsonAreNotSentAsSuch) {
  const std::string chat_call =
      R"({"role":"assistant","content":"","timestamp":"t","tool_calls":[{"id":"c1",)"
      R"("type":"function","function":{"name":"f","arguments":{"x":NaN,"y":[Infinity]}}}]})";
  const std::string claude_call = Claude{"a1", "u1"}.assistant(
      "m1", R"({"type":"tool_use","id":"c1","name":"f","input":{"x":NaN,"y":-Infinity}})");
  for (const Lines& session :
       {Lines{chat("user", "hi"), chat_call}, Lines{Claude{"u1", ""}.user("hi"), claude_call}}) {
    for (const HistoryFormat format : kFormats) EXPECT_THAT(sent(session, format), HasSubstr("c1"));
  }
}

TEST(OddRecords, DeepNestingIsRead) {
  const std::size_t depth = 200000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  for (const std::string& odd :
       {R"({"role":"user","content":)" + deep + "}",
        R"({"type":"user","uuid":"x","parentUuid":"u1","message":{"role":"user","content":)" +
            deep + "}}",
        R"({"id":"9","type":"user","content":)" + deep + "}",
        R"({"type":"message","id":"9","parentId":"1","message":{"role":"user","content":)" + deep +
            "}}"}) {
    for (const Lines& session : sessions_around(odd)) {
      const std::string dialect(transcript_of(session).report().dialect);
      EXPECT_FALSE(read_entries(dialect, odd).empty());
      EXPECT_THAT(told(transcript_of(session)), Contains("user: hi")) << dialect;
      EXPECT_NE(page_of(session, options_of(PageFormat::html, true, dialect)), "");
    }
  }
}

}  // namespace
}  // namespace everturn::views_test
