// SPDX-License-Identifier: Apache-2.0
#include "views/nanobot_export.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "views/history.h"
#include "views/json_text.h"
#include "views/lost_records.h"
#include "views/nanobot_limits.h"

namespace everturn {
namespace {

// As nanobot writes times, quotes included; the text as it stands where it is no time, "" where
// there is none.
std::string nanobot_time(std::string_view raw_time) {
  const std::optional<std::string> text = decode_json_string(raw_time);
  if (!text || text->empty()) return {};
  const std::optional<std::int64_t> time = parse_iso_time(*text);
  return time ? quote_json(iso_local_time(*time)) : quote_json(*text);
}

std::string_view time_of(const Session& session, std::uint32_t record) {
  for (const Entry& entry : session.of_record(record)) {
    if (is_given(entry.time)) return entry.time;
  }
  return {};
}

std::string metadata_line(std::string_view key, std::string_view title, const std::string& from,
                          const std::string& to) {
  std::string line = "{\"_type\":\"metadata\",\"key\":" + quote_json(key);
  line += ",\"created_at\":" + (from.empty() ? "\"\"" : from);
  line += ",\"updated_at\":" + (to.empty() ? "\"\"" : to) + ",\"metadata\":{";
  if (!title.empty()) line += "\"title\":" + quote_json(title);
  return line + "},\"last_consolidated\":0}";
}

bool add_line(std::string line, NanobotFile& file) {
  if (!check_nanobot_can_read(line).ok()) {
    ++file.left_out;
    return false;
  }
  file.lines.push_back(std::move(line));
  return true;
}

// The numbers of the messages, in the session as it was and in the file.
struct Numbering {
  LostBefore lost;            // by the numbers in the file
  std::uint64_t all = 0;      // messages of the session as it was
  std::uint32_t written = 0;  // of them, into the file
  std::uint32_t missing = 0;  // since the last that was written

  void add_missing(std::uint32_t count) {
    missing += count;
    all += count;
  }
  void add_written() {
    if (missing > 0) lost.emplace_back(written, std::exchange(missing, 0));
    ++written;
    ++all;
  }
  void finish() {
    if (missing > 0) lost.emplace_back(written, missing);
  }
};

// `metadata`, its last_consolidated lowered by the records that it counts and the file lacks. Out
// of range it stays, as nanobot passes over it.
std::string renumbered(std::string_view metadata, const Numbering& numbering) {
  const auto raw = find_member(metadata, "last_consolidated");
  const std::optional<std::int64_t> count = raw ? decode_json_integer(*raw) : std::nullopt;
  const bool counts = !numbering.lost.empty() && count && *count >= 0 &&
                      static_cast<std::uint64_t>(*count) <= numbering.all;
  if (!counts) return std::string(metadata);
  const std::size_t now = undamaged(numbering.lost, static_cast<std::size_t>(*count));
  return merge_json_members(metadata, "{\"last_consolidated\":" + std::to_string(now) + "}");
}

// The last metadata record is the one that counts, and the first line is where nanobot looks.
NanobotFile own_file(const Session& session, const std::string& new_metadata) {
  std::string_view metadata;
  NanobotFile file;
  file.lines.emplace_back();
  Numbering numbering;
  auto damaged = session.lost.begin();
  for (std::size_t record = 0; record < session.records(); ++record) {
    for (; damaged != session.lost.end() && damaged->first <= record; ++damaged) {
      numbering.add_missing(damaged->second);
    }
    const std::span<const Entry> entries = session.of_record(record);
    if (!counting_member(kNanobotDialect, entries).empty()) {
      metadata = session.texts[record];
      continue;
    }
    const bool is_there = add_line(std::string(session.texts[record]), file);
    if (!is_counted(kNanobotDialect, entries)) continue;
    if (is_there) {
      numbering.add_written();
    } else {
      numbering.add_missing(1);
    }
  }
  numbering.finish();
  const bool is_readable = !metadata.empty() && check_nanobot_can_read(metadata).ok();
  file.lines.front() = is_readable ? renumbered(metadata, numbering) : new_metadata;
  return file;
}

// nanobot keeps the tool's name with its result, and a time with each message.
class MessageWriter {
 public:
  explicit MessageWriter(const Session& session) : session_(session) {}

  std::string line(const HistoryMessage& message) {
    std::string json = message.json;
    json.pop_back();  // the closing brace
    for_each_element(find_member(message.json, "tool_calls").value_or(""),
                     [&](std::string_view call) {
                       const std::string_view function = find_member(call, "function").value_or("");
                       names_[text_member(call, "id")] = text_member(function, "name");
                       return true;
                     });
    const auto name = names_.find(text_member(message.json, "tool_call_id"));
    if (name != names_.end()) json += ",\"name\":" + quote_json(name->second);
    const std::string time = nanobot_time(time_of(session_, message.record));
    if (!time.empty()) last_time_ = time;
    if (!last_time_.empty()) json += ",\"timestamp\":" + last_time_;
    return json + "}";
  }

 private:
  const Session& session_;
  std::unordered_map<std::string, std::string> names_;  // of the tools, by call
  std::string last_time_;
};

}  // namespace

Result<NanobotFile> nanobot_file(const Session& session, const Dialect& dialect,
                                 std::string_view key, std::string_view title) {
  std::string from;
  std::string to;
  for (std::uint32_t record = 0; record < session.records(); ++record) {
    const std::string time = nanobot_time(time_of(session, record));
    if (time.empty()) continue;
    if (from.empty()) from = time;
    to = time;
  }
  const std::string metadata = metadata_line(key, title, from, to);
  if (&dialect == &kNanobotDialect) return own_file(session, metadata);
  HistoryOptions options;
  options.whole = true;
  const History history = TRY(make_history(session, dialect, options));
  NanobotFile file;
  file.lines.push_back(metadata);
  MessageWriter writer(session);
  for (const HistoryMessage& message : history.messages) add_line(writer.line(message), file);
  return file;
}

}  // namespace everturn
