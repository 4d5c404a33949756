// SPDX-License-Identifier: Apache-2.0
#include "journal/partial_record.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "base/utf8.h"

namespace everturn {
namespace {

std::string close(std::string_view fragment) {
  return close_partial_record(fragment).value_or("nothing");
}
// `members` and the mark.
std::string marked(std::string_view members) {
  return std::string(members) + "," + std::string(kPartialMember) + "}";
}

TEST(PartialRecord, TextKeepsWhatThereIsOfIt) {
  EXPECT_EQ(close(R"({"a":"some te)"), marked(R"({"a":"some te")"));
  EXPECT_EQ(close(R"({"a":")"), marked(R"({"a":"")"));
}

TEST(PartialRecord, HalfAnEscapeIsDropped) {
  for (const std::string_view half : {"\\", "\\u", "\\u0", "\\u00e", "\\u00e4\\"}) {
    const bool has_whole = half.size() > 6;
    EXPECT_EQ(close(R"({"a":"x)" + std::string(half)),
              marked(has_whole ? R"({"a":"x\u00e4")" : R"({"a":"x")"));
  }
  EXPECT_EQ(close(R"({"a":"x\\)"), marked(R"({"a":"x\\")"));
  EXPECT_EQ(close(R"({"a":"x\")"), marked(R"({"a":"x\"")"));
  EXPECT_EQ(close(R"({"a":"x\"y)"), marked(R"({"a":"x\"y")"));
}

TEST(PartialRecord, HalfACharacterIsDropped) {
  const std::string snail = "\xF0\x9F\x90\x8C";
  for (std::size_t size = 0; size < snail.size(); ++size) {
    EXPECT_EQ(close(R"({"a":"x)" + snail.substr(0, size)), marked(R"({"a":"x")")) << size;
  }
  EXPECT_EQ(close(R"({"a":"x)" + snail), marked(R"({"a":"x)" + snail + "\""));
}

TEST(PartialRecord, NameWithoutItsValueIsDropped) {
  for (const std::string_view rest : {",", ", ", ",\"b", ",\"b\"", ",\"b\":", ",\"b\": "}) {
    EXPECT_EQ(close(R"({"a":1)" + std::string(rest)), marked(R"({"a":1)")) << rest;
  }
}

TEST(PartialRecord, NumberAndWordThatMayGoOnAreDropped) {
  EXPECT_EQ(close(R"({"a":1,"b":12)"), marked(R"({"a":1)"));
  EXPECT_EQ(close(R"({"a":1,"b":tru)"), marked(R"({"a":1)"));
  EXPECT_EQ(close(R"({"a":1,"b":[1,2)"), marked(R"({"a":1,"b":[1])"));
  EXPECT_EQ(close(R"({"a":true )"), marked(R"({"a":true)"));
}

TEST(PartialRecord, MissingBracketsAreAddedAndTheMarkStandsAtTheTop) {
  EXPECT_EQ(close(R"({"a":[{"b":"x)"), marked(R"({"a":[{"b":"x"}])"));
  EXPECT_EQ(close(R"({"a":[{"b":[)"), marked(R"({"a":[{"b":[]}])"));
  EXPECT_EQ(close(R"({"a":{)"), marked(R"({"a":{})"));
}

TEST(PartialRecord, NothingIsLeftOfAnObjectWithoutAMember) {
  for (const std::string_view none : {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1"}) {
    EXPECT_EQ(close(none), "nothing") << none;
  }
}

TEST(PartialRecord, OnlyABeginningOfAnObjectIsClosed) {
  for (const std::string_view other :
       {R"({"a":1})", "[1", "x", R"({"a":1}})", "{a", R"({"a" 1)", "{\"a\":\"\x01"}) {
    EXPECT_EQ(close(other), "nothing") << other;
  }
}

TEST(PartialRecord, EveryCutOfAnObjectIsAMarkedObjectOrNothing) {
  for (const std::string_view object :
       {R"({"role":"tool","content":[{"type":"text","text":"a\"\\\u00e4\ud83d\udc0c b"},[],{}],)"
        R"("n":-1.5e+10,"t":true,"f":false,"z":null,"":{"x":{"y":[1,2,{"z":"ü🐌"}]}}})",
        R"(  { "a" : [ 1 , "two" , { "b" : "}{][,:\"" } ] , "c\"d" : { } }  )",
        R"({"a":1,"a":{"a":1},"b":"\u0000\/\b"})"}) {
    JsonFault fault;
    ASSERT_TRUE(is_json_object_by_grammar(object, &fault)) << object;
    std::size_t closed_cuts = 0;
    for (std::size_t size = 0; size <= object.size(); ++size) {
      const auto closed = close_partial_record(object.substr(0, size));
      if (!closed) continue;
      ++closed_cuts;
      EXPECT_TRUE(is_json_object_by_grammar(*closed, &fault)) << *closed;
      EXPECT_EQ(find_member(*closed, "everturn_partial"), "true") << *closed;
      EXPECT_TRUE(closed->ends_with(marked(""))) << *closed;
    }
    EXPECT_GT(closed_cuts, object.size() / 2) << object;
  }
}

}  // namespace
}  // namespace everturn
