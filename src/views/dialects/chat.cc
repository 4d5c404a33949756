// SPDX-License-Identifier: Apache-2.0
#include "views/dialects/chat.h"

#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

void read_rare_member(JsonCursor& cursor, std::string_view name, ChatMessage& message) {
  if (name == "_type" || name == "type") message.type = cursor.take_value();
  if (name == "_command") message.command = cursor.take_value();
  if (name == "_channel_delivery") message.delivery = cursor.take_value();
  if (name == "_hidden_history" || name == "injected_event") message.hidden = cursor.take_value();
  if (name == "id") message.id = cursor.take_value();
  if (name == "model") message.model = cursor.take_value();
  if (name == "usage") message.usage = cursor.take_value();
}

// Python's idea of truth.
bool is_true(std::string_view raw) {
  return is_given(raw) && raw != "false" && raw != "0" && raw != "{}" && raw != "[]";
}

void read_call(JsonCursor& cursor, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = EntryKind::tool_call;
  const std::size_t begin = cursor.position();
  const auto read_function = [&](std::string_view name) {
    if (name == "name") entry.name = cursor.take_value();
    if (name == "arguments" || name == "input") entry.text = cursor.take_value();
    return true;
  };
  cursor.members([&](std::string_view name) {
    if (name == "id") entry.call_id = cursor.take_value();
    if (name == "function" || name == "custom") cursor.members(read_function);
    return read_function(name);
  });
  if (cursor.position() == begin) cursor.skip_value();
  entry.raw = cursor.since(begin);
}

void add_thinking(const ChatMessage& message, std::vector<Entry>& entries) {
  if (is_given(message.reasoning)) {
    Entry& entry = entries.emplace_back();
    entry.kind = EntryKind::thinking;
    entry.raw = entry.text = message.reasoning;
    // The blocks say the same again, with their signatures.
    if (is_array(message.thinking_blocks)) entry.flags |= kCopy;
  }
  if (is_array(message.thinking_blocks)) {
    read_content(message.thinking_blocks, EntryKind::thinking, entries);
  }
}

void add_result(const ChatMessage& message, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = EntryKind::tool_result;
  entry.raw = entry.text = message.content;
  entry.name = message.name;
  entry.call_id = message.tool_call_id;
}

}  // namespace

ChatMessage read_chat_members(std::string_view record) {
  ChatMessage message;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    ++message.members;
    if (name == "role") {
      message.role = cursor.take_value();
    } else if (name == "content") {
      message.content = cursor.take_value();
    } else if (name == "timestamp" || name == "created_at") {
      message.time = cursor.take_value();
    } else if (name == "tool_calls") {
      cursor.elements([&] {
        read_call(cursor, message.calls);
        return true;
      });
    } else if (name == "tool_call_id") {
      message.tool_call_id = cursor.take_value();
    } else if (name == "name") {
      message.name = cursor.take_value();
    } else if (name == "reasoning_content" || name == "reasoning") {
      message.reasoning = cursor.take_value();
    } else if (name == "thinking_blocks") {
      message.thinking_blocks = cursor.take_value();
    } else {
      read_rare_member(cursor, name, message);
    }
    return true;
  });
  return message;
}

bool read_chat_message(std::string_view record, const ChatMessage& message,
                       std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  Entry common;
  common.id = message.id;
  common.time = message.time;
  common.model = message.model;
  common.usage = message.usage;
  if (is_true(message.command)) common.flags |= kNotReplayed;
  if (is_true(message.delivery)) common.flags |= kDelivery;
  if (is_true(message.hidden)) common.flags |= kInjected;
  if (is_text(message.role, "user")) {
    read_content(message.content, EntryKind::user, entries);
  } else if (is_text(message.role, "assistant")) {
    add_thinking(message, entries);
    read_content(message.content, EntryKind::assistant, entries);
    entries.insert(entries.end(), message.calls.begin(), message.calls.end());
  } else if (is_text(message.role, "tool") || is_text(message.role, "function")) {
    add_result(message, entries);
  } else if (is_text(message.role, "system") || is_text(message.role, "developer")) {
    read_content(message.content, EntryKind::system, entries);
  } else {
    return false;
  }
  if (entries.size() == first) {  // nothing was said: the record is there all the same
    Entry& entry = entries.emplace_back();
    entry.kind = is_text(message.role, "user") ? EntryKind::user : EntryKind::assistant;
    if (is_text(message.role, "system")) entry.kind = EntryKind::system;
    entry.raw = record;
    entry.text = "\"\"";
  }
  share(entries, first, common);
  return true;
}

std::string close_chat_call(const Entry& call, std::string_view text) {
  std::string record = "{\"role\":\"tool\",\"tool_call_id\":";
  record += call.call_id.empty() ? "\"\"" : call.call_id;
  if (is_string(call.name)) record += ",\"name\":" + std::string(call.name);
  return record + ",\"content\":" + std::string(text) + "}";
}

}  // namespace everturn
