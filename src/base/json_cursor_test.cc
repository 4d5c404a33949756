// SPDX-License-Identifier: Apache-2.0
#include "base/json_cursor.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace everturn {
namespace {

// The end of the string that begins at `start`, byte by byte.
std::size_t end_of_string(std::string_view text, std::size_t start) {
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.size();
}

void expect_same_end(const std::string& text, std::size_t start) {
  JsonCursor cursor(text, start);
  cursor.skip_string();
  EXPECT_EQ(cursor.position(), end_of_string(text, start)) << text << " from " << start;
}

TEST(JsonCursor, AStringEndsAtItsFirstQuoteThatIsNotEscapedWhereverThatStands) {
  for (std::size_t before = 0; before < 200; ++before) {
    for (std::size_t escapes = 0; escapes < 6; ++escapes) {
      const std::string text = "\"" + std::string(before, 'x') + std::string(escapes, '\\') + "\"" +
                               std::string(before % 70, 'y') + "\"";
      expect_same_end(text, 0);
    }
  }
}

TEST(JsonCursor, RunsOfBackslashesOverAnyBordersAreCounted) {
  for (std::size_t before = 0; before < 140; ++before) {
    for (std::size_t escapes = 60; escapes < 140; ++escapes) {
      expect_same_end("\"" + std::string(before, 'x') + std::string(escapes, '\\') + "\"\"", 0);
    }
  }
}

TEST(JsonCursor, AnyMixtureEndsWhereReadingItByteByByteSays) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text = "\"";
    const std::size_t rarity = 2 + random() % 60;
    for (std::size_t size = random() % 400; size > 0; --size) {
      const std::size_t pick = random() % rarity;
      text += pick == 0 ? '\\' : pick == 1 && random() % 8 == 0 ? '"' : 'a';
    }
    expect_same_end(text, 0);
    expect_same_end(text, random() % text.size());
  }
}

TEST(JsonCursor, AStringWithoutAnEndEndsWithTheText) {
  for (const std::string& text : {std::string("\""), std::string("\"\\"), std::string("\"abc"),
                                  "\"" + std::string(500, 'x') + "\\"}) {
    expect_same_end(text, 0);
  }
}

}  // namespace
}  // namespace everturn
