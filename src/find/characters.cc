// SPDX-License-Identifier: Apache-2.0
#include "find/characters.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"

namespace everturn {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kLastCode = 0x10FFFF;
// Above this there are no characters with case.
constexpr char32_t kLastCased = 0x1E943;

struct Range {
  char32_t first = 0;
  char32_t last = 0;
};

bool is_in(char32_t code, const Range* begin, const Range* end) {
  const Range* range =
      std::upper_bound(begin, end, code, [](char32_t c, const Range& r) { return c < r.first; });
  return range != begin && code <= (range - 1)->last;
}

// Blocks of the scripts that put no spaces between words, and of Korean, whose words have endings
// of all kinds.
constexpr std::array<Range, 26> kJoined = {{
    {0x0E00, 0x0EFF},    // Thai, Lao
    {0x0F00, 0x0FFF},    // Tibetan
    {0x1000, 0x109F},    // Myanmar
    {0x1100, 0x11FF},    // Hangul Jamo
    {0x1780, 0x17FF},    // Khmer
    {0x1950, 0x19DF},    // Tai Le, New Tai Lue
    {0x19E0, 0x19FF},    // Khmer symbols
    {0x1A20, 0x1AAF},    // Tai Tham
    {0x2E80, 0x2FDF},    // radicals
    {0x3005, 0x3007},    // iteration mark, closing mark, zero
    {0x3021, 0x302F},    // Hangzhou numerals, tone marks
    {0x3031, 0x3035},    // kana repeat marks
    {0x3038, 0x303C},    // numerals, masu
    {0x3041, 0x30FF},    // kana
    {0x3105, 0x31FF},    // Bopomofo, Hangul compatibility, strokes, kana extensions
    {0x3400, 0x4DBF},    // Han
    {0x4E00, 0x9FFF},    // Han
    {0xA000, 0xA48F},    // Yi
    {0xA960, 0xA97F},    // Hangul Jamo
    {0xA9E0, 0xA9FF},    // Myanmar
    {0xAA60, 0xAADF},    // Myanmar, Tai Viet
    {0xAC00, 0xD7FF},    // Hangul
    {0xF900, 0xFAFF},    // Han
    {0xFF66, 0xFFDC},    // half width kana and Hangul
    {0x1AFF0, 0x1B2FF},  // kana, Nushu
    {0x20000, 0x3FFFD},  // Han
}};

bool is_word_category(char32_t code) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

// They choose a glyph and are of no word.
bool is_variation_selector(char32_t code) {
  return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
}

CharacterClass class_by_tables(char32_t code) {
  if (code > kLastCode || !is_word_category(code) || is_variation_selector(code)) {
    return CharacterClass::separator;
  }
  return is_in(code, kJoined.data(), kJoined.data() + kJoined.size()) ? CharacterClass::joined
                                                                      : CharacterClass::word;
}

char32_t fold_by_library(char32_t code) {
  std::array<utf8proc_int32_t, 4> folded = {};
  int boundary = 0;
  const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), folded.data(),
                                             folded.size(), UTF8PROC_CASEFOLD, &boundary);
  if (count == 1) return static_cast<char32_t>(folded[0]);
  // What folds to several characters has a simple lower case, or none.
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
}

// CJK and the like, where there is no case: most of what is not Latin.
bool is_plainly_caseless(char32_t code) {
  return (code >= 0x2E80 && code < 0xA640) || (code >= 0xAC00 && code < 0xFB00) ||
         code > kLastCased;
}

// The characters above ASCII that fold to others, by what they fold to. Made when first needed.
const std::vector<std::pair<char32_t, char32_t>>& folding_characters() {
  static const std::vector<std::pair<char32_t, char32_t>> all = [] {
    std::vector<std::pair<char32_t, char32_t>> pairs;
    for (char32_t code = 0x80; code <= kLastCased; ++code) {
      const char32_t folded = fold_case(code);
      if (folded != code) pairs.emplace_back(folded, code);
    }
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  }();
  return all;
}

