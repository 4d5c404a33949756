// SPDX-License-Identifier: Apache-2.0
// Characters as search sees them: which are the same but for their case, and where words end.
// Canonically equivalent texts (NFC and NFD) are not unified. Pure; any thread.
#ifndef EVERTURN_FIND_CHARACTERS_H_
#define EVERTURN_FIND_CHARACTERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // bytes; 0 at the end of the text
};

// The first and the last character of `text`; each byte that is not UTF-8 is a U+FFFD.
Character first_character(std::string_view text);
Character last_character(std::string_view text);

// The one character that stands for all that differ in case alone: Unicode's simple case folding,
// and "i" for the Turkish capital. Folding twice changes nothing more.
char32_t fold_case(char32_t code);
// All characters that fold to `folded`, itself the first.
std::vector<char32_t> case_variants(char32_t folded);

enum class CharacterClass : std::uint8_t {
  separator,  // of no word: spaces, punctuation, symbols
  word,       // letters, digits and marks; a run of them is a word
  joined,     // of a script without spaces between words: Chinese, Japanese, Korean, Thai, ...
};
CharacterClass character_class(char32_t code);

// The length of the control sequence for a terminal that `text` begins with, such as "\x1b[31m";
// 0 if it begins with none. Words end at them, whatever letters they are made of.
std::size_t control_sequence(std::string_view text);
// True if `text` ends with one.
bool ends_with_control_sequence(std::string_view text);

// A text with its case folded, and how its offsets lie in the original.
class FoldedText {
 public:
  // `text` must outlive this. Without `fold`, the text as it is.
  void assign(std::string_view text, bool fold);
  [[nodiscard]] std::string_view text() const { return view_; }
  // Of a character's start in text(): where it starts in the original.
  [[nodiscard]] std::size_t original_offset(std::size_t offset) const;

 private:
  // From `folded` on, up to the next of them, offsets differ by the same amount.
  struct Shift {
    std::size_t folded = 0;
    std::size_t original = 0;
  };
  std::string_view view_;
  std::string folded_;
  std::vector<Shift> shifts_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_CHARACTERS_H_
