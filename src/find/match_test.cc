// SPDX-License-Identifier: Apache-2.0
#include "find/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace everturn {
namespace {

SearchQuery query_of(std::string text, SearchMode mode = SearchMode::words) {
  SearchQuery query;
  query.text = std::move(text);
  query.mode = mode;
  return query;
}

bool finds(const std::string& query, std::string_view text, SearchMode mode = SearchMode::words) {
  const Result<bool> found = matches(text, query_of(query, mode));
  EXPECT_TRUE(found.ok()) << query << ": " << found.status().message();
  return found.ok() && *found;
}

// What matched, with the text between it left out.
std::string marked(const SearchQuery& query, std::string_view text) {
  std::vector<TextRange> ranges;
  const Result<bool> found = matches(text, query, &ranges);
  std::string all;
  if (!found.ok() || !*found) return "no match";
  for (const TextRange& range : ranges) {
    all += "[" + std::string(text.substr(range.begin, range.end - range.begin)) + "]";
  }
  return all;
}

std::string fault(const std::string& query, SearchMode mode = SearchMode::words) {
  const Result<bool> found = matches("", query_of(query, mode));
  EXPECT_EQ(found.status().code(), Code::invalid) << query;
  return found.status().message();
}

TEST(Match, AllWordsMustBeThereInAnyOrder) {
  EXPECT_TRUE(finds("cut power", "a power cut"));
  EXPECT_FALSE(finds("power outage", "a power cut"));
}

TEST(Match, WordsEndWhereTheirLettersDo) {
  EXPECT_TRUE(finds("sync", "call sync() now"));
  EXPECT_FALSE(finds("sync", "fsync and syncing"));
  EXPECT_TRUE(finds("my_function", "void my_function()"));
  EXPECT_TRUE(finds("function", "void my_function()"));
  EXPECT_FALSE(finds("caf", "café"));
  EXPECT_FALSE(finds("cafe", "cafe\u0301"));
}

TEST(Match, PhrasesAreWordsInARow) {
  EXPECT_TRUE(finds("\"power cut\"", "a power\n  cut!"));
  EXPECT_TRUE(finds("\"std::vector\"", "std::vector<int>"));
  EXPECT_FALSE(finds("\"power cut\"", "cut power, then cut"));
  EXPECT_FALSE(finds("\"power cut\"", "power cuts"));
  EXPECT_TRUE(finds("\"power cut\"*", "power cuts"));
}

TEST(Match, PrefixesAreBeginnings) {
  EXPECT_TRUE(finds("sync*", "syncing"));
  EXPECT_FALSE(finds("sync*", "fsync"));
  EXPECT_EQ(marked(query_of("sync*"), "fsync, Syncing, sync"), "[Syncing][sync]");
}

TEST(Match, ColoursOfATerminalAreOfNoWord) {
  EXPECT_TRUE(finds("power", "\x1b[1;31mpower\x1b[0m"));
  EXPECT_TRUE(finds("\"power cut\"", "\x1b[31mpower\x1b[0m \x1b[32mcut\x1b[K"));
  EXPECT_FALSE(finds("power", "[31mpower"));
  EXPECT_TRUE(finds("m", "\x1b[31mm"));
}

TEST(Match, ExcludedWordsMustNotBeThere) {
  EXPECT_TRUE(finds("power -cut", "power is on"));
  EXPECT_FALSE(finds("power -cut", "power cut"));
  EXPECT_FALSE(finds("power -\"is on\"", "power is on"));
}

TEST(Match, CaseDoesNotMatterUnlessAskedFor) {
  EXPECT_TRUE(finds("STRASSE", "strasse"));
  EXPECT_TRUE(finds("жук", "ЖУК"));
  EXPECT_TRUE(finds("σοφος", "ΣΟΦΟΣ σοφος"));
  EXPECT_TRUE(finds("kelvin", "\u212Aelvin"));
  EXPECT_TRUE(finds("istanbul", "\u0130stanbul"));
  SearchQuery exact = query_of("Power");
  exact.exact_case = true;
  EXPECT_EQ(marked(exact, "power Power POWER"), "[Power]");
}

TEST(Match, TextWithoutSpacesIsFoundAnywhere) {
  EXPECT_TRUE(finds("検索", "全文検索する"));
  EXPECT_TRUE(finds("검색", "검색합니다"));
  EXPECT_TRUE(finds("检索 数据", "数据库的检索"));
  EXPECT_TRUE(finds("\"API検索\"", "新API検索器"));
  EXPECT_TRUE(finds("\"検索 結果\"", "検索結果"));
  EXPECT_FALSE(finds("検索", "検、索"));
  EXPECT_TRUE(finds("ไทย", "ภาษาไทยง่าย"));
}

TEST(Match, SymbolsAloneAreFoundAsTheyStand) {
  EXPECT_TRUE(finds("->", "a->b"));
  EXPECT_TRUE(finds("\U0001F680", "go \U0001F680!"));
  EXPECT_TRUE(finds("!=", "a != b"));
  EXPECT_FALSE(finds("!=", "a ! = b"));
}

TEST(Match, SubstringsAreFoundAnywhereAndAsTheyStand) {
  EXPECT_TRUE(finds("ync", "fsync", SearchMode::substring));
  EXPECT_TRUE(finds("\"a, b\"", "(a, b)", SearchMode::substring));
  EXPECT_FALSE(finds("\"a, b\"", "(a,b)", SearchMode::substring));
  EXPECT_TRUE(finds("ync cache", "cache fsync", SearchMode::substring));
}

TEST(Match, RegularExpressionsSeeLines) {
  EXPECT_TRUE(finds("^b+$", "a\nbb\nc", SearchMode::regex));
  EXPECT_TRUE(finds("error: \\d+", "ERROR: 42", SearchMode::regex));
  EXPECT_EQ(marked(query_of("b*", SearchMode::regex), "abba"), "[bb]");
  EXPECT_TRUE(finds("a|b", "xb", SearchMode::regex));
}

TEST(Match, HighlightsAreOfTheTextAsItIs) {
  EXPECT_EQ(marked(query_of("k b"), "\u212A and B"), "[\u212A][B]");
  EXPECT_EQ(marked(query_of("全文 文検"), "全文検索"), "[全文検]");
  EXPECT_EQ(marked(query_of("\"a b\" b"), "a, b"), "[a, b]");
}

TEST(Match, BadQueriesTellWhatIsWrong) {
  EXPECT_THAT(fault(""), testing::HasSubstr("empty"));
  EXPECT_THAT(fault("  \"\" "), testing::HasSubstr("empty"));
  EXPECT_THAT(fault("a \"b"), testing::HasSubstr("quote at byte 2"));
  EXPECT_THAT(fault("-a"), testing::HasSubstr("only excludes"));
  EXPECT_THAT(fault("a\xFF"), testing::HasSubstr("not UTF-8 at byte 1"));
  EXPECT_THAT(fault(std::string(5000, 'a')), testing::HasSubstr("longer than 4096"));
  EXPECT_THAT(fault("a(b", SearchMode::regex), testing::HasSubstr("missing )"));
  EXPECT_THAT(fault("(a)\\1", SearchMode::regex), testing::HasSubstr("\\1"));
}

}  // namespace
}  // namespace everturn
