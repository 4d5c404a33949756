// SPDX-License-Identifier: Apache-2.0
// Any JSONL: a role or a speaker, and a text, wherever records usually have them. What has neither
// is `other`, and nothing is drift, for nothing is expected.
#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/chat.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

struct Loose {
  std::string_view speaker;
  std::string_view text;
  std::string_view time;
  std::string_view type;
  std::string_view inner;  // an object that may hold the message
};

Loose read_loose(std::string_view record) {
  Loose loose;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "role" || name == "from" || name == "author" || name == "sender") {
      loose.speaker = cursor.take_value();
    } else if (name == "content" || name == "text" || name == "value") {
      loose.text = cursor.take_value();
    } else if (name == "message" || name == "data" || name == "payload") {
      std::string_view& member = cursor.at('{') ? loose.inner : loose.text;
      member = cursor.take_value();
    } else if (name == "timestamp" || name == "time" || name == "created_at" || name == "ts") {
      loose.time = cursor.take_value();
    } else if (name == "type") {
      loose.type = cursor.take_value();
    }
    return true;
  });
  return loose;
}

EntryKind kind_of(std::string_view speaker) {
  if (is_text(speaker, "user") || is_text(speaker, "human")) return EntryKind::user;
  if (is_text(speaker, "assistant") || is_text(speaker, "model") || is_text(speaker, "gpt") ||
      is_text(speaker, "bot")) {
    return EntryKind::assistant;
  }
  if (is_text(speaker, "system")) return EntryKind::system;
  return EntryKind::other;
}

bool read_speech(std::string_view record, const Loose& loose, std::vector<Entry>& entries) {
  const ChatMessage message = read_chat_members(record);
  if (read_chat_message(record, message, entries)) return true;
  const std::string_view speaker = is_string(loose.speaker) ? loose.speaker : loose.type;
  const EntryKind kind = kind_of(speaker);
  if (kind == EntryKind::other || loose.text.empty()) return false;
  const std::size_t first = entries.size();
  read_content(loose.text, kind, entries);
  return entries.size() > first;
}

void read_generic(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  const Loose loose = read_loose(record);
  Entry common;
  common.time = loose.time;
  if (!read_speech(record, loose, entries) &&
      (loose.inner.empty() || !read_speech(loose.inner, read_loose(loose.inner), entries))) {
    Entry& entry = entries.emplace_back();
    entry.raw = entry.text = record;
    entry.name = loose.type;
  }
  if (is_string(common.time)) {
    for (std::size_t i = first; i < entries.size(); ++i) entries[i].time = common.time;
  }
  for (std::size_t i = first; i < entries.size(); ++i) entries[i].flags &= ~kDrift;
}

int recognizes_generic(std::string_view record) { return record.empty() ? 0 : 1; }

}  // namespace

const Dialect kGenericDialect = {"generic", recognizes_generic, read_generic, nullptr,
                                 close_chat_call};

}  // namespace everturn
