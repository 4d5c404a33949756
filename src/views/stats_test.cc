// SPDX-License-Identifier: Apache-2.0
// Figures over sessions: what is one thing counts once, wherever it is repeated.
#include <gmock/gmock.h>

#include "everturn/page.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

Figures figures_of(const std::vector<Lines>& sessions) {
  Stats stats;
  for (const Lines& session : sessions) {
    stats.begin_session();
    for (const std::string& line : session) stats.add(line);
  }
  return stats.figures();
}

// One response as Claude Code writes it: a record a block, the usage on each, growing.
Lines response(const std::string& id, const std::string& parent, int output) {
  const auto usage = [&](int tokens) {
    return R"("usage":{"input_tokens":5,"output_tokens":)" + std::to_string(tokens) +
           R"(,"cache_read_input_tokens":100},)";
  };
  const auto record = [&](const std::string& uuid, const std::string& from,
                          const std::string& block, int tokens) {
    return Claude{uuid, from}.record(
        "assistant", "\"message\":{\"id\":" + q(id) + ",\"model\":\"m\",\"role\":\"assistant\"," +
                         usage(tokens) + "\"content\":[" + block + "]},\"requestId\":\"r\"");
  };
  return {record(id + "-1", parent, text_block("said"), 1),
          record(id + "-2", id + "-1", use_block(id + "-call"), output)};
}

