// SPDX-License-Identifier: Apache-2.0
#include "find/characters.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/utf8.h"

namespace everturn {
namespace {

constexpr char32_t kEnd = 0x110000;

TEST(Characters, FoldingTwiceChangesNothingMore) {
  for (char32_t code = 0; code < kEnd; ++code) {
    const char32_t folded = fold_case(code);
    ASSERT_EQ(fold_case(folded), folded) << std::hex << static_cast<unsigned>(code);
  }
}

// What the byte scan relies on: a spelling that is not among the variants would not be found.
TEST(Characters, VariantsAreAllThatFoldToACharacter) {
  std::map<char32_t, std::set<char32_t>> folding_to;
  for (char32_t code = 0; code < kEnd; ++code) folding_to[fold_case(code)].insert(code);
  for (const auto& [folded, all] : folding_to) {
    const std::vector<char32_t> variants = case_variants(folded);
    EXPECT_EQ(std::set<char32_t>(variants.begin(), variants.end()), all)
        << std::hex << static_cast<unsigned>(folded);
  }
}

// What the index relies on: a word is a word in any case.
TEST(Characters, FoldingKeepsTheClass) {
  for (char32_t code = 0; code < kEnd; ++code) {
    ASSERT_EQ(character_class(fold_case(code)), character_class(code))
        << std::hex << static_cast<unsigned>(code);
  }
}

TEST(Characters, CaseOfAllScriptsFolds) {
  EXPECT_EQ(fold_case(U'\u0416'), U'\u0436');  // Cyrillic
  EXPECT_EQ(fold_case(U'\u03C2'), U'\u03C3');  // final sigma
  EXPECT_EQ(fold_case(U'\u212A'), U'k');       // Kelvin
  EXPECT_EQ(fold_case(U'\u1E9E'), U'\u00DF');  // capital sharp s
  EXPECT_EQ(fold_case(U'\u0130'), U'i');       // Turkish
  EXPECT_EQ(fold_case(U'\U00010400'), U'\U00010428');
}

TEST(Characters, EachScriptHasItsClass) {
  for (const char32_t code : {U'a', U'9', U'\u00E9', U'\u0436', U'\u05D0', U'\u0301'}) {
    EXPECT_EQ(character_class(code), CharacterClass::word) << static_cast<unsigned>(code);
  }
  for (const char32_t code : {U'\u6F22', U'\u3042', U'\uD55C', U'\u0E01', U'\U00020000'}) {
    EXPECT_EQ(character_class(code), CharacterClass::joined) << static_cast<unsigned>(code);
  }
  for (const char32_t code :
       {U'_', U' ', U'\u3002', U'\U0001F680', U'\uFE0F', U'\u200D', U'\uFFFD', kEnd}) {
    EXPECT_EQ(character_class(code), CharacterClass::separator) << static_cast<unsigned>(code);
  }
}

TEST(Characters, OffsetsOfFoldedTextLeadBackToTheOriginal) {
  const std::string text = "a\u212Ab\u0130c\u1E9Ed";  // 3 bytes to 1, 2 to 1, 3 to 2
  FoldedText folded;
  folded.assign(text, true);
  EXPECT_EQ(folded.text(), "akbic\u00DFd");
  EXPECT_EQ(text.substr(folded.original_offset(folded.text().find('b')), 1), "b");
  EXPECT_EQ(text.substr(folded.original_offset(folded.text().find('c')), 1), "c");
  EXPECT_EQ(text.substr(folded.original_offset(folded.text().find('d'))), "d");
  EXPECT_EQ(folded.original_offset(folded.text().find('k')), 1U);
  EXPECT_EQ(folded.original_offset(folded.text().size()), text.size());
}

TEST(Characters, BytesThatAreNoTextAreReplacements) {
  EXPECT_EQ(first_character("\xFFx").code, U'\uFFFD');
  EXPECT_EQ(last_character("x\xE6\xBC").code, U'\uFFFD');
  EXPECT_EQ(last_character("x\u6F22").code, U'\u6F22');
  EXPECT_EQ(last_character("").length, 0U);
}

}  // namespace
}  // namespace everturn
