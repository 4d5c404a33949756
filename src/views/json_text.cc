// SPDX-License-Identifier: Apache-2.0
#include "views/json_text.h"

#include <algorithm>
#include <cstddef>

#include "base/json.h"
#include "base/utf8.h"

namespace everturn {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";

bool is_json_space(char c) { return kJsonSpace.find(c) != std::string_view::npos; }

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kJsonSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kJsonSpace) - first + 1);
}

// The offset just past the string that starts with the quote at `start`.
std::size_t end_of_string(std::string_view text, std::size_t start) {
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

// The offset of the comma or bracket that ends the value at `start`.
std::size_t end_of_value(std::string_view text, std::size_t start) {
  std::size_t depth = 0;
  std::size_t i = start;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '"') {
      i = end_of_string(text, i);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return i;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++i;
  }
  return text.size();
}

}  // namespace

void for_each_element(std::string_view raw_array,
                      const std::function<bool(std::string_view raw_value)>& visit) {
  const std::string_view array = trim(raw_array);
  if (!array.starts_with('[')) return;
  std::size_t start = 1;
  while (start < array.size()) {
    const std::size_t end = end_of_value(array, start);
    const std::string_view value = trim(array.substr(start, end - start));
    if (value.empty() || !visit(value)) return;
    if (end >= array.size() || array[end] != ',') return;
    start = end + 1;
  }
}

std::string compact_json(std::string_view json) {
  std::string compact;
  compact.reserve(json.size());
  std::size_t i = 0;
  while (i < json.size()) {
    if (json[i] == '"') {
      const std::size_t end = end_of_string(json, i);
      compact += json.substr(i, end - i);
      i = end;
      continue;
    }
    if (!is_json_space(json[i])) compact += json[i];
    ++i;
  }
  return compact;
}

std::optional<std::string> as_json_value(std::string_view text) {
  const std::string wrapped = "{\"v\":" + std::string(text) + "}";
  JsonFault fault;
  if (!is_json_object_by_grammar(wrapped, &fault)) return std::nullopt;
  // `1,"w":2` makes a valid object as well, but is not one value.
  std::size_t members = 0;
  for_each_member(wrapped,
                  [&members](std::string_view, std::string_view) { return ++members < 2; });
  if (members != 1) return std::nullopt;
  return compact_json(text);
}

std::string printable_lines(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
    std::string_view piece = text.substr(0, end);
    const bool at_newline = end < text.size() && text[end] == '\n';
    if (at_newline && piece.ends_with('\r')) piece.remove_suffix(1);
    shown += printable(piece);
    if (end < text.size()) shown += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shown;
}

}  // namespace everturn
