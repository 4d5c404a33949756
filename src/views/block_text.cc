// SPDX-License-Identifier: Apache-2.0
// The texts of blocks, and what of them fits a line.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "views/blocks.h"
#include "views/dialects/dialect.h"
#include "views/image.h"
#include "views/json_text.h"
#include "views/title.h"

namespace everturn {
namespace {

constexpr std::size_t kSummaryCharacters = 100;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;
// A number above this is a time in milliseconds: as seconds it would be in the year 5138.
constexpr std::int64_t kSecondsMax = 100'000'000'000;

bool is_image_block(std::string_view block) {
  if (!image_url(block).empty()) return true;
  const std::string type = json_text(find_member(block, "type").value_or(""));
  return type.find("image") != std::string::npos || type == "document";
}

std::string element_text(std::string_view block) {
  if (!is_object(block)) return json_text(block);
  if (const auto text = find_member(block, "text"); text && is_string(*text)) {
    return json_text(*text);
  }
  if (is_image_block(block)) return "[" + image_text(block) + "]";
  return compact_json(block);
}

// The members that say what a call is about, the best first.
constexpr std::array<std::string_view, 12> kTelling = {
    "command", "cmd",   "pattern", "query",       "file_path", "path",
    "url",     "input", "prompt",  "description", "skill",     "name"};

// ["ls","-l"] as a command line.
std::string words_of(std::string_view raw_array) {
  std::string words;
  for_each_element(raw_array, [&](std::string_view word) {
    if (!words.empty()) words += ' ';
    words += json_text(word);
    return true;
  });
  return words;
}

std::uint64_t lines_in(std::string_view text) {
  if (text.empty()) return 0;
  const auto breaks = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return breaks + (text.ends_with('\n') ? 0 : 1);
}

}  // namespace

std::string readable_text(std::string_view raw_value) {
  if (is_object(raw_value)) {
    // {"output":"..."}, as gemini-cli has it.
    std::size_t members = 0;
    std::optional<std::string> only;
    for_each_member(raw_value, [&](std::string_view, std::string_view value) {
      only = decode_json_string(value);
      return ++members < 2;
    });
    return members == 1 && only ? *only : compact_json(raw_value);
  }
  if (!is_array(raw_value)) return json_text(raw_value);
  std::string text;
  for_each_element(raw_value, [&](std::string_view block) {
    if (!text.empty()) text += '\n';
    text += element_text(block);
    return true;
  });
  return text;
}

std::string readable_arguments(std::string_view raw_value) {
  // An object may stand within a string.
  const std::optional<std::string> inner = decode_json_string(raw_value);
  const std::string_view value = inner ? std::string_view(*inner) : raw_value;
  JsonFault fault;
  if (!is_json_object_by_grammar(value, &fault)) {
    return inner ? *inner : compact_json(raw_value == "null" ? "" : raw_value);
  }
  std::string text;
  for_each_member(value, [&](std::string_view name, std::string_view member) {
    if (!text.empty()) text += '\n';
    text += json_text("\"" + std::string(name) + "\"");
    const std::string said = is_string(member) ? json_text(member) : compact_json(member);
    text += said.find('\n') == std::string::npos ? ": " : ":\n";
    text += said;
    return true;
  });
  return text;
}

std::string image_text(std::string_view raw_block) {
  const std::string url = image_url(raw_block);
  if (url.empty()) {
    const std::string name = placeholder(raw_block);
    return name.substr(1, name.size() - 2) + ", " + readable_size(raw_block.size());
  }
  if (!url.starts_with("data:")) return "image at " + cut_line(url, kSummaryCharacters);
  const std::size_t comma = std::min(url.find(','), url.size());
  const std::string type = url.substr(5, std::min(url.find(';'), comma) - 5);
  return (type.empty() ? "image" : type) + ", " + readable_size((url.size() - comma) / 4 * 3);
}

std::optional<std::int64_t> entry_time(std::string_view raw_time) {
  if (const std::optional<std::string> text = decode_json_string(raw_time)) {
    return parse_iso_time(*text);
  }
  const std::int64_t number = decode_json_integer(raw_time).value_or(0);
  if (number <= 0 || number > INT64_MAX / kNsPerMs) return std::nullopt;
  if (number > kSecondsMax) return number * kNsPerMs;
  if (number > INT64_MAX / kNsPerSecond) return std::nullopt;
  return number * kNsPerSecond;
}

std::string readable_time(std::string_view raw_time) {
  if (!is_given(raw_time)) return {};
  const std::optional<std::int64_t> time = entry_time(raw_time);
  if (!time) return cut_line(json_text(raw_time), 40);
  std::string text = iso_local_time(*time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string cut_line(std::string_view text, std::size_t characters) {
  const std::string line = first_line_of(text);
  std::size_t end = 0;
  for (std::size_t count = 0; end < line.size() && count < characters; ++count) {
    end += std::max<std::size_t>(1, utf8_step(std::string_view(line).substr(end)).length);
  }
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool is_all =
      start == text.npos || text.find_first_not_of(" \t\r\n", start + line.size()) == text.npos;
  if (end >= line.size() && is_all) return line;
  return line.substr(0, end) + "...";
}

std::string readable_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) {
    tenths = bytes % 1024 * 10 / 1024;
    bytes /= 1024;
  }
  std::string text = std::to_string(bytes);
  if (unit > 0 && bytes < 10) text += "." + std::to_string(tenths);
  return text + " " + kUnits.at(unit);
}

std::string call_summary(std::string_view raw_value) {
  const std::optional<std::string> inner = decode_json_string(raw_value);
  const std::string_view value = inner ? std::string_view(*inner) : raw_value;
  for (const std::string_view name : kTelling) {
    const auto member = find_member(value, name);
    if (!member || !is_given(*member)) continue;
    return cut_line(is_array(*member) ? words_of(*member) : json_text(*member), kSummaryCharacters);
  }
  if (inner) return cut_line(*inner, kSummaryCharacters);
  const std::string json = compact_json(raw_value);
  return json == "null" ? std::string() : cut_line(json, kSummaryCharacters);
}

std::string result_summary(const BlockResult& result) {
  std::string text = result.is_failed ? "failed: " : "";
  const std::uint64_t lines = lines_in(result.text);
  if (lines == 0) return text + "nothing";
  text += cut_line(result.text, kSummaryCharacters);
  if (lines > 1 || result.text.size() > kSummaryCharacters) {
    text += " (" + std::to_string(lines) + (lines == 1 ? " line, " : " lines, ") +
            readable_size(result.text.size()) + ")";
  }
  return text;
}

}  // namespace everturn
