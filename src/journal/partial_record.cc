// SPDX-License-Identifier: Apache-2.0
#include "journal/partial_record.h"

#include "base/json.h"
#include "base/utf8.h"

namespace everturn {
namespace {

// Walks over the beginning of an object and remembers where it could have ended.
class PartialRecord {
 public:
  explicit PartialRecord(std::string_view text) : text_(text) {}

  std::optional<std::string> close() {
    while (at_ < text_.size()) step();
    if (brackets_.empty()) return std::nullopt;
    std::string closed(text_.substr(0, complete_));
    if (in_text_) {
      closed = text_.substr(0, text_end());
      closed += '"';
    }
    if (closed.find(':') == std::string::npos) return std::nullopt;  // no member is left
    for (; brackets_.size() > 1; brackets_.pop_back()) closed += brackets_.back();
    closed += ",";
    closed += kPartialMember;
    closed += "}";
    JsonFault fault;
    if (!is_json_object_by_grammar(closed, &fault)) return std::nullopt;
    return closed;
  }

 private:
  void step() {
    const char c = text_[at_];
    switch (c) {
      case '{':
      case '[':
        brackets_ += c == '{' ? '}' : ']';
        name_comes_ = c == '{';
        complete_ = ++at_;
        return;
      case '}':
      case ']':
        if (!brackets_.empty()) brackets_.pop_back();
        name_comes_ = false;
        complete_ = ++at_;
        return;
      case ',':
        name_comes_ = !brackets_.empty() && brackets_.back() == '}';
        ++at_;
        return;
      case '"':
        string();
        return;
      default:
        other();
    }
  }

  // A string is complete with its quote; of a name that says nothing yet.
  void string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ < text_.size()) {
      ++at_;
      if (!name_comes_) complete_ = at_;
      return;
    }
    at_ = text_.size();
    in_text_ = !name_comes_;
    text_begin_ = begin + 1;
  }

  // Colon, blanks, a number or a word.
  void other() {
    const char c = text_[at_];
    if (c == ':') name_comes_ = false;
    if (c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at_;
      return;
    }
    const std::size_t end = text_.find_first_of(",:]} \t\r\n", at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
    if (end != std::string_view::npos) complete_ = end;
  }

  // Of an unfinished string: without half an escape or half a character at its end.
  [[nodiscard]] std::size_t text_end() const {
    std::size_t at = text_begin_;
    while (at < text_.size()) {
      std::size_t size = 1;
      if (text_[at] == '\\') {
        size = at + 1 < text_.size() && text_[at + 1] == 'u' ? 6 : 2;
      }
      if (at + size > text_.size()) return at;
      at += size;
    }
    return text_begin_ + utf8_valid_prefix(text_.substr(text_begin_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t complete_ = 0;  // up to here the brackets alone are missing
  std::string brackets_;      // that must come, the innermost last
  bool name_comes_ = false;
  bool in_text_ = false;
  std::size_t text_begin_ = 0;
};

}  // namespace

std::optional<std::string> close_partial_record(std::string_view fragment) {
  JsonFault fault;
  if (is_json_object_by_grammar(fragment, &fault) || !fault.at_end) return std::nullopt;
  return PartialRecord(fragment).close();
}

}  // namespace everturn
