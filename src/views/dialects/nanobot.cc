// SPDX-License-Identifier: Apache-2.0
// nanobot, and what a store of ours holds: chat messages, `_type` records beside them.
#include "base/json.h"
#include "base/json_cursor.h"
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

void read_metadata(std::string_view record, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = EntryKind::metadata;
  entry.name = "\"metadata\"";
  entry.raw = record;
  std::string_view values;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "metadata") values = cursor.take_value();
    if (name == "updated_at") entry.time = cursor.take_value();
    return true;
  });
  if (values.size() > 2) entry.text = find_member(values, "title").value_or("");
  if (is_string(entry.text) && is_given(entry.text)) entry.title = TitleRank::chosen;
}

void read_nanobot(std::string_view record, std::vector<Entry>& entries) {
  const ChatMessage message = read_chat_members(record);
  if (is_text(message.type, "metadata")) return read_metadata(record, entries);
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
