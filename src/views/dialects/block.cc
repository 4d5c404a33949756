// SPDX-License-Identifier: Apache-2.0
#include "views/dialects/block.h"

#include <algorithm>
#include <array>

#include "views/dialects/dialect.h"

namespace everturn {
namespace {

// The members that any kind of block may have, as they stand.
struct Block {
  std::string_view type;
  std::string_view text;
  std::string_view thinking;
  std::string_view id;
  std::string_view name;
  std::string_view arguments;
  std::string_view answers;  // the id of the call that a result belongs to
  std::string_view content;
  std::string_view failed;
  bool thought = false;       // gemini: a text that is a thought
  bool has_call = false;      // gemini: functionCall
  bool has_response = false;  // gemini: functionResponse
  bool has_data = false;      // gemini: inlineData, fileData
};

bool is_any(std::string_view raw, std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](std::string_view text) { return is_text(raw, text); });
}

// {"id":..,"name":..,"args":..} and {"id":..,"name":..,"response":..}
void read_function(JsonCursor& cursor, Block& block) {
  cursor.members([&](std::string_view name) {
    if (name == "id") block.id = block.answers = cursor.take_value();
    if (name == "name") block.name = cursor.take_value();
    if (name == "args" || name == "arguments") block.arguments = cursor.take_value();
    if (name == "response") block.content = cursor.take_value();
    return true;
  });
}

bool read_gemini_member(JsonCursor& cursor, std::string_view name, Block& block) {
  if (name == "functionCall") {
    block.has_call = true;
    read_function(cursor, block);
  } else if (name == "functionResponse") {
    block.has_response = true;
    read_function(cursor, block);
  } else if (name == "thought") {
    block.thought = cursor.at('t');
  } else if (name == "inlineData" || name == "fileData") {
    block.has_data = true;
  } else {
    return false;
  }
  return true;
}

void read_member(JsonCursor& cursor, std::string_view name, Block& block) {
  if (name == "type") {
    block.type = cursor.take_value();
  } else if (name == "text") {
    block.text = cursor.take_value();
  } else if (name == "thinking") {
    block.thinking = cursor.take_value();
  } else if (name == "id" || name == "call_id") {
    // Responses items have both, and the call_id is the one that joins.
    if (block.id.empty() || name == "call_id") block.id = cursor.take_value();
  } else if (name == "name") {
    block.name = cursor.take_value();
  } else if (name == "input" || name == "arguments" || name == "args") {
    block.arguments = cursor.take_value();
  } else if (name == "tool_use_id" || name == "toolCallId") {
    block.answers = cursor.take_value();
  } else if (name == "content" || name == "output") {
    block.content = cursor.take_value();
  } else if (name == "is_error" || name == "isError") {
    block.failed = cursor.take_value();
  } else {
    read_gemini_member(cursor, name, block);
  }
}

void classify(const Block& block, EntryKind speaker, Entry& entry) {
  entry.kind = speaker;
  entry.text = block.text;
  if (is_any(block.type, {"text", "input_text", "output_text", "summary_text", "refusal"})) return;
  if (is_any(block.type, {"thinking", "redacted_thinking", "reasoning"}) || block.thought) {
    entry.kind = EntryKind::thinking;
    entry.text = block.thinking.empty() ? block.text : block.thinking;
  } else if (block.has_call || is_any(block.type, {"tool_use", "toolCall", "function_call"})) {
    entry.kind = EntryKind::tool_call;
    entry.text = block.arguments;
    entry.name = block.name;
    entry.call_id = block.id;
  } else if (block.has_response || is_any(block.type, {"tool_result", "function_call_output"})) {
    entry.kind = EntryKind::tool_result;
    entry.text = block.content;
    entry.name = block.name;
    entry.call_id = block.answers.empty() ? block.id : block.answers;
    if (block.failed == "true") entry.flags |= kFailed;
  } else if (block.has_data || is_any(block.type, {"image", "input_image", "image_url", "document",
                                                   "input_file", "file", "input_audio"})) {
    entry.flags |= kImage;
  } else if (!block.type.empty() || block.text.empty()) {
    entry.kind = EntryKind::other;
    entry.name = block.type;
    entry.flags |= kDrift;
  }
}

}  // namespace

bool is_blank_string(std::string_view raw_string) {
  if (raw_string.size() < 2) return true;
  std::string_view text = raw_string.substr(1, raw_string.size() - 2);
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == '\t') {
      text.remove_prefix(1);
    } else if (text.size() > 1 && text.front() == '\\' &&
               (text[1] == 'n' || text[1] == 'r' || text[1] == 't')) {
      text.remove_prefix(2);
    } else {
      return false;
    }
  }
  return true;
}

void read_block(JsonCursor& cursor, EntryKind speaker, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  const std::size_t begin = cursor.position();
  if (cursor.at('{')) {
    Block block;
    cursor.members([&](std::string_view name) {
      read_member(cursor, name, block);
      return true;
    });
    classify(block, speaker, entry);
  } else {
    entry.text = cursor.take_value();
    entry.kind = is_string(entry.text) ? speaker : EntryKind::other;
    if (entry.kind == EntryKind::other) entry.flags |= kDrift;
  }
  entry.raw = cursor.since(begin);
}

void read_content(JsonCursor& cursor, EntryKind speaker, std::vector<Entry>& entries) {
  if (cursor.at('[')) {
    cursor.elements([&] {
      read_block(cursor, speaker, entries);
      return true;
    });
  } else if (cursor.at('{') || cursor.at('"')) {
    read_block(cursor, speaker, entries);
    if (entries.back().raw == "\"\"") entries.pop_back();
  }
}

void read_content(std::string_view content, EntryKind speaker, std::vector<Entry>& entries) {
  if (is_string(content)) {
    if (content == "\"\"") return;
    Entry& entry = entries.emplace_back();
    entry.kind = speaker;
    entry.raw = entry.text = content;
    return;
  }
  JsonCursor cursor(content);
  cursor.skip_space();
  read_content(cursor, speaker, entries);
}

}  // namespace everturn
