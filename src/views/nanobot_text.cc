// SPDX-License-Identifier: Apache-2.0
#include "views/nanobot_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace everturn {
namespace {

// The white space of Python beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
constexpr std::array<std::string_view, 10> kLineEnds = {
    "\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\xC2\x85", "\xE2\x80\xA8"};
constexpr std::string_view kParagraphEnd = "\xE2\x80\xA9";

bool is_ascii_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

std::size_t space_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.front())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t space_at_back(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

std::size_t line_end_at(std::string_view text) {
  for (const std::string_view end : kLineEnds) {
    if (text.starts_with(end)) return end.size();
  }
  return text.starts_with(kParagraphEnd) ? kParagraphEnd.size() : 0;
}

// str.splitlines()
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = line_end_at(text.substr(i));
    if (end == 0) {
      ++i;
      continue;
    }
    lines.push_back(text.substr(start, i - start));
    i += end;
    start = i;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

// ^\[Message Time: [^\]]+\]\n?
std::string_view without_time(std::string_view text) {
  constexpr std::string_view kMark = "[Message Time: ";
  if (!text.starts_with(kMark)) return text;
  const std::size_t close = text.find(']', kMark.size());
  if (close == text.npos || close == kMark.size()) return text;
  text.remove_prefix(close + 1);
  if (text.starts_with('\n')) text.remove_prefix(1);
  return text;
}

// ^\[image: (?:/|~)[^\]]+\]\s*$
bool is_image_mark(std::string_view line) {
  constexpr std::string_view kMark = "[image: ";
  if (!line.starts_with(kMark)) return false;
  line.remove_prefix(kMark.size());
  if (!line.starts_with('/') && !line.starts_with('~')) return false;
  const std::size_t close = line.find(']');
  return close != line.npos && close > 1 && python_strip(line.substr(close + 1)).empty();
}

// ^\s*(?:generate_image|message)\([^)]*\)\s*$
bool is_call_echo(std::string_view line) {
  line = python_strip(line);
  const bool is_call = line.starts_with("generate_image(") || line.starts_with("message(");
  return is_call && line.find(')') == line.size() - 1;
}

}  // namespace

std::string_view python_strip(std::string_view text) {
  while (const std::size_t size = space_at_front(text)) text.remove_prefix(size);
  while (const std::size_t size = space_at_back(text)) text.remove_suffix(size);
  return text;
}

std::string without_replay_marks(std::string_view text) {
  std::string kept;
  bool is_first = true;
  for (const std::string_view line : split_lines(without_time(text))) {
    if (is_image_mark(line) || is_call_echo(line)) continue;
    if (!is_first) kept += '\n';
    kept += line;
    is_first = false;
  }
  return std::string(python_strip(kept));
}

}  // namespace everturn
