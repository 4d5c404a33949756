// SPDX-License-Identifier: Apache-2.0
// Prompts that were typed while Claude Code was at work: which are sent, and that none is twice.
#include <gmock/gmock.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::ElementsAre;

Claude at(const std::string& id, const std::string& parent) { return {id, parent}; }

// A question, a call for c1, its result.
Lines small_claude() {
  return {at("u1", "").user("hi"), at("a1", "u1").assistant("m1", use_block("c1")),
          at("r1", "a1").result("c1", "ok")};
}

TEST(ClaudeQueue, APromptTypedInMidTurnIsUserText) {
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

std::string queue_record(const std::string& operation, const std::string& text = "",
                         const std::string& reason = "") {
  return R"({"type":"queue-operation","operation":)" + q(operation) + R"(,"sessionId":"s")" +
         (text.empty() ? "" : ",\"content\":" + q(text)) +
         (reason.empty() ? "" : ",\"reason\":" + q(reason)) + "}";
}

// What the user said, of a session whose queue did this in mid-turn.
Lines said_in(const Lines& queue, const HistoryOptions& options = {}) {
  Lines lines = small_claude();
  lines.insert(lines.begin() + 2, queue.begin(), queue.end());
  lines.push_back(at("u9", "r1").user("next"));
  Lines said = told(transcript_of(lines), options);
  std::erase_if(said, [](const std::string& line) { return !line.starts_with("user: "); });
  return said;
}

TEST(ClaudeQueue, APromptThatWasTakenBackIsNotReplayed) {
  EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("popAll", "one")}),
              ElementsAre("user: hi", "user: next"));
  EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("enqueue", "two"),
                       queue_record("popAll", "one\ntwo")}),
              ElementsAre("user: hi", "user: next"));
  EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("remove", "one", "cancelled")}),
              ElementsAre("user: hi", "user: next"));
}

TEST(ClaudeQueue, APromptThatWasTakenBackIsNotExported) {
  HistoryOptions whole;
  whole.whole = true;
  EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("popAll", "one")}, whole),
              ElementsAre("user: hi", "user: next"));
}

TEST(ClaudeQueue, OfTheQueueOnlyWhatIsNamedIsTakenBack) {
  EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("enqueue", "two"),
                       queue_record("popAll", "two"), queue_record("remove", "one")}),
              ElementsAre("user: hi", "user: one", "user: next"));
}

TEST(ClaudeQueue, APromptThatTheTurnTookIsReplayed) {
  for (const std::string reason : {"", "absorbed_mid_turn"}) {
    EXPECT_THAT(said_in({queue_record("enqueue", "one"), queue_record("remove", "one", reason)}),
                ElementsAre("user: hi", "user: one", "user: next"));
  }
}

TEST(ClaudeQueue, PromptsThatBecameATurnAreSaidByItsRecord) {
  Lines lines = small_claude();
  lines.insert(lines.begin() + 2, {queue_record("enqueue", "one"), queue_record("enqueue", "two"),
                                   queue_record("dequeue"), queue_record("dequeue")});
  lines.push_back(at("u2", "r1").user("one\ntwo"));
  EXPECT_THAT(told(transcript_of(lines)),
              ElementsAre("user: hi", "assistant:  +c1", "tool(c1): ok", "user: one\ntwo"));
}

}  // namespace
}  // namespace everturn::views_test
