// SPDX-License-Identifier: Apache-2.0
#include "store/redact_line.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace everturn {
namespace {

constexpr std::string_view kSecret = "s3cr\"et/\xC3\xA9";  // s3cr"et/é

void find_secret(std::string_view text, std::vector<RedactMatch>& matches) {
  for (std::size_t at = 0; (at = text.find(kSecret, at)) != std::string_view::npos;) {
    matches.push_back({at, at + kSecret.size(), "word"});
    at += kSecret.size();
  }
}

std::string redacted(std::string_view line) {
  RedactCounts counts;
  return redact_line(line, find_secret, counts).value_or("(nothing)");
}

TEST(RedactLine, EveryEscapedFormGoesAndTheRestStaysByteForByte) {
  constexpr std::string_view kClean = R"({ "a" : 1.10, "b":"x [redacted:word] \u00e4y","a":[]})";
  for (const char* form : {R"(s3cr\"et/é)", R"(s3cr\u0022et\/\u00e9)",
                           R"(\u00733cr\"et\u002F\u00E9)", R"(s3\u0063r\"e\u0074\/é)"}) {
    const std::string line =
        std::string(R"({ "a" : 1.10, "b":"x )") + form + R"( \u00e4y","a":[]})";
    EXPECT_EQ(redacted(line), kClean) << form;
  }
}

TEST(RedactLine, JsonInsideAStringGoesToo) {
  const std::string inner = R"({"k":"s3cr\"et/\u00e9"})";
  const std::string line = R"({"arguments":)" + quote_json(inner) + "}";
  EXPECT_EQ(redacted(line), R"({"arguments":)" + quote_json(R"({"k":"[redacted:word]"})") + "}");
  const std::string deeper = R"({"a":)" + quote_json(line) + "}";
  JsonFault fault;
  EXPECT_TRUE(is_json_object_by_grammar(redacted(deeper), &fault));
  EXPECT_EQ(redacted(deeper).find("s3"), std::string::npos);
}

TEST(RedactLine, MemberNamesGoToo) {
  EXPECT_EQ(redacted(R"({"s3cr\"et/é":1})"), R"({"[redacted:word]":1})");
}

TEST(RedactLine, DamageGoesByItsBytesAndByItsEscapes) {
  EXPECT_EQ(redacted("{\"torn\":\"s3cr\\\"et/\xC3\xA9 and"), "{\"torn\":\"[redacted:word] and");
  EXPECT_EQ(redacted(std::string("\0\0", 2) + std::string(kSecret)),
            std::string("\0\0", 2) + "[redacted:word]");
}

TEST(RedactLine, ANumberBecomesAString) {
  RedactCounts counts;
  const RedactFinder digits = [](std::string_view text, std::vector<RedactMatch>& matches) {
    const std::size_t at = text.find("4111");
    if (at != std::string_view::npos) matches.push_back({at, at + 4, "card"});
  };
  EXPECT_EQ(redact_line(R"({"n":-41112,"t":"4111 x"})", digits, counts),
            R"({"n":"[redacted:card]","t":"[redacted:card] x"})");
  EXPECT_EQ(counts["card"], 2U);
}

TEST(RedactLine, TwoInOneStringAreTwo) {
  RedactCounts counts;
  const std::string both = std::string(kSecret) + std::string(kSecret);
  EXPECT_EQ(redact_line("{\"a\":" + quote_json(both) + "}", find_secret, counts),
            R"({"a":"[redacted:word][redacted:word]"})");
  EXPECT_EQ(counts["word"], 2U);
}

TEST(RedactLine, WhereNothingMatchesNothingIsMade) {
  EXPECT_EQ(redacted(R"({"a":"b\\"})"), "(nothing)");
  EXPECT_EQ(redacted(""), "(nothing)");
}

}  // namespace
}  // namespace everturn
