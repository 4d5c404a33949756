// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

namespace everturn {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

unsigned char byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// What a first byte promises: the length of its character, and which second bytes it allows. The
// narrow ranges keep out longer forms than needed, surrogates and what lies above U+10FFFF.
struct Lead {
  std::size_t length = 0;
  unsigned char second_from = 0x80;
  unsigned char second_to = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

bool is_unsafe_to_show(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) ||  // C0, DEL, C1
         point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void append_hex(std::string& text, std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  int shift = 4;
  while (number >> shift >= 16) shift += 4;
  for (; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 0xF];
}

}  // namespace

bool is_utf8(std::string_view text) {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
}

Utf8Step utf8_step(std::string_view text) {
  if (text.empty()) return {};
  const Lead lead = lead_of(byte_at(text, 0));
  if (lead.length <= 1) return {lead.length, lead.length == 1};
  unsigned char from = lead.second_from;
  unsigned char to = lead.second_to;
  std::size_t length = 1;
  while (length < lead.length && length < text.size()) {
    const unsigned char byte = byte_at(text, length);
    if (byte < from || byte > to) break;
    from = 0x80;
    to = 0xBF;
    ++length;
  }
  return {length, length == lead.length};
}

std::size_t utf8_valid_prefix(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const Utf8Step step = utf8_step(text.substr(offset));
    if (!step.whole) break;
    offset += step.length;
  }
  return offset;
}

char32_t utf8_code_point(std::string_view text, std::size_t length) {
  if (length == 1) return byte_at(text, 0);
  char32_t point = byte_at(text, 0) & (0x7FU >> length);
  for (std::size_t index = 1; index < length; ++index) {
    point = (point << 6) | (byte_at(text, index) & 0x3FU);
  }
  return point;
}

void append_utf8(std::string& text, char32_t code_point) {
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  const char32_t point = is_surrogate || code_point > 0x10FFFF ? kReplacement : code_point;
  const auto add = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
    return;
  }
  if (point < 0x800) {
    add(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      add(0xE0 | (point >> 12));
    } else {
      add(0xF0 | (point >> 18));
      add(0x80 | ((point >> 12) & 0x3F));
    }
    add(0x80 | ((point >> 6) & 0x3F));
  }
  add(0x80 | (point & 0x3F));
}

std::string replace_invalid_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string mended;
  mended.reserve(text.size() + 16);
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    const std::size_t length = std::max<std::size_t>(step.length, 1);
    if (step.whole) {
      mended += text.substr(0, length);
    } else {
      append_utf8(mended, kReplacement);
    }
    text.remove_prefix(length);
  }
  return mended;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    const std::size_t length = step.whole ? step.length : 1;
    const char32_t point = utf8_code_point(text, length);
    if (!step.whole || is_unsafe_to_show(point)) {
      shown += step.whole ? "\\u{" : "\\x";
      append_hex(shown, point);
      if (step.whole) shown += '}';
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return shown;
}

}  // namespace everturn
