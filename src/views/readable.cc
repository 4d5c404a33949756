// SPDX-License-Identifier: Apache-2.0
#include "views/readable.h"

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"
#include "views/json_text.h"

namespace everturn {
namespace {

std::string as_shown_json(std::string_view raw_value) { return printable(compact_json(raw_value)); }

// The text of a member, in one line; "" if there is none or it is no string.
std::string line_of(std::string_view object, std::string_view name) {
  const std::optional<std::string_view> raw = find_member(object, name);
  if (!raw) return {};
  return printable(decode_json_string(*raw).value_or(""));
}

// The text of a member with its layout; nullopt if there is none or it is no string.
std::optional<std::string> text_of(std::string_view object, std::string_view name) {
  const std::optional<std::string_view> raw = find_member(object, name);
  if (!raw) return std::nullopt;
  std::optional<std::string> text = decode_json_string(*raw);
  if (!text) return std::nullopt;
  return printable_lines(*text);
}

bool is_object(std::string_view raw_value) { return raw_value.starts_with('{'); }
bool is_array(std::string_view raw_value) { return raw_value.starts_with('['); }

// One block of a `content` that is a list.
ReadablePart read_block(std::string_view block) {
  if (std::optional<std::string> text = decode_json_string(block)) {
    return {PartKind::text, "", printable_lines(*text)};
  }
  if (!is_object(block)) return {PartKind::other, "", as_shown_json(block)};
  std::string type = line_of(block, "type");
  if (std::optional<std::string> text = text_of(block, "thinking")) {
    return {PartKind::thinking, "", std::move(*text)};
  }
  if (std::optional<std::string> text = text_of(block, "text")) {
    return {PartKind::text, "", std::move(*text)};
  }
  if (type == "tool_use") {
    const std::string_view input = find_member(block, "input").value_or("{}");
    return {PartKind::tool_call, line_of(block, "name"), as_shown_json(input)};
  }
  if (type.starts_with("image") || type.find("audio") != std::string::npos) {
    return {PartKind::other, type, std::to_string(block.size()) + " bytes"};
  }
  return {PartKind::other, std::move(type), as_shown_json(block)};
}

void add_content(std::string_view record, Readable& readable) {
  const std::optional<std::string_view> content = find_member(record, "content");
  if (!content || *content == "null") return;
  if (std::optional<std::string> text = decode_json_string(*content)) {
    if (!text->empty()) readable.parts.push_back({PartKind::text, "", printable_lines(*text)});
    return;
  }
  if (!is_array(*content)) {
    readable.parts.push_back(read_block(*content));
    return;
  }
  for_each_element(*content, [&](std::string_view block) {
    readable.parts.push_back(read_block(block));
    return true;
  });
}

void add_thinking(std::string_view record, Readable& readable) {
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    std::optional<std::string> text = text_of(record, name);
    if (!text || text->empty()) continue;
    readable.parts.push_back({PartKind::thinking, "", std::move(*text)});
    return;
  }
}

// {"id":..,"type":"function","function":{"name":..,"arguments":".."}}
ReadablePart read_tool_call(std::string_view call) {
  const std::string_view function = find_member(call, "function").value_or(call);
  std::string arguments;
  if (const auto raw = find_member(function, "arguments")) {
    const std::optional<std::string> text = decode_json_string(*raw);
    arguments = text ? printable_lines(*text) : as_shown_json(*raw);
  }
  return {PartKind::tool_call, line_of(function, "name"), std::move(arguments)};
}

void add_tool_calls(std::string_view record, Readable& readable) {
  const std::optional<std::string_view> calls = find_member(record, "tool_calls");
  if (!calls) return;
  for_each_element(*calls, [&](std::string_view call) {
    readable.parts.push_back(read_tool_call(call));
    return true;
  });
}

}  // namespace

Readable make_readable(std::string_view record) {
  Readable readable;
  readable.time = line_of(record, "timestamp");
  readable.role = line_of(record, "role");
  if (readable.role.empty()) {
    if (line_of(record, "_type") == "metadata") readable.role = "metadata";
    readable.parts.push_back({PartKind::other, "", as_shown_json(record)});
    return readable;
  }
  readable.name = line_of(record, "name");
  add_thinking(record, readable);
  add_content(record, readable);
  add_tool_calls(record, readable);
  return readable;
}

}  // namespace everturn
