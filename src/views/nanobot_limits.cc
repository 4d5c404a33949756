// SPDX-License-Identifier: Apache-2.0
#include "views/nanobot_limits.h"

#include <cstdint>
#include <optional>
#include <string>

namespace everturn {
namespace {

Status refuse(std::size_t offset, const std::string& reason) {
  return {Code::invalid,
          "nanobot could not read this record: " + reason + " at byte " + std::to_string(offset)};
}

// The code unit of the escape \uXXXX at `offset`, or nullopt if none stands there.
std::optional<std::uint32_t> escaped_unit(std::string_view text, std::size_t offset) {
  if (offset + 6 > text.size() || text.substr(offset, 2) != "\\u") return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(offset + 2, 4)) {
    const std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
  }
  return unit;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

class LimitCheck {
 public:
  explicit LimitCheck(std::string_view record) : text_(record) {}

  Status run() {
    while (offset_ < text_.size()) {
      Status status = step(text_[offset_]);
      if (!status.ok()) return status;
    }
    return {};
  }

 private:
  Status step(char c) {
    if (c == '"') return skip_string();
    if (c == '-' || (c >= '0' && c <= '9')) return skip_number();
    if ((c == '[' || c == '{') && ++depth_ > kNanobotDepth) {
      return refuse(offset_, "it nests deeper than " + std::to_string(kNanobotDepth) + " levels");
    }
    if (c == ']' || c == '}') --depth_;
    ++offset_;
    return {};
  }

  Status skip_number() {
    const std::size_t start = offset_;
    const std::size_t end = text_.find_first_not_of("+-.0123456789eE", start);
    const std::string_view number = text_.substr(start, end - start);
    offset_ = start + number.size();
    const std::size_t digits = number.size() - (number.starts_with('-') ? 1 : 0);
    const bool is_integer = number.find_first_of(".eE") == std::string_view::npos;
    if (!is_integer || digits <= kNanobotDigits) return {};
    return refuse(start, "an integer of more than " + std::to_string(kNanobotDigits) + " digits");
  }

  Status skip_string() {
    for (++offset_; offset_ < text_.size() && text_[offset_] != '"';) {
      if (text_[offset_] != '\\') {
        ++offset_;
        continue;
      }
      Status status = skip_escape();
      if (!status.ok()) return status;
    }
    ++offset_;
    return {};
  }

  Status skip_escape() {
    const std::optional<std::uint32_t> unit = escaped_unit(text_, offset_);
    if (!unit) {
      offset_ += 2;
      return {};
    }
    const std::optional<std::uint32_t> next = escaped_unit(text_, offset_ + 6);
    if (is_high_surrogate(*unit) && next && is_low_surrogate(*next)) {
      offset_ += 12;
      return {};
    }
    if (is_high_surrogate(*unit) || is_low_surrogate(*unit)) {
      return refuse(offset_, "half a character (a lone surrogate)");
    }
    offset_ += 6;
    return {};
  }

  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

Status check_nanobot_can_read(std::string_view record) { return LimitCheck(record).run(); }

}  // namespace everturn
