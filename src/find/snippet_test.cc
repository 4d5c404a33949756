// SPDX-License-Identifier: Apache-2.0
#include "find/snippet.h"

#include <gtest/gtest.h>

#include "find/match.h"

namespace everturn {
namespace {

// The snippet with what is highlighted in brackets.
std::string shown(const std::string& query_text, std::string_view text, std::size_t characters) {
  SearchQuery query;
  query.text = query_text;
  std::vector<TextRange> ranges;
  const Result<bool> found = matches(text, query, &ranges);
  EXPECT_TRUE(found.ok() && *found);
  const Snippet snippet = make_snippet(text, ranges, characters);
  std::string all;
  std::size_t at = 0;
  for (const TextRange& range : snippet.highlights) {
    all += snippet.text.substr(at, range.begin - at) + "[" +
           snippet.text.substr(range.begin, range.end - range.begin) + "]";
    at = range.end;
  }
  return all + snippet.text.substr(at);
}

TEST(Snippet, AShortTextIsShownWhole) {
  EXPECT_EQ(shown("cut", "a power cut", 40), "a power [cut]");
  EXPECT_EQ(shown("cut power", "a power cut", 40), "a [power] [cut]");
}

TEST(Snippet, WhiteSpaceIsOneSpace) {
  EXPECT_EQ(shown("\"a b\"", "\n\n  a \t\n b\n\nc\n", 40), "[a b] c");
}

TEST(Snippet, ALongTextIsCutBetweenWords) {
  const std::string text =
      std::string(50, 'x') + " before the needle and then " + std::string(50, 'y') + " end";
  EXPECT_EQ(shown("needle", text, 36), "...before the [needle] and then yyyyyyyyy...");
}

TEST(Snippet, CharactersAreNeverCut) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "漢";
  text += "検索";
  for (int i = 0; i < 40; ++i) text += "字";
  EXPECT_EQ(shown("検索", text, 9), "...漢漢漢[検索]字字字字...");
}

TEST(Snippet, WhatIsFoundMayBeLongerThanTheSnippet) {
  const std::string text = std::string(30, 'a');
  EXPECT_EQ(shown(text, text, 10), "[aaaaaaaaaa]...");
}

}  // namespace
}  // namespace everturn
