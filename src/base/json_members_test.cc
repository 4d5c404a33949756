// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> members(std::string_view object) {
  std::vector<std::pair<std::string, std::string>> found;
  for_each_member(object, [&found](std::string_view name, std::string_view value) {
    found.emplace_back(name, value);
    return true;
  });
  return found;
}

TEST(JsonMembers, AreVisitedInOrderAsTheyStand) {
  EXPECT_THAT(
      members("\n { \"a\" : 1.10 ,\"b\\u0062\":[ {\"x\":\"]}\"}, 2 ]\t, \"\":\"\\\"\\\\\" } \n"),
      ElementsAre(Pair("a", "1.10"), Pair("b\\u0062", "[ {\"x\":\"]}\"}, 2 ]"),
                  Pair("", "\"\\\"\\\\\"")));
  EXPECT_THAT(
      members(R"({"a":null,"b":true,"c":{},"d":-1e5})"),
      ElementsAre(Pair("a", "null"), Pair("b", "true"), Pair("c", "{}"), Pair("d", "-1e5")));
  EXPECT_THAT(members(" {\t} "), ElementsAre());
}

TEST(JsonMembers, VisitingStopsWhenToldTo) {
  int visits = 0;
  for_each_member(R"({"a":1,"b":2,"c":3})", [&visits](std::string_view, std::string_view) {
    ++visits;
    return visits < 2;
  });
  EXPECT_EQ(visits, 2);
}

TEST(JsonMembers, TheWalkStaysWithinTextThatIsNoObject) {
  const std::string_view text = R"({"a":["b\"",{"c":1}],"d":"e\\"})";
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t length = 0; begin + length <= text.size(); ++length) {
      const std::string piece(text.substr(begin, length));  // a copy: sanitizers see its bounds
      for (const auto& [name, value] : members(piece)) {
        EXPECT_LT(name.size() + value.size(), piece.size());
      }
    }
  }
}

TEST(JsonMembers, TheLastOfOneNameIsFound) {
  const std::string_view object = R"({"a":1,"b":{"a":2},"a":"x","c":3})";
  EXPECT_EQ(find_member(object, "a"), "\"x\"");
  EXPECT_EQ(find_member(object, "b"), "{\"a\":2}");
  EXPECT_EQ(find_member(object, "d"), std::nullopt);
  EXPECT_EQ(find_member(object, ""), std::nullopt);
}

TEST(JsonMembers, NamesAreComparedAfterResolvingEscapes) {
  EXPECT_EQ(find_member(R"({"r\u006fle":"user"})", "role"), "\"user\"");
  EXPECT_EQ(find_member(R"({"a\"b":1})", "a\"b"), "1");
  EXPECT_EQ(find_member(R"({"\ud83d\ude00":1})", "\xf0\x9f\x98\x80"), "1");
  EXPECT_EQ(find_member(R"({"role\n":1})", "role"), std::nullopt);
}

