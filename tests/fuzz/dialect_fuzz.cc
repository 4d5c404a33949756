// SPDX-License-Identifier: Apache-2.0
// Any bytes, as lines or as one document, through every dialect: each record gives an entry, and
// the history, where all records are JSON objects, is one that a provider takes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "everturn/page.h"
#include "everturn/views.h"
#include "views/provider_rules.h"

namespace everturn {
namespace {

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

// The records of an input: its lines, or all of it as one document of several lines.
struct Input {
  std::string_view text;
  bool is_document = false;

  template <class Use>
  void each(const Use& use) const {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t line_end = std::min(text.find('\n', at), text.size());
      const std::size_t end = is_document ? text.size() : line_end;
      use(text.substr(at, end - at));
      at = end + 1;
    }
  }
};

// A JSON object as the store gives one: also with NaN and Infinity, as Python writes them.
bool is_record(std::string_view text) {
  JsonFault fault;
  JsonTolerance tolerated;
  const auto end = parse_json_object_tolerantly(text, &fault, &tolerated);
  const bool is_all = end && text.find_first_not_of(" \t\r\n", *end) == text.npos;
  return is_all && !tolerated.bad_text;
}

// Touches everything that an entry points to.
void look_at(const Entry& entry) {
  std::size_t size = json_text(entry.text).size() + json_text(entry.name).size();
  size += json_text(entry.call_id).size() + json_text(entry.raw).size() + entry.id.size();
  size += static_cast<std::size_t>(read_usage(entry.usage).output != 0);
  expect(size != SIZE_MAX, "an entry without end");
}

void check_history(Transcript& transcript, HistoryFormat format, std::uint8_t choice,
                   bool is_json) {
  HistoryOptions options;
  options.format = format;
  options.unfinished = (choice & 1) != 0 ? Unfinished::close : Unfinished::drop;
  options.max_messages = (choice & 2) != 0 ? choice % 8U : 0;
  options.max_tokens = (choice & 4) != 0 ? choice : 0;
  options.whole = (choice & 16) != 0;
  const Result<History> history = transcript.history(options);
  expect(history.ok(), "no history");
  if (!is_json) return;
  const std::string complaint = provider_complaint(format, history->messages);
  expect(complaint.empty(), std::string(transcript.report().dialect) + ": " + complaint);
}

// Of what is shown only line breaks and tabs may act on a screen.
void check_page(std::string_view dialect, const Input& input, PageFormat format, bool full) {
  std::string shown;
  PageOptions options;
  options.format = format;
  options.dialect = dialect;
  options.full = full;
  Page page(options, [&](std::string_view piece) {
    shown += piece;
    return true;
  });
  input.each([&](std::string_view record) { page.look(record); });
  page.begin();
  input.each([&](std::string_view record) { page.add(record); });
  page.end();
  std::string bare = shown;
  std::erase_if(bare, [](char c) { return c == '\n' || c == '\t'; });
  expect(printable(bare) == bare, "a page with controls");
  expect(shown.find("<script") == shown.npos || format != PageFormat::html, "a script");
}

void check_stats(std::string_view dialect, const Input& input) {
  Stats stats;
  stats.begin_session(std::string(dialect));
  std::uint64_t records = 0;
  input.each([&](std::string_view record) {
    stats.add(record);
    ++records;
  });
  expect(stats.figures().records == records, "records went uncounted");
}

void check(std::string_view dialect, const Input& input, std::uint8_t choice) {
  TranscriptOptions options;
  options.dialect = dialect;
  Transcript transcript(options);
  std::size_t records = 0;
  bool is_json = true;
  input.each([&](std::string_view record) {
    expect(!read_entries(dialect, record).empty(), "no entry");
    is_json = is_json && is_record(record);
    transcript.add(record);
    ++records;
  });
  for (const Entry& entry : transcript.entries()) look_at(entry);
  expect(transcript.report().records == records, "records got lost");
  expect(transcript.title().size() <= input.text.size() * 3 + 3, "a title from nowhere");
  static_cast<void>(transcript.usage());
  for (const HistoryFormat format : {HistoryFormat::openai, HistoryFormat::responses,
                                     HistoryFormat::anthropic, HistoryFormat::native}) {
    check_history(transcript, format, choice, is_json);
  }
  static_cast<void>(transcript.closers(0));
  static_cast<void>(transcript.as_nanobot("k"));
  for (const PageFormat format : {PageFormat::text, PageFormat::markdown, PageFormat::html}) {
    check_page(dialect, input, format, (choice & 8) != 0);
  }
  check_stats(dialect, input);
}

}  // namespace
}  // namespace everturn

// The first byte chooses the dialect, the second the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::vector<std::string_view> names = everturn::dialect_names();
  const everturn::Input input = {text, (data[1] & 64) != 0};
  everturn::check(names[data[0] % names.size()], input, data[1]);
  return 0;
}
