// SPDX-License-Identifier: Apache-2.0
// What a history holds: limits, calls without results, formats; and, over sessions made up at
// random and cut after any record, that a provider would take it.
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

// Chat messages without times: read by the dialect `openai`, whose rule is the common one.
std::string say(const std::string& role, const std::string& text) {
  return "{\"role\":" + q(role) + ",\"content\":" + q(text) + "}";
}
std::string call(const Lines& ids) {
  std::string list;
  for (const std::string& id : ids) {
    list += (list.empty() ? "" : ",") + ("{\"id\":" + q(id)) +
            R"(,"type":"function","function":{"name":"ls","arguments":"{}"}})";
  }
  return R"({"role":"assistant","content":null,"tool_calls":[)" + list + "]}";
}
std::string answer(const std::string& id, const std::string& text) {
  return R"({"role":"tool","tool_call_id":)" + q(id) + ",\"content\":" + q(text) + "}";
}

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

// A session at random, as records of one dialect.
class Author {
 public:
  Author(std::string dialect, std::uint32_t seed) : dialect_(std::move(dialect)), random_(seed) {}

  Lines write() {
    if (dialect_ == "pi") lines_.push_back(kPiHeader);
    if (dialect_ == "gemini") lines_.push_back(kGeminiHeader);
    if (dialect_ == "nanobot") lines_.push_back(nanobot_metadata(random_() % 12));
    for (std::size_t turns = 1 + random_() % 4; turns > 0; --turns) turn();
    return lines_;
  }

 private:
  bool one_in(std::uint32_t n) { return random_() % n == 0; }
  std::string next(const std::string& prefix) { return prefix + std::to_string(++count_); }

  void turn() {
    if (!one_in(6)) user(one_in(10) ? " " : next("question "));
    for (std::size_t steps = random_() % 4; steps > 0; --steps) {
      Lines calls;
      for (std::size_t n = 1 + random_() % 3; n > 0; --n) calls.push_back(next("c"));
      const std::vector<std::string> parents = response(calls);
      std::vector<std::size_t> order(calls.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random_);
      for (const std::size_t i : order) {
        if (one_in(8)) continue;  // interrupted
        if (one_in(12)) user("in between");
        result(one_in(15) ? next("orphan") : calls[i], parents[i]);
      }
    }
    if (!one_in(4)) response({});
    if (one_in(6)) aside();
  }

  void user(const std::string& text) {
    if (dialect_ == "claude") return chain(Claude{next("u"), last_}.user(text), true);
    if (dialect_ == "codex") return lines_.push_back(codex_message("user", text));
    if (dialect_ == "pi") return pi_line(pi_user(text));
    if (dialect_ == "gemini") return lines_.push_back(gemini(next("g"), "user", text));
    lines_.push_back(dialect_ == "nanobot" ? chat("user", text) : say("user", text));
  }

  void chain(const std::string& line, bool is_last) {
    lines_.push_back(line);
    const std::size_t at = line.find("\"uuid\":\"") + 8;
    made_ = line.substr(at, line.find('"', at) - at);
    if (is_last) last_ = one_in(30) ? "gone" : made_;
  }

  void pi_line(const std::string& members) {
    const std::string id = next("p");
    lines_.push_back(pi("message", members, id, last_));
    last_ = one_in(20) ? "gone" : id;
  }

  // Returns what each call's result hangs on.
  std::vector<std::string> response(const Lines& calls) {
    const std::string text = one_in(4) ? "" : next("answer ");
    if (dialect_ == "claude") return claude_response(calls, text);
    if (dialect_ == "codex") {
      if (!text.empty()) lines_.push_back(codex_message("assistant", text));
      for (const std::string& id : calls) lines_.push_back(codex_call(id));
    } else if (dialect_ == "pi") {
      pi_line(pi_assistant(text, calls, one_in(8) ? "aborted" : "stop"));
    } else if (dialect_ == "gemini") {
      gemini_response(calls, text);
    } else if (!calls.empty()) {
      lines_.push_back(dialect_ == "nanobot" ? chat_calls(calls, text) : call(calls));
    } else {
      lines_.push_back(dialect_ == "nanobot" ? chat("assistant", text) : say("assistant", text));
    }
    return Lines(calls.size());
  }

  std::vector<std::string> claude_response(const Lines& calls, const std::string& text) {
    const std::string message = next("msg");
    std::vector<std::string> parents;
    if (!text.empty()) chain(Claude{next("a"), last_}.assistant(message, text_block(text)), true);
    for (const std::string& id : calls) {
      chain(Claude{next("a"), last_}.assistant(message, use_block(id)), true);
      parents.push_back(made_);
    }
    return parents;
  }

  // A message whose calls get their results in later lines with its id.
  void gemini_response(const Lines& calls, const std::string& text) {
    const std::string id = next("g");
    std::string list;
    for (const std::string& one : calls) {
      const std::string response = one_in(6) ? ""
                                             : R"(,"result":[{"functionResponse":{"id":)" + q(one) +
                                                   R"(,"name":"ls","response":{"output":"x"}}}])";
      list += (list.empty() ? "" : ",") + ("{\"id\":" + q(one)) + R"(,"name":"ls","args":{})" +
              response + "}";
      lines_.push_back(gemini(id, "gemini", text, ",\"toolCalls\":[" + list + "]"));
    }
    if (calls.empty()) lines_.push_back(gemini(id, "gemini", text));
  }

