// SPDX-License-Identifier: Apache-2.0
#include "tests/nanobot/python_json.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"

namespace everturn::nanobot_test {
namespace {

constexpr std::size_t kPythonDepth = 990;    // 1,000 frames, less those of the caller
constexpr std::size_t kCopyDepth = 490;      // two frames a level
constexpr std::size_t kPythonDigits = 4300;  // the default of sys.set_int_max_str_digits

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view strip(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// As json.dumps writes a text.
std::string quote(std::string_view text) {
  static constexpr std::pair<char, const char*> kShort[] = {
      {'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"},
      {'\t', "\\t"}, {'\f', "\\f"},  {'\b', "\\b"}};
  std::string quoted = "\"";
  for (const char c : text) {
    const auto* const found = std::find_if(std::begin(kShort), std::end(kShort),
                                           [c](const auto& escape) { return escape.first == c; });
    if (found != std::end(kShort)) {
      quoted += found->second;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool has_lone_surrogate(std::string_view raw) {
  bool high = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    unsigned long unit = 0;
    if (raw[i] == '\\' && raw[i + 1] == 'u') {
      unit = std::strtoul(std::string(raw.substr(i + 2, 4)).c_str(), nullptr, 16);
    }
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high != low) return true;
    high = unit >= 0xD800 && unit < 0xDC00;
    if (raw[i] == '\\') i += unit == 0 ? 1 : 5;
  }
  return high;
}

// Walks over a valid JSON value and writes it as Python does.
class Rewriter {
 public:
  Rewriter(std::string_view text, PythonObject& result) : text_(text), result_(result) {}

  std::string value() {
    skip_space();
    if (text_.front() == '{') return object();
    if (text_.front() == '[') return array();
    if (text_.front() == '"') return quote(string());
    return scalar();
  }

 private:
  std::string object() {
    std::vector<std::pair<std::string, std::string>> members;
    enter();
    while (!leave('}')) {
      std::string name = string();
      skip_space();
      text_.remove_prefix(1);  // the colon
      std::string member = value();
      const auto old = std::find_if(members.begin(), members.end(),
                                    [&](const auto& other) { return other.first == name; });
      if (old == members.end()) {
        members.emplace_back(std::move(name), std::move(member));
      } else {
        old->second = std::move(member);
      }
    }
    std::string all;
    for (const auto& [name, member] : members) {
      all += (all.empty() ? "" : ", ") + quote(name) + ": " + member;
    }
    return "{" + all + "}";
  }

  std::string array() {
    std::string all;
    bool first = true;
    enter();
    while (!leave(']')) {
      all += (std::exchange(first, false) ? "" : ", ") + value();
    }
    return "[" + all + "]";
  }

  void enter() {
    text_.remove_prefix(1);
    result_.depth = std::max(result_.depth, ++depth_);
  }
  // At the end of an object or array, or before its next item.
  bool leave(char end) {
    skip_space();
    if (text_.front() == ',') text_.remove_prefix(1);
    skip_space();
    if (text_.front() != end) return false;
    text_.remove_prefix(1);
    --depth_;
    return true;
  }

  std::string string() {
    std::size_t end = 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    const std::string_view raw = text_.substr(0, end + 1);
    text_.remove_prefix(end + 1);
    result_.lone_surrogate = result_.lone_surrogate || has_lone_surrogate(raw);
    return decode_json_string(raw).value_or("");
  }

  std::string scalar() {
    const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n"), text_.size());
    const std::string token(text_.substr(0, end));
    text_.remove_prefix(end);
    if (token.find_first_of(".eE") == std::string::npos) {
      const auto digits = std::count_if(token.begin(), token.end(), is_digit);
      result_.most_digits = std::max(result_.most_digits, static_cast<std::size_t>(digits));
    }
    return token;
  }

  void skip_space() {
    text_ = text_.substr(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }

  std::string_view text_;
  PythonObject& result_;
  std::size_t depth_ = 0;
};

}  // namespace

bool PythonObject::can_be_read() const {
  return depth <= kPythonDepth && most_digits <= kPythonDigits;
}

bool PythonObject::can_be_copied() const { return can_be_read() && depth <= kCopyDepth; }

std::optional<PythonObject> parse_as_python(std::string_view line) {
  JsonFault fault;
  if (!is_json_object_by_grammar(line, &fault)) return std::nullopt;
  PythonObject object;
  object.dumped = Rewriter(line, object).value();
  return object;
}

std::string python_dumps(std::string_view line) {
  const std::optional<PythonObject> object = parse_as_python(line);
  return object ? object->dumped : "not an object: " + std::string(line);
}

std::vector<std::string> python_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.emplace_back(strip(text.substr(0, end)));
    const bool two = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(end + (two ? 2 : 1), text.size()));
  }
  return lines;
}

bool is_naive_iso_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.dddddd";
  constexpr std::string_view kShort = kShape.substr(0, 19);
  if (text.size() != kShape.size() && text.size() != kShort.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(text[i]) : text[i] != kShape[i]) return false;
  }
  const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int month = number(5);
  const int day = number(8);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && number(11) < 24 && number(14) < 60 &&
         number(17) < 60;
}

}  // namespace everturn::nanobot_test
