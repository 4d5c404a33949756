// SPDX-License-Identifier: Apache-2.0
// Each dialect on transcripts written for it: tests/dialects.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "views/dialects/dialect.h"
#include "views/provider_rules.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Lines lines_of(const std::string& text) {
  Lines lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// Line breaks as \n.
std::string on_one_line(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\\n");
  }
  return text;
}

// One entry a line, with the number of its record.
std::string entries_text(Transcript& transcript) {
  std::string text;
  for (const Entry& entry : transcript.entries()) {
    text += std::to_string(entry.record) + " " + on_one_line(shown(entry)) + "\n";
  }
  return text;
}

// A transcript in tests/dialects, beside what is read in it (.entries) and what of it can be sent
// to a model (.history).
struct Sample {
  const char* name;
  const char* dialect;
};
void PrintTo(const Sample& sample, std::ostream* stream) { *stream << sample.name; }

class Golden : public testing::TestWithParam<Sample> {
 protected:
  static std::string dialect() { return GetParam().dialect; }
  static std::string path(const std::string& suffix) {
    return std::string(EVERTURN_SOURCE_DIR) + "/tests/dialects/" + GetParam().name + suffix;
  }
  // A file that is one document is one record.
  static Lines records() {
    if (std::filesystem::exists(path(".json"))) return {read_file(path(".json"))};
    return lines_of(read_file(path(".jsonl")));
  }
  static void expect_written_down(const std::string& suffix, const std::string& text) {
    EXPECT_NE(text, "");
    if (text == read_file(path(suffix))) return;
    const std::string seen = std::string(EVERTURN_BINARY_DIR) + "/" + GetParam().name + suffix;
    std::ofstream(seen, std::ios::binary) << text;
    FAIL() << "what was read lies in " << seen << ":\n" << text;
  }
};

TEST_P(Golden, EveryRecordIsReadAsWrittenDown) {
  Transcript transcript = transcript_of(records(), dialect());
  expect_written_down(".entries", entries_text(transcript));
}

TEST_P(Golden, TheHistoryIsAsWrittenDown) {
  std::string text;
  for (const std::string& line : told(transcript_of(records()))) text += on_one_line(line) + "\n";
  expect_written_down(".history", text);
}

TEST_P(Golden, TheTranscriptIsRecognised) {
  EXPECT_EQ(transcript_of(records()).report().dialect, dialect());
}

TEST_P(Golden, ItsHistoryIsLegalHoweverEarlyItEnds) {
  const Lines lines = records();
  for (std::size_t size = 0; size <= lines.size(); ++size) {
    Transcript transcript = transcript_of(
        Lines(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(size)), dialect());
    for (const HistoryFormat format :
         {HistoryFormat::openai, HistoryFormat::responses, HistoryFormat::anthropic}) {
      HistoryOptions options;
      options.format = format;
      const Result<History> history = transcript.history(options);
      EXPECT_EQ(provider_complaint(format, history->messages), "") << size << " records";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, Golden,
                         testing::Values(Sample{"nanobot", "nanobot"}, Sample{"claude", "claude"},
                                         Sample{"codex", "codex"}, Sample{"codex_bare", "codex"},
                                         Sample{"pi", "pi"}, Sample{"pi_v1", "pi"},
                                         Sample{"pi_v2", "pi"}, Sample{"openclaw", "pi"},
                                         Sample{"gemini", "gemini"},
                                         Sample{"gemini_document", "gemini"},
                                         Sample{"openai", "openai"}, Sample{"generic", "generic"}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace everturn::views_test
