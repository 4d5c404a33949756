// SPDX-License-Identifier: Apache-2.0
#include "journal/json_document.h"

#include <algorithm>

#include "base/json.h"

namespace everturn {

std::optional<std::vector<DocumentPart>> document_records(std::string_view text) {
  const auto skip_blanks = [text](std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  };
  const auto is_at = [text](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  std::vector<DocumentPart> records;
  std::size_t at = skip_blanks(0);
  const bool is_array = is_at(at, '[');
  if (is_array) at = skip_blanks(at + 1);
  while (!is_array || !is_at(at, ']')) {
    JsonFault fault;
    const auto length = parse_json_object(text.substr(at), &fault);
    if (!length) return std::nullopt;
    records.push_back({at, at + *length});
    at = skip_blanks(at + *length);
    if (!is_array || is_at(at, ']')) break;
    if (!is_at(at, ',')) return std::nullopt;
    at = skip_blanks(at + 1);
    if (is_at(at, ']')) return std::nullopt;
  }
  if (is_array) at = skip_blanks(at + 1);
  if (at != text.size()) return std::nullopt;
  return records;
}

std::string on_one_line(std::string_view json) {
  std::string line(json);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

}  // namespace everturn
