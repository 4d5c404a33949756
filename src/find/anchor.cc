// SPDX-License-Identifier: Apache-2.0
#include "find/anchor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace everturn {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
// Longer ones are not rarer.
constexpr std::size_t kCharactersMax = 32;

// See the top of anchor.h. U+FFFD stands for many things.
bool may_be_in_anchor(char32_t code) {
  constexpr std::u32string_view kNot = U" \"\\/:,";
  return code >= 0x20 && code != 0x7F && code != kReplacement && kNot.find(code) == kNot.npos;
}

// A guess at how seldom a character is, in bits.
std::size_t rarity_of(char32_t code) {
  constexpr std::string_view kCommon = "etaoinsrhldc";
  if (code >= 0x2E80) return 12;
  if (code >= 0x80) return 6;
  if (kCommon.find(static_cast<char>(code)) != std::string_view::npos) return 3;
  return code >= '0' && code <= '9' ? 4 : 6;
}

std::size_t rarity_of(const std::u32string& run) {
  std::size_t sum = 0;
  for (const char32_t code : run) sum += rarity_of(code);
  return sum;
}

// The runs of `text` that may be anchors.
std::vector<std::u32string> runs_of(std::string_view text) {
  std::vector<std::u32string> runs(1);
  while (!text.empty()) {
    const Character character = first_character(text);
    text.remove_prefix(character.length);
    if (!may_be_in_anchor(character.code)) {
      if (!runs.back().empty()) runs.emplace_back();
    } else if (runs.back().size() < kCharactersMax) {
      runs.back() += character.code;
    }
  }
  return runs;
}

// The value of four hexadecimal digits; UINT32_MAX if they are none.
std::uint32_t hex_value(std::string_view digits) {
  if (digits.size() < 4) return UINT32_MAX;
  std::uint32_t value = 0;
  for (const char digit : digits.substr(0, 4)) {
    const auto byte = static_cast<unsigned char>(digit);
    const unsigned letter = byte | 0x20U;
    if (byte >= '0' && byte <= '9') {
      value = value * 16 + (byte - '0');
    } else if (letter >= 'a' && letter <= 'f') {
      value = value * 16 + (letter - 'a' + 10);
    } else {
      return UINT32_MAX;
    }
  }
  return value;
}

bool is_high(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

char short_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

// Appends what the escape at the start of `text` means, and returns its length.
std::size_t append_escape(std::string_view text, std::string& out) {
  if (text.size() < 2) {
    out += '\\';
    return 1;
  }
  if (text[1] != 'u') {
    out += short_escape(text[1]);
    return 2;
  }
  const std::uint32_t code = hex_value(text.substr(2));
  if (code == UINT32_MAX) {
    out += 'u';
    return 2;
  }
  if (is_high(code) && text.substr(6).starts_with("\\u")) {
    const std::uint32_t low = hex_value(text.substr(8));
    if (low != UINT32_MAX && is_low(low)) {
      append_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      return 12;
    }
  }
  append_utf8(out, code);
  return 6;
}

}  // namespace

std::optional<Anchor> choose_anchor(const std::vector<Term>& terms, bool exact_case) {
  Anchor best;
  best.exact_case = exact_case;
  for (const Term& term : terms) {
    if (term.is_excluded) continue;
    for (const Piece& piece : term.pieces) {
      for (std::u32string& run : runs_of(piece.text)) {
        if (rarity_of(run) > rarity_of(best.characters)) best.characters = std::move(run);
      }
    }
  }
  if (best.characters.empty()) return std::nullopt;
  return best;
}

std::string unescape(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t escape = std::min(json.find('\\', at), json.size());
    text += json.substr(at, escape - at);
    at = escape;
    if (at < json.size()) at += append_escape(json.substr(at), text);
  }
  return text;
}

SlowFinder::SlowFinder(const Anchor& anchor) : exact_case_(anchor.exact_case) {
  for (const char32_t code : anchor.characters) append_utf8(bytes_, code);
}

bool SlowFinder::is_in_text(std::string_view text) {
  folded_.assign(text, !exact_case_);
  const std::string_view folded = folded_.text();
  return ::memmem(folded.data(), folded.size(), bytes_.data(), bytes_.size()) != nullptr;
}

bool SlowFinder::is_in(std::string_view line) {
  const std::string once = unescape(line);
  if (is_in_text(once)) return true;
  // The arguments of a call are a string of JSON to some agents.
  return once.find('\\') != std::string::npos && is_in_text(unescape(once));
}

}  // namespace everturn
