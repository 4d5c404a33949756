// SPDX-License-Identifier: Apache-2.0
#include "views/outline.h"

#include <gtest/gtest.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

Outline outline_of(const Lines& lines, std::uint64_t every) {
  Survey survey("");
  for (const std::string& line : lines) survey.add(line);
  survey.settle();
  OutlineReader reader(survey, every);
  std::uint64_t offset = 0;
  for (const std::string& line : lines) {
    Record record;
    record.bytes = line;
    record.position = {1, offset};
    offset += line.size() + 1;
    reader.add(record);
  }
  return reader.finish();
}

std::string user(std::string_view text) {
  return R"({"role":"user","content":")" + std::string(text) + R"("})";
}

TEST(OutlineTest, EveryNthRecordHasItsPosition) {
  const Outline outline = outline_of({user("a"), user("b"), user("c"), user("d"), user("e")}, 2);
  ASSERT_EQ(outline.positions.size(), 3U);
  EXPECT_EQ(outline.positions[0].offset, 0U);
  EXPECT_EQ(outline.positions[1].offset, 2 * (user("a").size() + 1));
  EXPECT_EQ(outline.records, 5U);
}

TEST(OutlineTest, TurnsAreWhatTheUserSaid) {
  const Outline outline = outline_of(
      {user("first"), R"({"role":"assistant","content":"no"})", user("second\\nline")}, 8);
  ASSERT_EQ(outline.turns.size(), 2U);
  EXPECT_EQ(outline.turns[1].text, "second...");
  EXPECT_EQ(outline.turns[1].record, 2U);
  EXPECT_GT(outline.turns[1].position.offset, outline.turns[0].position.offset);
}

TEST(OutlineTest, OfVeryManyTurnsTheNewestAreListed) {
  const Outline outline = outline_of(Lines(kTurnsListed + 3, user("again")), 100);
  EXPECT_EQ(outline.turn_count, kTurnsListed + 3);
  ASSERT_EQ(outline.turns.size(), kTurnsListed);
  EXPECT_EQ(outline.turns.front().record, 3U);
}

}  // namespace
}  // namespace everturn::views_test
