// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {
namespace {

const std::vector<std::string_view>& invalid_texts() {
  static const std::vector<std::string_view> texts = {
      "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",         "\xc2",
      "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",     "\xe2\x82",         "\xef\xbf",
      "\xf0\x8f\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
  };
  return texts;
}

TEST(Utf8, EveryCharacterIsValidAndKeepsItsNumber) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point == 0xD800) point = 0xE000;
    std::string text;
    append_utf8(text, point);
    const Utf8Step step = utf8_step(text);
    ASSERT_TRUE(step.whole && step.length == text.size()) << static_cast<std::uint32_t>(point);
    ASSERT_EQ(utf8_code_point(text, step.length), point);
  }
}

TEST(Utf8, WhatIsNoCharacterIsWrittenAsReplacement) {
  for (const char32_t point : {0xD800U, 0xDFFFU, 0x110000U, 0xFFFFFFFFU}) {
    std::string text;
    append_utf8(text, point);
    EXPECT_EQ(text, "\xef\xbf\xbd");
  }
}

TEST(Utf8, InvalidTextIsRefusedAtItsFirstBadCharacter) {
  for (const std::string_view bad : invalid_texts()) {
    const std::string text = "a\xc3\xa9" + std::string(bad);
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
    EXPECT_EQ(utf8_valid_prefix(text), 3U) << testing::PrintToString(text);
  }
}

TEST(Utf8, ValidTextIsValidToItsEnd) {
  for (const std::string_view text : {"", "abc", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(utf8_valid_prefix(text), text.size());
    EXPECT_EQ(replace_invalid_utf8(text), text);
  }
}

TEST(Utf8, OurStepsAgreeWithSimdjsonOnRandomBytes) {
  static constexpr std::string_view kBytes =
      "az\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xe2\xed\xef\xf0\xf1\xf4\xf5\xff";
  std::mt19937_64 random(7);
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 9; length > 0; --length) {
      text += kBytes[random() % kBytes.size()];
    }
    ASSERT_EQ(utf8_valid_prefix(text) == text.size(), is_utf8(text))
        << testing::PrintToString(text);
    ASSERT_TRUE(is_utf8(replace_invalid_utf8(text))) << testing::PrintToString(text);
    ASSERT_TRUE(is_utf8(printable(text))) << testing::PrintToString(text);
  }
}

TEST(Utf8, EachMaximalBadPartIsReplacedOnce) {  // table 3-11 of the Unicode standard, and others
  EXPECT_EQ(replace_invalid_utf8("a\xf1\x80\x80\xe1\x80\xc2z"),
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  EXPECT_EQ(replace_invalid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(replace_invalid_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(replace_invalid_utf8("\xe2\x82"), "\xef\xbf\xbd");
}

TEST(Printable, ControlCharactersBecomeVisible) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f"), "a\\u{1B}[2Jb\\u{0D}\\u{0A}\\u{7F}");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u{00}");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u{9B}");
}

TEST(Printable, BidirectionalControlsBecomeVisible) {
  for (const char32_t point : {0x061CU, 0x200EU, 0x200FU, 0x202AU, 0x202EU, 0x2066U, 0x2069U}) {
    std::string text;
    append_utf8(text, point);
    EXPECT_TRUE(printable(text).starts_with("\\u{")) << static_cast<std::uint32_t>(point);
  }
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u{202E}");
}

TEST(Printable, InvalidBytesBecomeVisibleOneByOne) {
  EXPECT_EQ(printable("a\xff\xe2\x82z"), "a\\xFF\\xE2\\x82z");
}

TEST(Printable, OtherTextStays) {
  const std::string_view text = "a \\ \"\xc3\xa9\" \xc2\xa0\xe2\x82\xac \xf0\x9f\x98\x80";
  EXPECT_EQ(printable(text), text);
}

}  // namespace
}  // namespace everturn
