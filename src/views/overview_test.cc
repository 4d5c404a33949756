// SPDX-License-Identifier: Apache-2.0
#include "views/overview.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace everturn {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

std::string many(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(OneLine, AllSpaceBecomesSingleBlanksAndNoneAtTheEnds) {
  EXPECT_EQ(as_one_line(" \n two \t\r\n words  here "), "two words here");
  EXPECT_EQ(as_one_line(std::string("a\0b", 3)), "a b");
  EXPECT_EQ(as_one_line("plain text, 7 words of it, untouched"),
            "plain text, 7 words of it, untouched");
  EXPECT_EQ(as_one_line(" \n "), "");
}

TEST(OneLine, WhatFitsIsShownWhole) {
  for (const std::string_view character : {"a", "\u00e4", "\u4e2d", "\U0001F680"}) {
    const std::string full = many(kShownCharacters, character);
    EXPECT_EQ(as_one_line(full), full);
    EXPECT_EQ(as_one_line(full + " \n"), full);
  }
}

TEST(OneLine, WhatIsLongerEndsInAnEllipsisWithinTheLimit) {
  for (const std::string_view character : {"a", "\u00e4", "\u4e2d", "\U0001F680"}) {
    const std::string cut = many(kShownCharacters - 1, character) + std::string(kEllipsis);
    EXPECT_EQ(as_one_line(many(kShownCharacters + 1, character)), cut);
    EXPECT_EQ(as_one_line(many(kShownCharacters - 1, character) + " more"), cut);
  }
  EXPECT_EQ(as_one_line(many(500, "ab ")), many(66, "ab ") + "a" + std::string(kEllipsis));
}

TEST(OneLine, BytesThatAreNoTextAreKeptOneByOne) {
  EXPECT_EQ(as_one_line("a\xFF\xC3 b\xE4\xB8"), "a\xFF\xC3 b\xE4\xB8");
}

TEST(OverviewReader, KnowsNothingOfTheSessionBefore) {
  OverviewReader reader;
  reader.add(R"({"role":"user","content":"first","timestamp":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(reader.finish().title, "first");
  reader.begin();
  EXPECT_FALSE(reader.has_prompt());
  reader.add(R"({"note":"nobody's"})");
  const Overview second = reader.finish();
  EXPECT_EQ(second.title + second.preview, "");
  EXPECT_EQ(second.created_ns + second.last_time_ns, 0);
  EXPECT_EQ(second.dialect, "generic");
}

}  // namespace
}  // namespace everturn