constexpr std::size_t kControlSequenceMax = 32;

// Of a control sequence, between its beginning and its last byte.
bool is_parameter(char byte) { return byte >= ' ' && byte <= '?'; }

char fold_ascii(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}

}  // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x80) return {byte, 1};
  const Utf8Step step = utf8_step(text);
  if (!step.whole) return {kReplacement, 1};
  return {utf8_code_point(text, step.length), step.length};
}

Character last_character(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    const std::string_view end = text.substr(text.size() - length);
    const bool is_whole = length > 1 || static_cast<unsigned char>(end.front()) < 0x80;
    const Character character = first_character(end);
    if (is_whole && character.length == length) return character;
  }
  return text.empty() ? Character{} : Character{kReplacement, 1};
}

char32_t fold_case(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
  return is_plainly_caseless(code) ? code : fold_by_library(code);
}

std::vector<char32_t> case_variants(char32_t folded) {
  std::vector<char32_t> variants = {folded};
  if (folded < 0x80) {
    if (folded >= 'a' && folded <= 'z') variants.push_back(folded - ('a' - 'A'));
    if (folded == 'i') variants.push_back(0x130);
    if (folded == 'k') variants.push_back(0x212A);
    if (folded == 's') variants.push_back(0x17F);
    return variants;
  }
  if (is_plainly_caseless(folded)) return variants;
  const auto& all = folding_characters();
  for (auto one =
           std::lower_bound(all.begin(), all.end(), std::pair<char32_t, char32_t>(folded, 0));
       one != all.end() && one->first == folded; ++one) {
    variants.push_back(one->second);
  }
  return variants;
}

CharacterClass character_class(char32_t code) {
  if (code < 0x80) {
    const bool is_letter = (code | 0x20U) >= 'a' && (code | 0x20U) <= 'z';
    const bool is_digit = code >= '0' && code <= '9';
    return is_letter || is_digit ? CharacterClass::word : CharacterClass::separator;
  }
  return class_by_tables(code);
}

std::size_t control_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  std::size_t at = 2;
  while (at < std::min(text.size(), kControlSequenceMax) && is_parameter(text[at])) ++at;
  const bool is_whole = at < text.size() && text[at] >= '@' && text[at] <= '~';
  return is_whole ? at + 1 : 0;
}

bool ends_with_control_sequence(std::string_view text) {
  if (text.empty() || text.back() < '@' || text.back() > '~') return false;
  std::size_t at = text.size() - 1;
  const std::size_t first = text.size() - std::min(text.size(), kControlSequenceMax + 1);
  while (at > first && is_parameter(text[at - 1])) --at;
  return text.substr(0, at).ends_with("\x1b[") &&
         control_sequence(text.substr(at - 2)) == text.size() - (at - 2);
}

void FoldedText::assign(std::string_view text, bool fold) {
  view_ = text;
  shifts_.clear();
  if (!fold) return;
  folded_.clear();
  folded_.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      folded_ += fold_ascii(text[at++]);
      continue;
    }
    const Character character = first_character(text.substr(at));
    append_utf8(folded_, fold_case(character.code));
    at += character.length;
    const std::size_t known =
        shifts_.empty() ? folded_.size()
                        : folded_.size() - shifts_.back().folded + shifts_.back().original;
    if (known != at) shifts_.push_back({folded_.size(), at});
  }
  view_ = folded_;
}

std::size_t FoldedText::original_offset(std::size_t offset) const {
  const auto shift =
      std::upper_bound(shifts_.begin(), shifts_.end(), offset,
                       [](std::size_t value, const Shift& one) { return value < one.folded; });
  if (shift == shifts_.begin()) return offset;
  return offset - (shift - 1)->folded + (shift - 1)->original;
}

}  // namespace everturn
