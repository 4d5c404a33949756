// SPDX-License-Identifier: Apache-2.0
// nanobot's own rule, against a model of its get_history() and its retention, over sessions made up
// at random; and what it does to the text of a message.
#include "views/nanobot_history.h"

#include <gmock/gmock.h>

#include "views/nanobot_text.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::ElementsAre;

struct Said {
  std::string role;
  std::string text;
  Lines calls;
  std::string answers;
  bool is_command = false;
  bool is_delivery = false;

  [[nodiscard]] std::string line() const {
    std::string more;
    if (is_command) more += ",\"_command\":true";
    if (is_delivery) more += ",\"_channel_delivery\":true";
    if (role == "tool") return chat_result(answers, text);
    if (!calls.empty()) return chat_calls(calls, text);
    return chat(role, text, more);
  }
};
using Session = std::vector<Said>;

// A session: turns with tool calls, deliveries, commands; some results missing, some orphans.
Session make_session(std::mt19937& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  Session session;
  int call = 0;
  for (std::size_t turns = random() % 8; turns > 0; --turns) {
    if (one_in(4)) session.push_back({"assistant", "ping", {}, "", false, true});
    if (!one_in(5))
      session.push_back({"user", "q" + std::to_string(random() % 100), {}, "", one_in(6)});
    for (std::size_t steps = random() % 4; steps > 0; --steps) {
      Said step{"assistant", one_in(2) ? "" : "working", {}, ""};
      for (std::size_t calls = 1 + random() % 2; calls > 0; --calls) {
        step.calls.push_back("c" + std::to_string(++call));
      }
      session.push_back(step);
      for (const std::string& id : step.calls) {
        if (!one_in(8)) session.push_back({"tool", "result", {}, one_in(12) ? "orphan" : id});
      }
    }
    if (!one_in(5)) session.push_back({"assistant", one_in(5) ? "" : "done", {}, ""});
  }
  return session;
}

// get_history() and what it calls, over positions in `all`.
class Model {
 public:
  Model(const Session& all, std::size_t consolidated) : all_(all), consolidated_(consolidated) {}

  std::vector<std::size_t> history(std::size_t max_messages, std::size_t max_tokens) const {
    std::size_t start = consolidated_;
    if (start != 0) start = std::min(start, recent(0, 8, true));
    std::size_t from = start;
    const bool spans = start < consolidated_ && all_.size() - consolidated_ < max_messages;
    if (max_messages > 0 && !spans) from = recent(start, max_messages, false);
    for (std::size_t i = from; i < all_.size(); ++i) {
      if (all_[i].role != "user") continue;
      from = i > from && all_[i - 1].is_delivery ? i - 1 : i;
      break;
    }
    std::vector<std::size_t> kept;
    for (std::size_t i = from; i < all_.size(); ++i) kept.push_back(i);
    drop_orphans(kept);
    std::erase_if(kept, [this](std::size_t i) {
      const Said& said = all_[i];
      return said.is_command ||
             (said.role == "assistant" && said.text.empty() && said.calls.empty());
    });
    if (max_tokens > 0 && !kept.empty()) limit(kept, max_tokens);
    return kept;
  }

 private:
  [[nodiscard]] std::size_t recent(std::size_t begin, std::size_t count, bool extend) const {
    const std::size_t size = all_.size() - begin;
    const std::size_t start = begin + (size > count ? size - count : 0);
    if (!extend || size <= count) return start;
    for (std::size_t i = start; i < all_.size(); ++i) {
      if (all_[i].role == "user") return start;
    }
    for (std::size_t i = start; i-- > begin;) {
      if (all_[i].role == "user") return i > begin && all_[i - 1].is_delivery ? i - 1 : i;
    }
    return start;
  }

