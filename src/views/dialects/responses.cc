// SPDX-License-Identifier: Apache-2.0
#include "views/dialects/responses.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "views/dialects/block.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

constexpr std::array<std::string_view, 5> kCalls = {
    "function_call", "custom_tool_call", "local_shell_call", "tool_search_call", "tool_call"};
constexpr std::array<std::string_view, 6> kResults = {"function_call_output",
                                                      "custom_tool_call_output",
                                                      "local_shell_call_output",
                                                      "tool_search_output",
                                                      "tool_result",
                                                      "function_result"};
// Carried out by the provider, or of no use to a model: never sent again by us.
constexpr std::array<std::string_view, 9> kAsides = {"web_search_call",  "image_generation_call",
                                                     "file_search_call", "code_interpreter_call",
                                                     "computer_call",    "mcp_call",
                                                     "ghost_snapshot",   "compaction",
                                                     "agent_message"};

template <std::size_t N>
bool is_one_of(std::string_view raw, const std::array<std::string_view, N>& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](std::string_view text) { return is_text(raw, text); });
}

struct Item {
  std::string_view type;
  std::string_view role;
  std::string_view content;
  std::string_view call_id;
  std::string_view id;
  std::string_view name;
  std::string_view arguments;
  std::string_view output;
  std::string_view summary;
  std::string_view time;
  std::string_view action;
};

void read_call_member(JsonCursor& cursor, std::string_view name, Item& item) {
  if (name == "arguments" || name == "input") item.arguments = cursor.take_value();
  if (name == "output" || name == "result" || name == "tools") item.output = cursor.take_value();
  if (name == "action") item.action = cursor.take_value();
  if (name == "summary") item.summary = cursor.take_value();
  if (name == "timestamp" || name == "created_at") item.time = cursor.take_value();
  if (name == "function") {
    cursor.members([&](std::string_view inner) {
      if (inner == "name") item.name = cursor.take_value();
      return true;
    });
  }
}

Item read_item(JsonCursor& cursor) {
  Item item;
  cursor.members([&](std::string_view name) {
    if (name == "type") {
      item.type = cursor.take_value();
    } else if (name == "role") {
      item.role = cursor.take_value();
    } else if (name == "content" || name == "message") {
      item.content = cursor.take_value();
    } else if (name == "call_id") {
      item.call_id = cursor.take_value();
    } else if (name == "id") {
      item.id = cursor.take_value();
    } else if (name == "name") {
      item.name = cursor.take_value();
    } else {
      read_call_member(cursor, name, item);
    }
    return true;
  });
  return item;
}

EntryKind speaker_of(std::string_view role) {
  if (is_text(role, "assistant")) return EntryKind::assistant;
  if (is_text(role, "system") || is_text(role, "developer")) return EntryKind::system;
  return EntryKind::user;
}

void add_call(const Item& item, Entry& entry) {
  entry.kind = EntryKind::tool_call;
  entry.call_id = is_string(item.call_id) ? item.call_id : item.id;
  entry.name = is_string(item.name) ? item.name : item.type;
  entry.text = item.arguments.empty() ? item.action : item.arguments;
  entry.flags |= kItem;
}

void add_result(const Item& item, Entry& entry) {
  entry.kind = EntryKind::tool_result;
  entry.call_id = item.call_id;
  entry.name = item.name;
  entry.text = item.output;
}

void add_message(const Item& item, std::string_view raw, std::vector<Entry>& entries) {
  const EntryKind speaker = speaker_of(item.role);
  const std::size_t first = entries.size();
  read_content(item.content, speaker, entries);
  if (entries.size() == first) {
    Entry& entry = entries.emplace_back();
    entry.kind = speaker;
    entry.raw = raw;
    entry.text = "\"\"";
  }
  for (std::size_t i = first; i < entries.size(); ++i) {
    if (speaker == EntryKind::assistant) entries[i].flags |= kItem;
    // {"type":"input_image","image_url":null} is written where there is no image.
    const bool is_image = (entries[i].flags & kImage) != 0;
    if (is_image && find_member(entries[i].raw, "image_url") == "null") {
      entries[i].flags |= kNotReplayed;
    }
  }
}

}  // namespace

bool is_response_item(std::string_view raw_type) {
  return is_text(raw_type, "message") || is_text(raw_type, "reasoning") ||
         is_one_of(raw_type, kCalls) || is_one_of(raw_type, kResults) ||
         is_one_of(raw_type, kAsides);
}

bool read_response_item(JsonCursor& cursor, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  const std::size_t begin = cursor.position();
  const Item item = read_item(cursor);
  if (cursor.position() == begin) cursor.skip_value();
  const std::string_view raw = cursor.since(begin);
  const bool is_message =
      is_text(item.type, "message") || (item.type.empty() && !item.role.empty());
  const bool is_known = is_message || is_response_item(item.type);
  if (is_message) {
    add_message(item, raw, entries);
  } else {
    Entry& entry = entries.emplace_back();
    entry.raw = raw;
    entry.name = item.type;
    entry.text = raw;
    if (is_one_of(item.type, kCalls)) {
      add_call(item, entry);
    } else if (is_one_of(item.type, kResults)) {
      add_result(item, entry);
    } else if (is_text(item.type, "reasoning")) {
      entry.kind = EntryKind::thinking;
      entry.text = item.summary;
      entry.flags |= kItem;
    } else {
      entry.flags |= is_known ? kNotReplayed : kDrift;
    }
  }
  Entry common;
  common.id = item.id;
  common.time = item.time;
  share(entries, first, common);
  return is_known;
}

bool read_response_item(std::string_view item, std::vector<Entry>& entries) {
  JsonCursor cursor(item);
  cursor.skip_space();
  const std::size_t first = entries.size();
  const bool is_known = read_response_item(cursor, entries);
  if (!is_known) entries.resize(first);
  return is_known;
}

std::string close_response_call(const Entry& call, std::string_view text) {
  const bool is_custom = is_text(find_member(call.raw, "type").value_or(""), "custom_tool_call");
  std::string record = "{\"type\":\"";
  record += is_custom ? "custom_tool_call_output" : "function_call_output";
  record += "\",\"call_id\":";
  record += call.call_id.empty() ? "\"\"" : call.call_id;
  return record + ",\"output\":" + std::string(text) + "}";
}

}  // namespace everturn
