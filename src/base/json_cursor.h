// SPDX-License-Identifier: Apache-2.0
// Walks JSON once, front to back, without making anything of it: the caller says which members it
// wants and gets them as they stand. In text that is not JSON it finds something, reads only within
// the text, and ends. One thread a cursor.
#ifndef EVERTURN_BASE_JSON_CURSOR_H_
#define EVERTURN_BASE_JSON_CURSOR_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace everturn {

// The offset, from `start` on, of the first byte that `is_wanted`; text.size() if there is none. It
// is asked about single bytes and about 16 at once, all of them unsigned, so that it is made of
// comparisons and |.
template <class IsWanted>
std::size_t find_byte(std::string_view text, std::size_t start, const IsWanted& is_wanted) {
  std::size_t position = start;
#ifdef __SSE2__
  using Bytes = unsigned char __attribute__((vector_size(16)));
  using Chars = char __attribute__((vector_size(16)));
  while (position + sizeof(Bytes) <= text.size()) {
    Bytes bytes;
    std::memcpy(&bytes, text.data() + position, sizeof bytes);
    const auto found = std::bit_cast<Chars>(is_wanted(bytes));
    const auto mask = static_cast<unsigned>(__builtin_ia32_pmovmskb128(found));
    if (mask != 0) return position + static_cast<std::size_t>(std::countr_zero(mask));
    position += sizeof bytes;
  }
#endif
  while (position < text.size() && !is_wanted(static_cast<unsigned char>(text[position]))) {
    ++position;
  }
  return position;
}

inline std::size_t find_quote_or_backslash(std::string_view text, std::size_t start) {
  return find_byte(text, start, [](auto byte) { return (byte == '"') | (byte == '\\'); });
}

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text, std::size_t position = 0)
      : text_(text), position_(position) {}

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] bool at(char byte) const { return !at_end() && text_[position_] == byte; }
  // What was passed since `begin`.
  [[nodiscard]] std::string_view since(std::size_t begin) const {
    return text_.substr(begin, position_ - begin);
  }
  void step() { position_ += at_end() ? 0 : 1; }

  void skip_space() {
    while (!at_end() && is_space(text_[position_])) ++position_;
  }

  void skip_string() {
    std::size_t position = position_ + 1;
#ifdef __SSE2__
    // Most strings are names and ids, and end here.
    const std::size_t stop = find_quote_or_backslash(
        text_.substr(0, std::min(position + kShortString, text_.size())), position);
    if (stop < text_.size() && text_[stop] == '"') {
      position_ = stop + 1;
      return;
    }
    position = skip_blocks(stop);
#endif
    while (true) {
      position = find_quote_or_backslash(text_, position);
      if (position >= text_.size() || text_[position] == '"') break;
      position += 2;
    }
    position_ = position < text_.size() ? position + 1 : text_.size();
  }

  // The cursor must stand on the value; afterwards it stands behind it.
  void skip_value() {
    if (at('"')) return skip_string();
    if (at('{') || at('[')) return skip_container();
    while (!at_end() && !ends_word(text_[position_])) ++position_;
  }

  // The value that the cursor stands on, as it stands there.
  std::string_view take_value() {
    const std::size_t begin = position_;
    skip_value();
    return since(begin);
  }

  // Where the cursor stands on an object, calls visit(raw_name) for each member, the cursor on its
  // value: the visit may pass it, or leave it. Nothing happens on another value. False from visit
  // ends the walk where it is.
  template <class Visit>
  void members(const Visit& visit) {
    if (!at('{')) return;
    step();
    while (true) {
      skip_space();
      if (!at('"')) break;
      const std::size_t begin = position_;
      skip_string();
      if (position_ - begin < 2) return;
      const std::string_view name = text_.substr(begin + 1, position_ - begin - 2);
      skip_space();
      step();  // the colon
      skip_space();
      const std::size_t value = position_;
      if (!visit(name)) return;
      if (position_ == value) skip_value();
      skip_space();
      if (!at(',')) break;
      step();
    }
    if (at('}')) step();
  }

  // The same for an array: visit() stands on an element.
  template <class Visit>
  void elements(const Visit& visit) {
    if (!at('[')) return;
    step();
    skip_space();
    while (!at_end() && !at(']')) {
      const std::size_t begin = position_;
      if (!visit()) return;
      if (position_ == begin) skip_value();
      if (position_ == begin) return;  // no value at all
      skip_space();
      if (!at(',')) break;
      step();
      skip_space();
    }
    if (at(']')) step();
  }

 private:
  static bool is_space(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
  }
  static bool ends_word(char byte) {
    return byte == ',' || byte == '}' || byte == ']' || is_space(byte);
  }

