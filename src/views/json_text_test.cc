// SPDX-License-Identifier: Apache-2.0
#include "views/json_text.h"

#include <gmock/gmock.h>

#include <vector>

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> elements_of(std::string_view array) {
  std::vector<std::string> elements;
  for_each_element(array, [&](std::string_view value) {
    elements.emplace_back(value);
    return true;
  });
  return elements;
}

TEST(ForEachElement, ElementsComeAsTheyStand) {
  EXPECT_THAT(elements_of(R"( [1, "a,]\"b" ,{"x":[1,2]},[ ] ] )"),
              ElementsAre("1", R"("a,]\"b")", R"({"x":[1,2]})", "[ ]"));
}

TEST(ForEachElement, AnEmptyArrayHasNone) { EXPECT_THAT(elements_of("[ ]"), IsEmpty()); }

TEST(ForEachElement, WhatIsNoArrayHasNone) { EXPECT_THAT(elements_of(R"({"a":1})"), IsEmpty()); }

TEST(ForEachElement, ATornArrayEndsTheWalk) {
  EXPECT_THAT(elements_of(R"([1,"abc\)"), ElementsAre("1", R"("abc\)"));
}

TEST(ForEachElement, TheVisitorStopsTheWalk) {
  int visits = 0;
  for_each_element("[1,2,3]", [&](std::string_view) { return ++visits < 2; });
  EXPECT_EQ(visits, 2);
}

TEST(CompactJson, OnlySpaceBetweenTokensGoes) {
  EXPECT_EQ(compact_json("{ \"a b\" :\t[1 , 2.0e5],\r\n\"c\\\" \":null }"),
            "{\"a b\":[1,2.0e5],\"c\\\" \":null}");
}

TEST(AsJsonValue, EachKindOfValueIsOne) {
  for (const char* value : {"1", "-2.5e3", "true", "null", "\"x\"", "[1,2]", "{\"a\":{}}"}) {
    EXPECT_EQ(as_json_value(value), value);
  }
}

TEST(StrictJson, WhatIsNoNumberBecomesNull) {
  EXPECT_EQ(strict_json(R"({"a": NaN, "b":[Infinity, -Infinity,-1],"NaN":"-Infinity NaN"})"),
            R"({"a":null,"b":[null,null,-1],"NaN":"-Infinity NaN"})");
  EXPECT_EQ(strict_json(R"({"a": 1.10})"), R"({"a":1.10})");
}

TEST(AsJsonValue, TextIsNone) {
  for (const char* text : {"", " ", "hello", "01", "1 2", "\"x", "{a:1}", "1}", "//1"}) {
    EXPECT_EQ(as_json_value(text), std::nullopt) << text;
  }
}

TEST(AsJsonValue, AMemberSmuggledInIsNone) { EXPECT_EQ(as_json_value("1,\"w\":2"), std::nullopt); }

TEST(AsJsonValue, LineBreaksBetweenTokensGo) { EXPECT_EQ(as_json_value("[1,\n 2]"), "[1,2]"); }

TEST(PrintableLines, LayoutStays) {
  EXPECT_EQ(printable_lines("a\tb\n\nc\n"), "a\tb\n\nc\n");
  EXPECT_EQ(printable_lines("a\r\nb"), "a\nb");
}

TEST(PrintableLines, ControlsAreSpelledOut) {
  EXPECT_EQ(printable_lines("\x1b[31mred\n\x07"), "\\u{1B}[31mred\n\\u{07}");
  EXPECT_EQ(printable_lines("over\rwrite"), "over\\u{0D}write");
  EXPECT_EQ(printable_lines("\xE2\x80\xAE"), "\\u{202E}");
}

}  // namespace
}  // namespace everturn
