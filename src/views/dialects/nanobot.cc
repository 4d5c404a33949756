// SPDX-License-Identifier: Apache-2.0
// nanobot, and what a store of ours holds: chat messages, `_type` records beside them.
#include "base/json.h"
#include "base/json_cursor.h"
#include "store/metadata_record.h"
#include "views/dialects/chat.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

int recognizes_nanobot(std::string_view record) {
  const ChatMessage message = read_chat_members(record);
  if (is_text(message.type, "metadata") && record.find("\"last_consolidated\"") != record.npos) {
    return 100;
  }
  if (is_text(message.type, "provider_state")) return 90;
  if (!is_string(message.role)) return 0;
  // Without a time it may as well be OpenAI's, unless there is a metadata record.
  return is_string(message.time) ? 60 : 50;
}

// False: it is none.
bool read_metadata(std::string_view record, std::vector<Entry>& entries) {
  std::string_view type;
  std::string_view values;
  std::string_view time;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "_type" || name == "type") type = cursor.take_value();
    if (name == "metadata") values = cursor.take_value();
    if (name == "updated_at") time = cursor.take_value();
    return true;
  });
  if (!is_text(type, "metadata")) return false;
  Entry& entry = entries.emplace_back();
  entry.kind = EntryKind::metadata;
  entry.name = "\"metadata\"";
  entry.raw = record;
  entry.time = time;
  if (values.size() > 2) entry.text = find_member(values, "title").value_or("");
  const bool has_title = is_string(entry.text) && is_given(entry.text);
  const bool is_whole = is_written_by_store(record);  // without a title there is none any more
  if (has_title || is_whole) entry.title = TitleRank::chosen;
  if (is_whole && !has_title) entry.text = {};
  return true;
}

void read_nanobot(std::string_view record, std::vector<Entry>& entries) {
  const bool starts_with_type = record.starts_with(R"({"_type")");
  if (starts_with_type && read_metadata(record, entries)) return;
  const ChatMessage message = read_chat_members(record);
  if (!starts_with_type && is_text(message.type, "metadata")) {
    read_metadata(record, entries);
    return;
  }
  if (read_chat_message(record, message, entries)) return;
  Entry& entry = entries.emplace_back();
  entry.raw = entry.text = record;
  entry.name = message.type;
  entry.time = message.time;
  if (is_text(message.type, "provider_state")) {
    entry.kind = EntryKind::metadata;
  } else {
    entry.flags |= kDrift;
  }
}

}  // namespace

const Dialect kNanobotDialect = {"nanobot", recognizes_nanobot, read_nanobot, nullptr,
                                 close_chat_call};

}  // namespace everturn
