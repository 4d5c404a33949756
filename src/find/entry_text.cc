// SPDX-License-Identifier: Apache-2.0
#include "find/entry_text.h"

#include <algorithm>

#include "base/json.h"
#include "base/json_cursor.h"
#include "views/dialects/dialect.h"
#include "views/image.h"
#include "views/json_text.h"

namespace everturn {
namespace {

void append_line(std::string_view line, std::string& text) {
  if (line.empty()) return;
  if (!text.empty()) text += '\n';
  text += line;
}

bool is_image(std::string_view block) {
  if (!image_url(block).empty()) return true;
  const std::string type = text_member(block, "type");
  return type.find("image") != std::string::npos || type == "document";
}

// A list of content blocks: what stands in an image's data says nothing.
std::string text_of_blocks(std::string_view list) {
  std::string text;
  for_each_element(list, [&](std::string_view block) {
    if (!is_object(block)) {
      append_line(is_array(block) ? strings_of(block) : json_text(block), text);
    } else if (const auto said = find_member(block, "text"); said && is_string(*said)) {
      append_line(json_text(*said), text);
    } else if (!is_image(block)) {
      append_line(strings_of(block), text);
    }
    return true;
  });
  return text;
}

// The arguments of a call may be a string that holds an object.
std::string text_of_call(std::string_view raw) {
  if (!is_string(raw)) return strings_of(raw);
  std::string inner = json_text(raw);
  JsonFault fault;
  return is_json_object_by_grammar(inner, &fault) ? strings_of(inner) : inner;
}

std::string text_of_value(std::string_view raw) {
  if (is_array(raw)) return text_of_blocks(raw);
  return is_object(raw) ? strings_of(raw) : json_text(raw);
}

// Where a list of messages replaces what came before, the last of them is most often a summary.
std::string_view replacement_text(std::span<const Entry> record) {
  for (auto entry = record.rbegin(); entry != record.rend(); ++entry) {
    if ((entry->flags & kReplacement) != 0 && is_given(entry->text)) return entry->text;
  }
  return {};
}

}  // namespace

std::string strings_of(std::string_view json) {
  constexpr std::string_view kStructure = "{}[],:";
  std::string text;
  std::string_view name;
  JsonCursor cursor(json);
  while (true) {
    cursor.skip_space();
    if (cursor.at_end()) return text;
    const std::size_t begin = cursor.position();
    const bool is_structure = kStructure.find(json[begin]) != std::string_view::npos;
    if (is_structure) {
      cursor.step();
      continue;
    }
    cursor.skip_value();
    const std::string_view token = cursor.since(begin);
    cursor.skip_space();
    if (cursor.at(':')) {
      cursor.step();
      cursor.skip_space();
      const bool has_inner = cursor.at('{') || cursor.at('[');
      if (has_inner) append_line(json_text(token), text);
      name = has_inner ? std::string_view() : token;
      continue;
    }
    std::string line = name.empty() ? "" : json_text(name) + ": ";
    line += is_string(token) ? json_text(token) : std::string(token);
    append_line(line, text);
    name = {};
  }
}

std::string searched_text(const Entry& entry, std::span<const Entry> record) {
  if ((entry.flags & kImage) != 0) return {};
  if (entry.kind == EntryKind::tool_call) {
    std::string text = json_text(entry.name);
    if (is_given(entry.text)) append_line(text_of_call(entry.text), text);
    return text;
  }
  if (is_given(entry.text)) return text_of_value(entry.text);
  if (entry.kind == EntryKind::summary) return text_of_value(replacement_text(record));
  const bool is_whole = entry.kind == EntryKind::metadata || entry.kind == EntryKind::other;
  return is_whole ? strings_of(entry.raw) : std::string();
}

}  // namespace everturn