  void result(const std::string& id, const std::string& parent) {
    if (dialect_ == "claude") {
      return chain(Claude{next("r"), parent}.result(id, "x"), one_in(2));
    }
    if (dialect_ == "codex") return lines_.push_back(codex_result(id, "x"));
    if (dialect_ == "pi") return pi_line(pi_result(id, "x"));
    if (dialect_ == "gemini") return;
    lines_.push_back(dialect_ == "nanobot" ? chat_result(id, "x") : answer(id, "x"));
  }

  void aside() {
    if (dialect_ == "claude") {
      chain(Claude{next("b"), ""}.record("system", "\"subtype\":\"compact_boundary\""), true);
      chain(Claude{next("s"), last_}.user("summary", "\"isCompactSummary\":true,"), true);
    } else if (dialect_ == "codex") {
      lines_.push_back(codex("event_msg", R"({"type":"thread_rolled_back","num_turns":1})"));
    } else if (dialect_ == "gemini") {
      lines_.push_back("{\"$rewindTo\":" + q("g" + std::to_string(random_() % 9)) + "}");
    }
  }

  std::string dialect_;
  std::mt19937 random_;
  Lines lines_;
  std::string last_;  // id of the record that the next one hangs on
  std::string made_;
  int count_ = 0;
};

class HistoryProperty : public testing::TestWithParam<const char*> {};

std::set<std::string> answered_in(Transcript& transcript) {
  std::set<std::string> answered;
  for (const Entry& entry : transcript.entries()) {
    if (entry.kind == EntryKind::tool_result) answered.insert(json_text(entry.call_id));
  }
  return answered;
}

// nanobot may start with a delivery.
bool starts_at_user(const Lines& lines) {
  const auto is_user = [](const std::string& line) { return line.starts_with("user:"); };
  return lines.empty() || is_user(lines.front()) ||
         std::none_of(lines.begin(), lines.end(), is_user);
}

// "" if the history keeps its promises.
std::string complaint_about(Transcript& transcript, const HistoryOptions& options) {
  const Result<History> history = transcript.history(options);
  if (!history.ok()) return history.status().message();
  const std::string complaint = provider_complaint(options.format, history->messages);
  if (!complaint.empty() || options.format != HistoryFormat::openai) return complaint;
  const bool is_nanobot = transcript.report().dialect == "nanobot";
  if (!is_nanobot && !starts_at_user(told(*history))) return "does not start at a user turn";
  const std::set<std::string> answered = answered_in(transcript);
  for (const HistoryMessage& message : history->messages) {
    const std::string id = json_text(find_member(message.json, "tool_call_id").value_or(""));
    if (message.stand_in && answered.contains(id)) return "a stand-in for " + id;
  }
  return {};
}

HistoryOptions random_options(std::mt19937& random) {
  HistoryOptions options;
  options.format = static_cast<HistoryFormat>(random() % 3);
  options.unfinished = random() % 2 == 0 ? Unfinished::close : Unfinished::drop;
  if (random() % 4 == 0) options.max_messages = 1 + random() % 12;
  if (random() % 4 == 0) options.max_tokens = 1 + random() % 400;
  return options;
}

TEST_P(HistoryProperty, IsLegalHoweverEarlyTheSessionEnds) {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    const Lines lines = Author(GetParam(), seed).write();
    std::mt19937 random(seed);
    for (std::size_t size = 0; size <= lines.size(); ++size) {
      Transcript transcript = transcript_of(
          Lines(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(size)), GetParam());
      const HistoryOptions options = random_options(random);
      ASSERT_EQ(complaint_about(transcript, options), "")
          << "seed " << seed << ", " << size << " records, format "
          << static_cast<int>(options.format);
    }
  }
}

TEST_P(HistoryProperty, TheWholeSessionIsLegalToo) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    const Lines lines = Author(GetParam(), seed).write();
    for (const HistoryFormat format : {HistoryFormat::openai, HistoryFormat::anthropic}) {
      HistoryOptions options;
      options.format = format;
      options.whole = true;
      Transcript transcript = transcript_of(lines, GetParam());
      const Result<History> history = transcript.history(options);
      EXPECT_EQ(provider_complaint(format, history->messages), "") << "seed " << seed;
    }
  }
}

TEST_P(HistoryProperty, FitsItsLimits) {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    if (std::string(GetParam()) == "nanobot") break;  // its own rule exceeds them for a user's turn
    Transcript transcript = transcript_of(Author(GetParam(), seed).write(), GetParam());
    HistoryOptions options = at_most(12 + seed % 10);
    const Result<History> history = transcript.history(options);
    EXPECT_LE(history->messages.size(), options.max_messages) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, HistoryProperty,
                         testing::Values("nanobot", "claude", "codex", "pi", "gemini", "openai"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
}  // namespace everturn::views_test
