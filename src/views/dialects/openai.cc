// SPDX-License-Identifier: Apache-2.0
// OpenAI: chat messages and Responses items, one a record; or a record that holds a whole
// conversation, {"messages":[..]}, {"input":[..]} or ShareGPT's {"conversations":[..]}.
#include <algorithm>
#include <array>

#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/chat.h"
#include "views/dialects/dialect.h"
#include "views/dialects/responses.h"

namespace everturn {
namespace {

bool holds_conversation(std::string_view name) {
  return name == "messages" || name == "input" || name == "conversations";
}

std::string_view find_conversation(std::string_view record) {
  std::string_view list;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (holds_conversation(name) && cursor.at('[')) list = cursor.take_value();
    return true;
  });
  return list;
}

// {"from":"human","value":".."}
bool read_sharegpt(std::string_view record, std::vector<Entry>& entries) {
  std::string_view from;
  std::string_view value;
  JsonCursor cursor(record);
  cursor.members([&](std::string_view name) {
    if (name == "from") from = cursor.take_value();
    if (name == "value") value = cursor.take_value();
    return true;
  });
  if (!is_string(from) || value.empty()) return false;
  const bool is_model =
      is_text(from, "gpt") || is_text(from, "assistant") || is_text(from, "chatgpt");
  const EntryKind kind = is_text(from, "system") ? EntryKind::system
                         : is_model              ? EntryKind::assistant
                                                 : EntryKind::user;
  read_content(value, kind, entries);
  return true;
}

void read_one(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  const ChatMessage message = read_chat_members(record);
  if (is_text(message.type, "metadata")) {
    Entry& entry = entries.emplace_back();
    entry.kind = EntryKind::metadata;
    entry.raw = record;
    return;
  }
  const bool is_item = is_response_item(message.type);
  if (is_item && read_response_item(record, entries)) return;
  if (read_chat_message(record, message, entries) || read_sharegpt(record, entries)) return;
  if (entries.size() > first) return;
  Entry& entry = entries.emplace_back();
  entry.raw = entry.text = record;
  entry.name = message.type;
  entry.flags |= kDrift;
}

void read_openai(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  JsonCursor list(find_conversation(record));
  list.elements([&] {
    read_one(list.take_value(), entries);
    return true;
  });
  if (entries.size() == first) read_one(record, entries);
}

int recognizes_openai(std::string_view record) {
  if (!find_conversation(record).empty()) return 70;
  const ChatMessage message = read_chat_members(record);
  if (is_response_item(message.type)) return 60;
  return is_string(message.role) && !message.content.empty() ? 51 : 0;
}

}  // namespace

const Dialect kOpenaiDialect = {"openai", recognizes_openai, read_openai, nullptr, close_chat_call};

}  // namespace everturn