  void drop_orphans(std::vector<std::size_t>& kept) const {
    std::set<std::string> declared;
    std::size_t start = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Said& said = all_[kept[i]];
      declared.insert(said.calls.begin(), said.calls.end());
      if (said.role == "tool" && !declared.contains(said.answers)) {
        start = i + 1;
        declared.clear();
      }
    }
    kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(start));
  }

  // Every message costs 10.
  void limit(std::vector<std::size_t>& out, std::size_t max_tokens) const {
    const std::size_t count = std::min(out.size(), std::max<std::size_t>(1, max_tokens / 10));
    std::vector<std::size_t> kept(out.end() - static_cast<std::ptrdiff_t>(count), out.end());
    const auto is_user = [this](std::size_t i) { return all_[i].role == "user"; };
    const auto first = std::find_if(kept.begin(), kept.end(), is_user);
    const auto last = std::find_if(out.rbegin(), out.rend(), is_user);
    if (first != kept.end()) {
      kept.erase(kept.begin(), first);
    } else if (last != out.rend()) {
      kept.assign(std::prev(last.base()), out.end());
    }
    drop_orphans(kept);
    out = kept;
  }

  const Session& all_;
  std::size_t consolidated_;
};

Transcript transcript_of_session(const Session& session, std::size_t consolidated) {
  Lines lines = {nanobot_metadata(consolidated)};
  for (const Said& said : session) lines.push_back(said.line());
  return transcript_of(lines);
}

TEST(NanobotHistory, EqualsItsOwnRuleOverGeneratedSessions) {
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    std::mt19937 random(seed);
    const Session session = make_session(random);
    const std::size_t consolidated = random() % (session.size() + 1);
    HistoryOptions options;
    options.format = HistoryFormat::native;
    options.unfinished = Unfinished::keep;
    options.max_messages = random() % 3 == 0 ? 1 + random() % 20 : 0;
    options.max_tokens = random() % 3 == 0 ? 5 + random() % 200 : 0;
    options.count_tokens = [](std::string_view) { return std::size_t{10}; };
    Transcript transcript = transcript_of_session(session, consolidated);
    std::vector<std::size_t> records;
    const Result<History> history = transcript.history(options);
    for (const HistoryMessage& message : history->messages) {
      records.push_back(message.record - 1);  // the metadata is record 0
    }
    EXPECT_EQ(records,
              Model(session, consolidated).history(options.max_messages, options.max_tokens))
        << "seed " << seed;
  }
}

TEST(NanobotHistory, AStrictBoundaryStartsBehindWhatWasConsolidated) {
  HistoryOptions options;
  const Session session = {{"user", "old", {}, ""},
                           {"assistant", "o", {}, ""},
                           {"user", "new", {}, ""},
                           {"assistant", "n", {}, ""}};
  EXPECT_THAT(told(transcript_of_session(session, 2), options),
              ElementsAre("user: old", "assistant: o", "user: new", "assistant: n"));
  options.strict_boundary = true;
  EXPECT_THAT(told(transcript_of_session(session, 2), options),
              ElementsAre("user: new", "assistant: n"));
}

TEST(NanobotHistory, TheLastEightAreReplayedThoughTheyAreConsolidatedBackToAUserTurn) {
  Session session = {{"user", "long ago", {}, ""}, {"assistant", "0", {}, ""}};
  Lines replayed = {"user: the question"};
  session.push_back({"user", "the question", {}, ""});
  for (int i = 1; i <= 9; ++i) {
    session.push_back({"assistant", std::to_string(i), {}, ""});
    replayed.push_back("assistant: " + std::to_string(i));
  }
  EXPECT_EQ(told(transcript_of_session(session, session.size())), replayed);
}

TEST(NanobotHistory, AnOffsetOutOfRangeHidesNothing) {
  EXPECT_THAT(told(transcript_of_session({{"user", "hi", {}, ""}}, 7)), ElementsAre("user: hi"));
}

TEST(NanobotHistory, DamageWithinWhatWasConsolidatedStillCounts) {
  Transcript transcript;
  transcript.add(nanobot_metadata(2));
  transcript.add_lost(1);
  for (const char* const text : {"old", "new"}) transcript.add(chat("user", text));
  HistoryOptions options;
  options.strict_boundary = true;
  EXPECT_THAT(told(*transcript.history(options)), ElementsAre("user: new"));
}

