// SPDX-License-Identifier: Apache-2.0
// Each dialect on a transcript written for it (tests/dialects), and on real ones where they are:
// EVERTURN_TRANSCRIPTS names a folder of them, each agent's in a folder of its name.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "views/dialects/dialect.h"
#include "views/page_test_help.h"
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

struct Real {
  std::string path;
  std::string dialect;
};

std::vector<Real> real_transcripts() {
  std::vector<Real> found;
  const char* const root = std::getenv("EVERTURN_TRANSCRIPTS");
  if (root == nullptr) return found;
  for (const std::string name : {"claude", "codex", "pi", "openclaw", "gemini"}) {
    const std::filesystem::path folder = std::filesystem::path(root) / name;
    if (!std::filesystem::is_directory(folder)) continue;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string path = file.path().string();
      const bool is_transcript = path.ends_with(".jsonl") || name == "gemini";
      if (!file.is_regular_file() || !is_transcript) continue;
      found.push_back({path, name == "openclaw" ? "pi" : name});
    }
  }
  return found;
}

// A file that is one document is one record.
Lines records_of(const std::string& path) {
  const std::string text = read_file(path);
  JsonFault fault;
  if (is_json_object_by_grammar(text, &fault)) return {text};
  Lines records;
  for (std::string& line : lines_of(text)) {
    if (is_json_object_by_grammar(line, &fault)) records.push_back(std::move(line));
  }
  return records;
}

// The whole session is legal too; its pages have something of it, and its figures all records.
void check_export(const Real& real, const Lines& records) {
  Transcript transcript = transcript_of(records, real.dialect);
  HistoryOptions whole;
  whole.whole = true;
  const Result<History> history = transcript.history(whole);
  EXPECT_EQ(provider_complaint(whole.format, history->messages), "") << real.path;
  for (const PageFormat format : {PageFormat::text, PageFormat::markdown, PageFormat::html}) {
    EXPECT_NE(page_of(records, options_of(format, true, real.dialect)), "") << real.path;
  }
  Stats stats;
  stats.begin_session();
  for (const std::string& record : records) stats.add(record);
  EXPECT_EQ(stats.figures().records, records.size()) << real.path;
}

// Every line gives an entry, and the histories of all formats are legal.
void check_real(const Real& real) {
  const Lines records = records_of(real.path);
  Transcript transcript = transcript_of(records, real.dialect);
  std::set<std::uint32_t> seen;
  std::set<std::string> answered;
  for (const Entry& entry : transcript.entries()) {
    seen.insert(entry.record);
    if (entry.kind == EntryKind::tool_result) answered.insert(json_text(entry.call_id));
  }
  EXPECT_EQ(seen.size(), records.size()) << real.path;
  for (const HistoryFormat format :
       {HistoryFormat::openai, HistoryFormat::responses, HistoryFormat::anthropic}) {
    HistoryOptions options;
    options.format = format;
    const Result<History> history = transcript.history(options);
    EXPECT_EQ(provider_complaint(format, history->messages), "") << real.path;
    for (const HistoryMessage& message : history->messages) {
      if (!message.stand_in || format != HistoryFormat::openai) continue;
      const std::string id = json_text(find_member(message.json, "tool_call_id").value_or(""));
      EXPECT_FALSE(!id.empty() && answered.contains(id)) << id << " in " << real.path;
    }
  }
}

TEST(RealTranscripts, EveryLineIsAccountedForAndTheHistoryIsLegal) {
  const std::vector<Real> transcripts = real_transcripts();
  if (transcripts.empty()) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  for (const Real& real : transcripts) {
    check_real(real);
    const Lines records = records_of(real.path);
    check_export(real, records);
    std::vector<std::string_view> first(records.begin(), records.end());
    EXPECT_EQ(recognize_dialect(first), real.dialect) << real.path;
  }
}

// Cut after any record: as many cuts as a moment allows.
TEST(RealTranscripts, TheHistoryOfAnyBeginningIsLegal) {
  constexpr std::size_t kCuts = 40;
  const std::vector<Real> transcripts = real_transcripts();
  if (transcripts.empty()) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  for (const Real& real : transcripts) {
    const Lines records = records_of(real.path);
    const std::size_t step = std::max<std::size_t>(1, records.size() / kCuts);
    for (std::size_t size = step; size < records.size(); size += step) {
      Transcript transcript =
          transcript_of(Lines(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(size)),
                        real.dialect);
      const Result<History> history = transcript.history();
      EXPECT_EQ(provider_complaint(HistoryFormat::openai, history->messages), "")
          << real.path << " after " << size;
    }
  }
}

}  // namespace
}  // namespace everturn::views_test
