// SPDX-License-Identifier: Apache-2.0
#include "views/blocks.h"

#include <gtest/gtest.h>

#include "views/test_help.h"

namespace everturn::views_test {
namespace {

std::vector<Block> blocks_of(const Lines& lines) {
  std::vector<Block> blocks;
  Survey survey("");
  for (const std::string& line : lines) survey.add(line);
  survey.settle();
  BlockReader reader(survey, [&](const Block& block) {
    blocks.push_back(block);
    return true;
  });
  for (std::size_t i = 0; i < lines.size(); ++i) reader.add(lines[i], i, {7, i * 100});
  reader.flush();
  return blocks;
}

// A response of Claude Code, one block a line, each with the usage of the whole.
std::string response(std::string_view id, std::string_view content) {
  return R"({"type":"assistant","uuid":"u)" + std::string(id) + R"(","parentUuid":null,)" +
         R"("sessionId":"s","requestId":"r1","message":{"id":"m1","role":"assistant",)" +
         R"("usage":{"input_tokens":5,"output_tokens":7},"content":[)" + std::string(content) +
         "]}}";
}

TEST(BlocksTest, ABlockNamesItsRecord) {
  const std::vector<Block> blocks =
      blocks_of({R"({"role":"user","content":"a"})", R"({"role":"assistant","content":"b"})"});
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[1].record, 1U);
  EXPECT_EQ(blocks[1].position, (Position{7, 100}));
}

TEST(BlocksTest, TheUsageOfAResponseStandsOnceHoweverManyRecordsItHas) {
  const std::vector<Block> blocks = blocks_of({response("1", R"({"type":"text","text":"one"})"),
                                               response("2", R"({"type":"text","text":"two"})")});
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].usage.output, 0);
  EXPECT_EQ(blocks[1].usage.output, 7);
}

TEST(BlocksTest, ACallHasItsArgumentsAsTheyStand) {
  const std::vector<Block> blocks = blocks_of(
      {response("1", R"({"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}})")});
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].input, R"({"command":"ls"})");
  EXPECT_EQ(blocks[0].call_id, "t1");
}

TEST(BlocksTest, ACommandThatThePersonRanIsACallWithItsResult) {
  const std::string session = R"({"type":"session","version":3,"id":"s","cwd":"/srv"})";
  const std::vector<Block> blocks = blocks_of(
      {session,
       R"({"type":"message","id":"b","parentId":null,"message":{"role":"bashExecution",)"
       R"("command":"make","output":"no rule","exitCode":2,"cancelled":false,"truncated":true}})"});
  ASSERT_EQ(blocks.size(), 2U);
  const Block& block = blocks[1];
  EXPECT_EQ(block.kind, BlockKind::call);
  EXPECT_EQ(block.speaker, Speaker::user);
  EXPECT_EQ(block.summary, "make");
  EXPECT_EQ(block.input, R"({"command":"make"})");
  ASSERT_TRUE(block.result.has_value());
  EXPECT_EQ(block.result->text, "no rule\n(cut off)\n(exit code 2)");
  EXPECT_TRUE(block.result->is_failed);
}

}  // namespace
}  // namespace everturn::views_test
