// SPDX-License-Identifier: Apache-2.0
#include "views/nanobot_limits.h"

#include <gmock/gmock.h>

#include <string>

namespace everturn {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// An object with `depth` levels in all.
std::string nested(std::size_t depth) {
  return "{\"a\":" + repeated("[", depth - 1) + repeated("]", depth - 1) + "}";
}

std::string with_number(const std::string& number) { return "{\"n\":" + number + "}"; }

void expect_refused(const std::string& record, const std::string& reason) {
  const Status status = check_nanobot_can_read(record);
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_THAT(status.message(), HasSubstr(reason));
}

TEST(NanobotLimits, AnOrdinaryRecordPasses) {
  EXPECT_TRUE(check_nanobot_can_read(
                  R"({"role":"user","content":"a \"b\" \\ \n \u00e9 \ud83d\ude00","n":-1.5e300})")
                  .ok());
}

TEST(NanobotLimits, DepthIsLimited) {
  EXPECT_TRUE(check_nanobot_can_read(nested(kNanobotDepth)).ok());
  expect_refused(nested(kNanobotDepth + 1), "deeper than 400");
}

TEST(NanobotLimits, DepthCountsOpenLevelsOnly) {
  EXPECT_TRUE(check_nanobot_can_read("{\"a\":[" + repeated("[],", 2000) + "[]]}").ok());
}

TEST(NanobotLimits, BracketsInTextAreNoDepth) {
  EXPECT_TRUE(check_nanobot_can_read("{\"a\":\"" + repeated("[", 2000) + "\"}").ok());
}

TEST(NanobotLimits, DigitsOfIntegersAreLimited) {
  EXPECT_TRUE(check_nanobot_can_read(with_number("-" + repeated("9", kNanobotDigits))).ok());
  expect_refused(with_number(repeated("9", kNanobotDigits + 1)), "4300 digits at byte 5");
}

TEST(NanobotLimits, FractionsMayBeLong) {
  EXPECT_TRUE(check_nanobot_can_read(with_number("0." + repeated("9", 5000))).ok());
}

TEST(NanobotLimits, LoneSurrogatesAreRefused) {
  for (const char* text : {R"(\ud800)", R"(\uDFFF)", R"(\ud800x)", R"(\ude00\ud83d)",
                           R"(\ud83d\u0041)", R"(\ud83d\ud83d\ude00)"}) {
    expect_refused("{\"a\":\"" + std::string(text) + "\"}", "surrogate");
  }
}

TEST(NanobotLimits, LoneSurrogatesInNamesAreRefused) {
  expect_refused(R"({"\ud800":1})", "at byte 2");
}

TEST(NanobotLimits, AnEscapedBackslashBeforeUIsNoEscape) {
  EXPECT_TRUE(check_nanobot_can_read(R"({"a":"C:\\ud800"})").ok());
}

}  // namespace
}  // namespace everturn
