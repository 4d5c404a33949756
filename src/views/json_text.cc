// SPDX-License-Identifier: Apache-2.0
#include "views/json_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/json.h"
#include "base/json_cursor.h"
#include "base/utf8.h"

namespace everturn {

void for_each_element(std::string_view raw_array,
                      const std::function<bool(std::string_view raw_value)>& visit) {
  JsonCursor cursor(raw_array);
  cursor.skip_space();
  cursor.elements([&] {
    const std::string_view value = cursor.take_value();
    return !value.empty() && visit(value);
  });
}

std::string compact_json(std::string_view json) {
  std::string compact;
  compact.reserve(json.size());
  JsonCursor cursor(json);
  while (true) {
    cursor.skip_space();
    if (cursor.at_end()) return compact;
    const std::size_t begin = cursor.position();
    if (cursor.at('"')) {
      cursor.skip_string();
    } else {
      cursor.step();
    }
    compact += cursor.since(begin);
  }
}

std::string strict_json(std::string_view json) {
  constexpr std::array<std::string_view, 3> kNoNumbers = {"NaN", "Infinity", "-Infinity"};
  std::string compact = compact_json(json);
  const bool is_strict =
      std::none_of(kNoNumbers.begin(), kNoNumbers.begin() + 2,
                   [&](std::string_view word) { return compact.find(word) != std::string::npos; });
  if (is_strict) return compact;
  std::string strict;
  JsonCursor cursor(compact);
  while (!cursor.at_end()) {
    const std::string_view rest = std::string_view(compact).substr(cursor.position());
    const auto word = std::find_if(kNoNumbers.begin(), kNoNumbers.end(),
                                   [&](std::string_view one) { return rest.starts_with(one); });
    const std::size_t begin = cursor.position();
    if (word != kNoNumbers.end()) {
      for (std::size_t i = 0; i < word->size(); ++i) cursor.step();
      strict += "null";
      continue;
    }
    if (cursor.at('"')) {
      cursor.skip_string();
    } else {
      cursor.step();
    }
    strict += cursor.since(begin);
  }
  return strict;
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