#ifdef __SSE2__
  static constexpr std::size_t kShortString = 32;
  static constexpr std::size_t kBlock = 64;

  // Where the bytes of a block are `wanted`: bit i for byte i.
  static std::uint64_t find_in_block(const char* block, char wanted) {
    using Bytes = char __attribute__((vector_size(16)));
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < kBlock; i += sizeof(Bytes)) {
      Bytes bytes;
      std::memcpy(&bytes, block + i, sizeof bytes);
      const auto equal = std::bit_cast<Bytes>(bytes == wanted);
      const auto mask = static_cast<unsigned>(__builtin_ia32_pmovmskb128(equal));
      found |= static_cast<std::uint64_t>(mask) << i;
    }
    return found;
  }

  // Which bytes of a block a backslash stands before that is not escaped itself. A run of
  // backslashes escapes every second byte from its start on: adding carries through a run, so the
  // sum tells runs that start on odd places from others. `is_carried`: of the block before, and
  // then of this one, that the byte behind it is escaped.
  static std::uint64_t find_escaped(std::uint64_t backslashes, bool& is_carried) {
    constexpr std::uint64_t kEven = 0x5555555555555555;
    const std::uint64_t carried = is_carried ? 1 : 0;
    backslashes &= ~carried;
    const std::uint64_t behind = backslashes << 1 | carried;
    const std::uint64_t odd_starts = backslashes & ~kEven & ~behind;
    const std::uint64_t sum = odd_starts + backslashes;
    is_carried = sum < backslashes;
    return (kEven ^ (sum << 1)) & behind;
  }

  // From within a string, no backslash before `position`: to its end, or to where no whole block is
  // left.
  [[nodiscard]] std::size_t skip_blocks(std::size_t position) const {
    bool is_carried = false;
    while (position + kBlock <= text_.size()) {
      std::uint64_t quotes = find_in_block(text_.data() + position, '"');
      const std::uint64_t backslashes = find_in_block(text_.data() + position, '\\');
      if (backslashes != 0 || is_carried) quotes &= ~find_escaped(backslashes, is_carried);
      if (quotes != 0) return position + static_cast<std::size_t>(std::countr_zero(quotes));
      position += kBlock;
    }
    return position + (is_carried ? 1 : 0);
  }
#endif

  // What a byte means inside a container, outside strings.
  enum Meaning : std::uint8_t { kNothing, kQuote, kOpens, kCloses };
  static constexpr std::array<Meaning, 256> kMeanings = [] {
    std::array<Meaning, 256> meanings{};
    meanings['"'] = kQuote;
    meanings['{'] = meanings['['] = kOpens;
    meanings['}'] = meanings[']'] = kCloses;
    return meanings;
  }();

  void skip_container() {
    std::size_t depth = 0;
    while (!at_end()) {
      const Meaning meaning = kMeanings[static_cast<unsigned char>(text_[position_])];
      if (meaning == kQuote) {
        skip_string();
        continue;
      }
      ++position_;
      if (meaning == kOpens) ++depth;
      if (meaning == kCloses && --depth == 0) return;
    }
  }

  std::string_view text_;
  std::size_t position_;
};

}  // namespace everturn

#endif  // EVERTURN_BASE_JSON_CURSOR_H_