Lines joined(std::initializer_list<Lines> parts) {
  Lines all;
  for (const Lines& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const Lines kPrompt = {Claude{"p", ""}.user("do it")};

TEST(Stats, AResponseOfSeveralRecordsCountsOnceWithItsLargestUsage) {
  const Figures figures = figures_of({joined({kPrompt, response("m1", "p", 40)})});
  EXPECT_EQ(figures.responses, 1U);
  EXPECT_EQ(figures.usage.output, 40);
  EXPECT_EQ(figures.usage.input, 5);
  EXPECT_EQ(figures.usage.cache_read, 100);
  EXPECT_EQ(figures.days.begin()->second.output_tokens, 40);
}

TEST(Stats, AForkOrAResumedCopyCountsOnlyWhatIsNewInIt) {
  const Lines original = joined({kPrompt, response("m1", "p", 40)});
  const Lines fork = joined({original, {Claude{"q", "m1-2"}.user("more")}, response("m2", "q", 2)});
  const Figures figures = figures_of({original, fork});
  EXPECT_EQ(figures.sessions, 2U);
  EXPECT_EQ(figures.records, 9U);
  EXPECT_EQ(figures.copies, 3U);
  EXPECT_EQ(figures.turns, 2U);
  EXPECT_EQ(figures.responses, 2U);
  EXPECT_EQ(figures.usage.output, 42);
  EXPECT_THAT(figures.tools, ElementsAre(Pair("ls", 2U)));
  EXPECT_EQ(figures.days.begin()->second.turns, 2U);
}

TEST(Stats, ASubAgentsResponseCountsOnceThoughItStandsInTwoFiles) {
  const std::string side = "\"isSidechain\":true,";
  const std::string said =
      Claude{"s", ""}.assistant("side", text_block("found"), side + R"("x":0,)");
  const std::string with_usage = Claude{"s", ""}.record(
      "assistant", side +
                       R"("message":{"id":"side","role":"assistant","usage":{"output_tokens":7},)"
                       R"("content":[{"type":"text","text":"found"}]},"requestId":"r")");
  const std::string embedded = Claude{"e", "p"}.record(
      "progress", R"("data":{"type":"agent_progress","message":)" + with_usage + "}");
  const Figures figures = figures_of({joined({kPrompt, {embedded}}), {with_usage, said}});
  EXPECT_EQ(figures.usage.output, 7);
  EXPECT_EQ(figures.turns, 1U);
}

TEST(Stats, OfAnUpdatedMessageTheLastUsageCounts) {
  const Figures figures =
      figures_of({{kGeminiHeader, gemini("1", "user", "hi"),
                   gemini("2", "gemini", "a", R"(,"tokens":{"input":5,"output":1})"),
                   gemini("2", "gemini", "ab", R"(,"tokens":{"input":5,"output":3})")}});
  EXPECT_EQ(figures.usage.input, 5);
  EXPECT_EQ(figures.usage.output, 3);
}

TEST(Stats, ACodexForkCountsNoTokensOfItsParent) {
  const auto tokens = [](int output) {
    return codex("event_msg", R"({"type":"token_count","info":{"last_token_usage":)"
                              R"({"input_tokens":1,"output_tokens":)" +
                                  std::to_string(output) + "}}}");
  };
  const auto turn = [](const std::string& id) {
    return codex("turn_context", "{\"turn_id\":" + q(id) + ",\"model\":\"m\"}");
  };
  const std::string of_parent = codex_id(1);
  const Lines parent = {codex("session_meta", "{\"id\":" + q(of_parent) + "}"), turn(codex_id(2)),
                        tokens(10)};
  const Lines fork = {codex_fork(codex_id(3), of_parent), turn(codex_id(2)), tokens(10),
                      turn(codex_id(4)), tokens(4)};
  const Figures figures = figures_of({parent, fork});
  EXPECT_EQ(figures.usage.output, 14);
  EXPECT_THAT(figures.models, ElementsAre(Pair("m", testing::Field(&Usage::output, 14))));
}

TEST(Stats, ShortIdsOfTwoSessionsAreTwoMessages) {
  const auto session = [](const std::string& time) {
    return Lines{kPiHeader,
                 R"({"type":"message","id":"a1b2c3d4","parentId":null,"timestamp":)" + q(time) +
                     R"(,"message":{"role":"assistant","content":[{"type":"text","text":"x"}],)"
                     R"("usage":{"input":1,"output":2}}})"};
  };
  EXPECT_EQ(
      figures_of({session("2026-08-20T10:00:00Z"), session("2026-08-21T10:00:00Z")}).usage.output,
      4);
  EXPECT_EQ(
      figures_of({session("2026-08-20T10:00:00Z"), session("2026-08-20T10:00:00Z")}).usage.output,
      2);
}

TEST(Stats, TurnsAreWhatPeopleTyped) {
  const Figures figures = figures_of(
      {{Claude{"a", ""}.user("first"), Claude{"b", "a"}.result("t", "a result"),
        Claude{"c", "b"}.user("<command-name>/model</command-name>"),
        Claude{"d", "c"}.user("put in", "\"isMeta\":true,"),
        R"({"type":"queue-operation","operation":"enqueue","content":"typed","sessionId":"s"})",
        Claude{"e", "d"}.user("typed")}});
  EXPECT_EQ(figures.turns, 2U);
}

TEST(Stats, SizesAreByKindAndAddUpToAllBytes) {
  const Figures figures = figures_of(
      {{chat("user", "hello"),
        R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]})",
        chat_calls({"a"}), chat_result("a", std::string(1000, 'x'))}});
  std::uint64_t sum = 0;
  for (const auto& [kind, bytes] : figures.sizes) sum += bytes;
  EXPECT_EQ(sum, figures.bytes);
  EXPECT_EQ(figures.sizes.at("tool_result"), 1002U);
  EXPECT_GT(figures.sizes.at("image"), 0U);
}

TEST(Stats, DaysAreLocalAndModelsAndDialectsApart) {
  const Figures figures =
      figures_of({{R"({"role":"assistant","content":"a","model":"x","usage":{"output_tokens":1},)"
                   R"("timestamp":"2026-08-20T23:59:59"})",
                   R"({"role":"assistant","content":"b","model":"y","usage":{"output_tokens":2},)"
                   R"("timestamp":"2026-08-21T00:00:00"})"}});
  ASSERT_EQ(figures.days.size(), 2U);
  EXPECT_EQ(figures.days.at("2026-08-20").output_tokens, 1);
  EXPECT_EQ(figures.days.at("2026-08-21").records, 1U);
  EXPECT_EQ(figures.models.at("y").output, 2);
  EXPECT_THAT(figures.dialects, UnorderedElementsAre(Pair("nanobot", 1U)));
}

TEST(Stats, ASessionOfAFewRecordsIsCountedToo) {
  EXPECT_EQ(figures_of({{}, {chat("user", "a")}}).records, 1U);
}

}  // namespace
}  // namespace everturn::views_test