TEST(NanobotHistory, ADeliveryMayComeBeforeTheFirstUserTurn) {
  Session session = {{"assistant", "early", {}, ""},
                     {"assistant", "ping", {}, "", false, true},
                     {"user", "yes", {}, ""}};
  EXPECT_THAT(told(transcript_of_session(session, 0)), ElementsAre("assistant: ping", "user: yes"));
}

std::string replayed(const std::string& line) {
  Transcript transcript = transcript_of({nanobot_metadata(0), line});
  HistoryOptions options;
  options.format = HistoryFormat::native;
  options.unfinished = Unfinished::keep;
  const Result<History> history = transcript.history(options);
  return history->messages.empty() ? "" : history->messages[0].json;
}

TEST(NanobotHistory, KeepsWhatTheModelNeedsAndNothingElse) {
  EXPECT_EQ(replayed(R"({"role":"assistant","content":"x","timestamp":"t","tool_calls":[1.10],)"
                     R"("name":"n","reasoning_content":"r","secret":1})"),
            R"({"role":"assistant","content":"x","tool_calls":[1.10],"name":"n",)"
            R"("reasoning_content":"r"})");
  EXPECT_EQ(replayed(R"({"role":"assistant","content":" ","timestamp":"t"})"), "");
  EXPECT_EQ(replayed(R"({"content":"no role","timestamp":"t"})"), "");
}

TEST(NanobotHistory, MediaAndAppsAreToldInTheText) {
  EXPECT_EQ(replayed(R"({"role":"user","content":"see","timestamp":"t","media":["/a.png",1,""],)"
                     R"("cli_apps":[{"name":" Gimp ","entry_point":""}]})"),
            R"({"role":"user","content":"see\n[image: /a.png]\n[CLI App Attachment: @gimp; )"
            R"(tool=run_cli_app; entry_point=unknown; skill=skills/cli-app-gimp/SKILL.md]"})");
}

TEST(NanobotText, MarksThatTheModelCopiedAreTakenOut) {
  EXPECT_EQ(without_replay_marks("[Message Time: now]\n hi"), "hi");
  EXPECT_EQ(without_replay_marks("[Message Time: ]\nhi"), "[Message Time: ]\nhi");
  EXPECT_EQ(without_replay_marks("a\r\n[image: /x.png] \nb\n message(text) \nc"), "a\nb\nc");
  EXPECT_EQ(without_replay_marks("[image: x.png]\nmessage(a) b"), "[image: x.png]\nmessage(a) b");
  EXPECT_EQ(without_replay_marks("\xC2\xA0 a\xE2\x80\xA8 b\xE3\x80\x80"), "a\n b");
}

TEST(NanobotRetention, KeepsARecentLegalSuffixAndCountsTheRest) {
  Session session;
  for (int i = 0; i < 3; ++i) {
    session.push_back({"user", "q", {}, ""});
    session.push_back({"assistant", "", {"c" + std::to_string(i)}, ""});
    session.push_back({"tool", "r", {}, "c" + std::to_string(i)});
    session.push_back({"assistant", "a", {}, ""});
  }
  Transcript transcript = transcript_of_session(session, 6);
  const Result<Retention> kept = transcript.retention(7);
  EXPECT_THAT(kept->kept, ElementsAre(9, 10, 11, 12));
  EXPECT_EQ(kept->dropped, 8U);
  EXPECT_EQ(kept->dropped_consolidated, 6U);
  EXPECT_THAT(transcript.retention(2)->kept, ElementsAre(9, 10));
  EXPECT_THAT(transcript.retention(2, true)->kept, ElementsAre(9, 10, 11, 12));
  EXPECT_THAT(transcript.retention(0)->kept, ElementsAre());
  EXPECT_EQ(transcript.retention(99)->dropped, 0U);
}

TEST(NanobotRetention, OtherDialectsHaveNone) {
  EXPECT_EQ(transcript_of({R"({"role":"user","content":"x"})"}).retention(1).status().code(),
            Code::invalid);
}

}  // namespace
}  // namespace everturn::views_test
