// SPDX-License-Identifier: Apache-2.0
#include "views/export.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "everturn/page.h"
#include "everturn/views.h"
#include "views/session_reading.h"

namespace everturn {
namespace {

using Write = std::function<bool(std::string_view)>;

ReadOptions all_records() {
  ReadOptions how;
  how.with_metadata = true;
  how.with_oversize = true;
  return how;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

Result<Exported> export_records(Store& store, std::string_view key, const Write& write) {
  Exported exported;
  exported.report = TRY(store.read(key, all_records(), [&](const Record& record) {
    return write(record.bytes) && write("\n");
  }));
  return exported;
}

Result<Exported> export_page(Store& store, std::string_view key, const ExportOptions& options,
                             const Write& write) {
  PageOptions how;
  how.format = options.format == ExportFormat::md ? PageFormat::markdown : PageFormat::html;
  how.name = key;
  how.dialect = options.dialect;
  Page page(how, write);
  Exported exported;
  exported.shows_damage = true;
  exported.report = TRY(store.read(key, all_records(),
                                   [&](const Record& record) { return page.look(record.bytes); }));
  page.begin();
  TRY(read_with_damage(
      store, key, all_records(), exported.report,
      [&](const Record& record) { return page.add(record.bytes); },
      [&](const Damage& damage) { return page.add_damage(damage); }));
  page.end();
  return exported;
}

// {"system":"...","messages":[...]}: the body of a request without its model. The bracket that is
// alone on its line tells readers of lines, ourselves included, that this is one document.
void write_messages(const History& history, const Write& write) {
  write("{\n");
  if (!history.system.empty()) write("\"system\":" + quote_json(history.system) + ",\n");
  write("\"messages\":[\n");
  bool is_first = true;
  for (const HistoryMessage& message : history.messages) {
    if (!write(is_first ? "" : ",\n") || !write(message.json)) return;
    is_first = false;
  }
  write("\n]}\n");
}

Result<Exported> export_messages(Store& store, std::string_view key, const ExportOptions& options,
                                 const Write& write) {
  TranscriptOptions how;
  how.dialect = options.dialect;
  // An empty piece asks whether anybody is still there.
  TranscriptReading reading =
      TRY(read_transcript(store, key, how, all_records().with_oversize, [&] { return write(""); }));
  Exported exported;
  exported.report = std::move(reading.report);
  Transcript& transcript = reading.transcript;
  if (const std::uint64_t forgotten = transcript.report().forgotten; forgotten > 0) {
    exported.notes.push_back("the first " + counted(forgotten, "record") +
                             " did not fit into memory; jsonl, md and html have no such limit");
  }
  if (options.format == ExportFormat::nanobot) {
    const NanobotFile file = TRY(transcript.as_nanobot(key));
    for (const std::string& line : file.lines) write(line + "\n");
    if (file.left_out > 0) {
      exported.notes.push_back(counted(file.left_out, "record") +
                               " left out: nanobot could not read the session with them");
    }
    return exported;
  }
  HistoryOptions history_options;
  history_options.whole = true;
  history_options.format =
      options.format == ExportFormat::anthropic ? HistoryFormat::anthropic : HistoryFormat::openai;
  const History history = TRY(transcript.history(history_options));
  write_messages(history, write);
  if (history.stand_ins > 0) {
    exported.notes.push_back(counted(history.stand_ins, "message") +
                             " put in where the session has none");
  }
  return exported;
}

}  // namespace

std::optional<ExportFormat> export_format_of(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"jsonl",     "nanobot", "openai",
                                                      "anthropic", "md",      "html"};
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<ExportFormat>(found - kNames.begin());
}

Result<Exported> export_session(Store& store, std::string_view key, const ExportOptions& options,
                                const std::function<bool(std::string_view)>& write) {
  switch (options.format) {
    case ExportFormat::jsonl:
      return export_records(store, key, write);
    case ExportFormat::md:
    case ExportFormat::html:
      return export_page(store, key, options, write);
    default:
      return export_messages(store, key, options, write);
  }
}

}  // namespace everturn