TEST(JsonString, EscapesAreResolved) {
  EXPECT_EQ(decode_json_string(R"("")"), "");
  EXPECT_EQ(decode_json_string(R"("\"\\\/\b\f\n\r\t\u0041\u00E9\u20ac")"),
            "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(decode_json_string(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(decode_json_string(R"("\ud83d\ude00")"), "\xf0\x9f\x98\x80");
}

TEST(JsonString, LoneSurrogatesAreReplaced) {
  EXPECT_EQ(decode_json_string(R"("a\ud800")"), "a\xef\xbf\xbd");
  EXPECT_EQ(decode_json_string(R"("\udc00b")"),
            "\xef\xbf\xbd"
            "b");
  EXPECT_EQ(decode_json_string(R"("\ud800\ud83d\ude00")"), "\xef\xbf\xbd\xf0\x9f\x98\x80");
  EXPECT_EQ(decode_json_string(R"("\ud800\udbff")"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(decode_json_string(R"("\ud800\u0041")"),
            "\xef\xbf\xbd"
            "A");
}

TEST(JsonString, WhatIsNoStringIsRefused) {
  for (const std::string_view raw : {"", "\"", "a", "1", "null", "\"a", "a\"", R"("\")", R"("\x")",
                                     R"("\u12")", R"("a"b")", "\"\n\"", "\"\xff\"", " \"a\""}) {
    EXPECT_EQ(decode_json_string(raw), std::nullopt) << raw;
  }
}

TEST(JsonInteger, OnlyIntegersOf64BitsAreDecoded) {
  EXPECT_EQ(decode_json_integer("0"), 0);
  EXPECT_EQ(decode_json_integer("-12"), -12);
  EXPECT_EQ(decode_json_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(decode_json_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const std::string_view raw : {"", "-", "9223372036854775808", "1.0", "1e3", "01", "-01",
                                     "+1", " 1", "1 ", "\"1\"", "true"}) {
    EXPECT_EQ(decode_json_integer(raw), std::nullopt) << raw;
  }
}

TEST(JsonQuote, EscapesOnlyWhatItMust) {
  EXPECT_EQ(quote_json(""), "\"\"");
  EXPECT_EQ(quote_json("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"),
            "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quote_json(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(quote_json("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
  EXPECT_EQ(quote_json("a\xff\xe2\x82z"), "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

TEST(JsonQuote, EveryCharacterSurvives) {
  std::string text;
  for (int byte = 0; byte < 0x80; ++byte) text += static_cast<char>(byte);
  text += "\xc2\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf";
  EXPECT_EQ(decode_json_string(quote_json(text)), text);
}

struct Merge {
  std::string_view object;
  std::string_view changes;
  std::string_view merged;
};

TEST(JsonMerge, ChangesOnlyWhatItIsTold) {
  const std::vector<Merge> cases = {
      {R"({"a": 1.10, "b": 2})", R"({"b":{"x":3}})", R"({"a": 1.10, "b": {"x":3}})"},
      {R"({"a": 1, "b": 2})", R"({"c": 3, "a":4})", R"({"a": 4, "b": 2, "c": 3})"},
      {R"({"a":1,"b":2})", R"({"c": 3})", R"({"a":1,"b":2,"c":3})"},
      {R"({"a": 1})", R"({"b": 2})", R"({"a": 1, "b": 2})"},
      {" { \"a\" : 1 ,\n  \"b\" : 2 } \n", R"({"c":3})",
       " { \"a\" : 1 ,\n  \"b\" : 2 ,\n  \"c\" : 3 } \n"},
      {R"({})", R"({"a":1,"b":2})", R"({"a": 1, "b": 2})"},
      {R"({"a":1})", R"({})", R"({"a":1})"},
  };
  for (const Merge& each : cases) {
    EXPECT_EQ(merge_json_members(each.object, each.changes), each.merged) << each.object;
  }
}

TEST(JsonMerge, NullRemoves) {
  const std::vector<Merge> cases = {
      {R"({"a":1,"b":2,"c":3})", R"({"a":null})", R"({"b":2,"c":3})"},
      {R"({"a":1,"b":2,"c":3})", R"({"b":null})", R"({"a":1,"c":3})"},
      {R"({"a":1,"b":2,"c":3})", R"({"c":null})", R"({"a":1,"b":2})"},
      {R"({"a":1})", R"({"a": null })", R"({})"},
      {R"({"a":1})", R"({"b":null})", R"({"a":1})"},
      {R"({"a":1})", R"({"a":null,"b":2})", R"({"b":2})"},
      {R"({"a":null,"b":1})", R"({"b":2})", R"({"a":null,"b":2})"},
  };
  for (const Merge& each : cases) {
    EXPECT_EQ(merge_json_members(each.object, each.changes), each.merged) << each.object;
  }
}

TEST(JsonMerge, NamesMeetAfterResolvingEscapesAndOncePerName) {
  const std::vector<Merge> cases = {
      {R"({"\u0061":1,"b":2})", R"({"a":3})", R"({"\u0061":3,"b":2})"},
      {R"({"a":1,"b":2,"a":3})", R"({"a":4})", R"({"a":4,"b":2})"},
      {R"({"a":1,"b":2,"a":3})", R"({"a":null})", R"({"b":2})"},
      {R"({"a":1})", R"({"b":1,"b":2})", R"({"a":1, "b":2})"},
      {R"({"a":1})", R"({"a":2,"a":null})", R"({})"},
  };
  for (const Merge& each : cases) {
    EXPECT_EQ(merge_json_members(each.object, each.changes), each.merged) << each.object;
  }
}

}  // namespace
}  // namespace everturn
