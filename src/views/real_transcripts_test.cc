// SPDX-License-Identifier: Apache-2.0
// Transcripts that agents have written: EVERTURN_TRANSCRIPTS names a folder of them, each agent's
// in a folder of its name. Without it, only that the reckoning of their lines holds.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "everturn/store.h"
#include "views/dialects/dialect.h"
#include "views/page_test_help.h"
#include "views/provider_rules.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

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

// A transcript as it is read: whole records, and what else there is.
struct Reading {
  std::string bytes;  // of the file
  Lines records;
  std::set<std::uint64_t> offsets;  // of the records
  ReadReport report;
};

Reading read_transcript(const std::string& path) {
  Reading reading;
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  reading.bytes = text.str();
  const auto store = *open_store("file:" + path);
  ReadOptions how;
  how.with_metadata = true;
  const auto take = [&](const Record& record) {
    reading.records.emplace_back(record.bytes);
    reading.offsets.insert(record.position.offset);
    return true;
  };
  reading.report = *store->read(store->list()->front().key, how, take);
  return reading;
}

bool is_document(const ReadReport& report) {
  return std::any_of(report.notes.begin(), report.notes.end(),
                     [](const Note& note) { return note.kind == NoteKind::json_document; });
}

// The lines of a file by what became of them.
struct Account {
  std::size_t lines = 0;
  std::size_t with_records = 0;
  std::size_t damaged = 0;  // without a record, and reported
  std::size_t blank = 0;
  Lines lost;     // of none of these
  Lines refused;  // JSON objects that came back as no record
};

bool is_reported(const ReadReport& report, std::uint64_t begin, std::uint64_t end) {
  if (begin >= report.end.offset) return report.in_flight_bytes > 0;
  return std::any_of(report.damage.begin(), report.damage.end(), [&](const Damage& damage) {
    return damage.offset < end && damage.offset + damage.length > begin;
  });
}

Account account_of(const Reading& reading) {
  Account account;
  for (std::size_t begin = 0; begin < reading.bytes.size();) {
    const std::size_t end = std::min(reading.bytes.find('\n', begin), reading.bytes.size());
    const std::string line = reading.bytes.substr(begin, end - begin);
    const auto record = reading.offsets.lower_bound(begin);
    const bool has_record = record != reading.offsets.end() && *record < end;
    JsonFault fault;
    if (has_record) {
      ++account.with_records;
    } else if (line.find_first_not_of(" \t\r") == std::string::npos) {
      ++account.blank;
    } else if (is_reported(reading.report, begin, end)) {
      ++account.damaged;
    } else {
      account.lost.push_back(line);
    }
    if (!has_record && is_json_object_by_grammar(line, &fault)) account.refused.push_back(line);
    ++account.lines;
    begin = end + 1;
  }
  return account;
}

// Nothing drops out on the way from the file to the records.
void expect_accounted(const Reading& reading, const std::string& path) {
  EXPECT_EQ(reading.records.size(), reading.report.records) << path;
  EXPECT_GT(reading.records.size(), 0U) << path;
  if (is_document(reading.report)) return;
  const Account account = account_of(reading);
  EXPECT_EQ(account.with_records + account.damaged + account.blank, account.lines) << path;
  EXPECT_THAT(account.lost, IsEmpty()) << path;
  EXPECT_THAT(account.refused, IsEmpty()) << path;
}

TEST(TranscriptLines, AreEachARecordOrReportedOrBlank) {
  const std::string path = testing::TempDir() + "everturn-lines-" + std::to_string(::getpid());
  const std::string whole = chat("user", "hi");
  std::ofstream(path, std::ios::binary) << whole << whole << "\n\n"
                                        << whole.substr(0, 20) << "\n"
                                        << whole << "\nno JSON\n{\"role\":";
  const Reading reading = read_transcript(path);
  const Account account = account_of(reading);
  EXPECT_EQ(account.lines, 6U);
  EXPECT_EQ(account.with_records, 2U);
  EXPECT_EQ(account.blank, 1U);
  EXPECT_EQ(account.damaged, 3U);
  expect_accounted(reading, path);
  Reading dropping = reading;
  dropping.report.damage.clear();
  EXPECT_THAT(account_of(dropping).lost, SizeIs(2));
  dropping.offsets.clear();
  EXPECT_THAT(account_of(dropping).refused, SizeIs(1));
  std::filesystem::remove(path);
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

// Every record gives an entry, and the histories of all formats are legal.
void check_real(const Real& real, const Lines& records) {
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
    const Reading reading = read_transcript(real.path);
    expect_accounted(reading, real.path);
    const Lines& records = reading.records;
    check_real(real, records);
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
    const Lines records = read_transcript(real.path).records;
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
