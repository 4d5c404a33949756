// SPDX-License-Identifier: Apache-2.0
// Over sessions made up at random and cut after any record: that a provider would take the history.
#include <gmock/gmock.h>

#include "views/provider_rules.h"
#include "views/random_session_test_help.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

class HistoryProperty : public testing::TestWithParam<const char*> {
 protected:
  static std::string dialect() { return Author::dialect_of(GetParam()); }
};

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
          Lines(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(size)), dialect());
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
      Transcript transcript = transcript_of(lines, dialect());
      const Result<History> history = transcript.history(options);
      EXPECT_EQ(provider_complaint(format, history->messages), "") << "seed " << seed;
    }
  }
}

TEST_P(HistoryProperty, FitsItsLimits) {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    if (std::string(GetParam()) == "nanobot") break;  // its own rule exceeds them for a user's turn
    Transcript transcript = transcript_of(Author(GetParam(), seed).write(), dialect());
    HistoryOptions options;
    options.max_messages = 12 + seed % 10;
    const Result<History> history = transcript.history(options);
    EXPECT_LE(history->messages.size(), options.max_messages) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, HistoryProperty,
                         testing::Values("nanobot", "claude", "codex", "pi", "pi_v1", "gemini",
                                         "openai"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
}  // namespace everturn::views_test
