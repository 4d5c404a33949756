// SPDX-License-Identifier: Apache-2.0
#include "everturn/search.h"

#include <sys/stat.h>

#include "find/search_test_help.h"
#include "store/test_help.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string said(const std::string& role, const std::string& text) {
  return R"({"role":")" + role + R"(","content":)" + text +
         R"(,"timestamp":"2026-01-02T03:04:05"})" + "\n";
}
std::string claude(const std::string& type, const std::string& members) {
  return R"({"type":")" + type + R"(","uuid":"u)" + std::to_string(members.size()) +
         R"(","parentUuid":null,"sessionId":"s",)" + members + "}\n";
}

using Search = SearchTest;

TEST_F(Search, TellsSessionRolePlaceAndText) {
  const std::string first = said("user", "\"why did the Power\\ncut?\"");
  put("a", first + said("assistant", "\"no power\""));
  EXPECT_THAT(hits("power cut"), ElementsAre("a user @0: why did the [Power] [cut]?"));
  EXPECT_THAT(hits("power"),
              ElementsAre("a user @0: why did the [Power] cut?",
                          "a assistant @" + std::to_string(first.size()) + ": no [power]"));
  EXPECT_EQ(report_.hits, 2U);
  EXPECT_EQ(report_.sessions, 1U);
}

TEST_F(Search, WordsOfDifferentRecordsAreNoHit) {
  put("a", said("user", "\"power\"") + said("assistant", "\"cut\""));
  EXPECT_THAT(hits("power cut"), IsEmpty());
}

TEST_F(Search, NewestSessionsComeFirst) {
  for (const char* const key : {"old", "new", "middle"}) put(key, said("user", "\"word\""));
  const auto now = std::filesystem::last_write_time(file("new"));
  std::filesystem::last_write_time(file("middle"), now - std::chrono::hours(1));
  std::filesystem::last_write_time(file("old"), now - std::chrono::hours(2));
  EXPECT_THAT(hits("word"),
              ElementsAre("new user @0: [word]", "middle user @0: [word]", "old user @0: [word]"));
  SearchOptions two;
  two.limit = 2;
  EXPECT_THAT(hits(query_of("word"), two), SizeIs(2));
  EXPECT_TRUE(report_.stopped);
  SearchOptions one;
  one.sessions = {"old"};
  EXPECT_THAT(hits(query_of("word"), one), ElementsAre("old user @0: [word]"));
}

TEST_F(Search, EverySpellingOfJsonIsFound) {
  put("a", said("user", R"("caf\u00e9 \u691C\u7d22 \ud83d\ude80")") +
               said("user", R"("\u0063af\u00C9 src\/find \u0070ower")"));
  EXPECT_THAT(hits("café"), SizeIs(2));
  EXPECT_THAT(hits("検索"), SizeIs(1));
  EXPECT_THAT(hits("\U0001F680"), SizeIs(1));
  EXPECT_THAT(hits("\"src/find\" power"), SizeIs(1));
}

TEST_F(Search, ToolCallsAreFoundByNameAndArguments) {
  put("a", R"({"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",)"
           R"("function":{"name":"Bash","arguments":"{\"cmd\":\"ls\\nf\\u00fcr x\"}"}}]})"
           "\n" +
               said("tool", "\"total für 0\""));
  EXPECT_THAT(hits("Bash"), ElementsAre(HasSubstr("tool_call @0: [Bash] cmd: ls für x")));
  EXPECT_THAT(hits("ls für"), ElementsAre(HasSubstr("cmd: [ls] [für] x")));
  SearchQuery results = query_of("für");
  results.kinds = {EntryKind::tool_result};
  EXPECT_THAT(hits(results), ElementsAre(HasSubstr("tool_result")));
}

TEST_F(Search, TimesAreOfTheUtterance) {
  put("a", said("user", "\"word\"") + R"({"role":"user","content":"word without a time"})" + "\n");
  SearchQuery query = query_of("word");
  query.since_ns = 0;
  EXPECT_THAT(hits(query), SizeIs(1));
  query.before_ns = 1;
  EXPECT_THAT(hits(query), IsEmpty());
}

TEST_F(Search, AnUtteranceIsOneHitHoweverOftenItIsWritten) {
  const std::string head = R"("message":{"role":"assistant","id":"m1","content":[)";
  put("a", claude("user", R"("message":{"role":"user","content":"go"})") +
               claude("assistant", head + R"({"type":"text","text":"the word"}]})") +
               claude("assistant", head + R"({"type":"text","text":"the word goes on"}]})") +
               claude("assistant", head + R"({"type":"text","text":"the word goes on"}]})") +
               claude("user", R"("message":{"role":"user","content":[{"type":"tool_result",)"
                              R"("tool_use_id":"t","content":"a word"}]},)"
                              R"("toolUseResult":{"stdout":"a word"})") +
               claude("progress", R"("data":{"type":"bash_progress","output":"a word"})"));
  EXPECT_THAT(hits("word"), ElementsAre(HasSubstr("the [word]"), HasSubstr("a [word]")));
  SearchQuery raw = query_of("word");
  raw.raw = true;
  EXPECT_THAT(hits(raw), SizeIs(5));
}

TEST_F(Search, WhatWasTypedMeanwhileIsOneHit) {
  put("a", claude("user", R"("message":{"role":"user","content":"go"})") +
               claude("queue-operation", R"("operation":"enqueue","content":"a word")") +
               claude("user", R"("message":{"role":"user","content":"a word"})") +
               claude("user", R"("message":{"role":"user","content":"a word"})"));
  EXPECT_THAT(hits("word"), SizeIs(2));
}

TEST_F(Search, TitlesAndWhatACompactionLeftBehindAreFound) {
  put("a", claude("user", R"("message":{"role":"user","content":"early word"})") +
               R"({"type":"ai-title","sessionId":"s","aiTitle":"Word games"})" + "\n" +
               R"({"type":"ai-title","sessionId":"s","aiTitle":"Word games"})" + "\n" +
               claude("system", R"("subtype":"compact_boundary","content":"compacted")") +
               claude("user", R"("isCompactSummary":true,"message":{"role":"user",)"
                              R"("content":"the word was early"})"));
  EXPECT_THAT(hits("word"), ElementsAre(HasSubstr("user @0: early [word]"), HasSubstr("metadata"),
                                        HasSubstr("summary")));
}

TEST_F(Search, DamagedLinesKeepTheirRecords) {
  const std::string whole = said("user", "\"a word\"");
  const std::string glued = whole.substr(0, whole.size() - 1);
  put("a", whole + R"({"role":"user","content":"torn wo)" + glued + glued + "\n" +
               said("user", "\"bad \xFF word\"") + "\xEF\xBB\xBF" + said("user", "\"mark word\"") +
               R"({"role":"user","n":NaN,"content":"odd word"})" + "\n" +
               R"({"role":"user","content":"torn word)");
  EXPECT_THAT(hits("word"), ElementsAre(HasSubstr("@0: a [word]"), HasSubstr("a [word]"),
                                        HasSubstr("a [word]"), HasSubstr("bad \uFFFD [word]"),
                                        HasSubstr("mark [word]"), HasSubstr("odd [word]")));
}

// Of the session that the last search named for its damage: "ranges, bytes, offset".
std::string damage_told(const SearchReport& report) {
  if (report.unsearched_damage.size() != 1) return "";
  const UnsearchedDamage& one = report.unsearched_damage.front();
  return one.session + ": " + std::to_string(one.ranges) + ", " + std::to_string(one.bytes) + ", " +
         std::to_string(one.offset);
}

TEST_F(Search, DamageThatMayHoldItIsTold) {
  const std::string whole = said("user", "\"sound\"");
  const std::string torn = R"({"role":"user","content":"a lost w\u006frd)";
  put("a", whole + torn + "\n" + R"({"role":"user","content":"other)" + "\n" + whole);
  EXPECT_THAT(hits("word"), IsEmpty());
  EXPECT_EQ(damage_told(report_),
            "a: 1, " + std::to_string(torn.size()) + ", " + std::to_string(whole.size()));
  EXPECT_THAT(hits("sound"), SizeIs(2));
  EXPECT_THAT(report_.unsearched_damage, IsEmpty());
  EXPECT_THAT(hits(query_of("lo.t", SearchMode::regex)), IsEmpty());
  EXPECT_EQ(report_.unsearched_damage.front().ranges, 2U);  // nothing tells them apart
}

TEST_F(Search, AnUnfinishedLastLineThatMayHoldItIsTold) {
  const std::string whole = said("user", "\"sound\"");
  put("a", whole + R"({"role":"user","content":"a lost word)");
  EXPECT_THAT(hits("word"), IsEmpty());
  EXPECT_EQ(damage_told(report_), "a: 1, 37, " + std::to_string(whole.size()));
}

TEST_F(Search, AFileThatIsNoLinesIsTold) {
  put("a", "{\n  \"role\": \"user\",\n  \"content\": \"a word\"\n}\n");
  EXPECT_THAT(hits("word"), IsEmpty());
  EXPECT_EQ(report_.unsearched_damage.size(), 1U);
  EXPECT_THAT(hits("nothing"), IsEmpty());
  EXPECT_THAT(report_.unsearched_damage, IsEmpty());
}

TEST_F(Search, DamageIsToldWithAnIndexToo) {
  put("a", said("user", "\"sound\"") + R"({"role":"user","content":"a lost word)" + "\n");
  IndexOptions at_once;
  at_once.settled = std::chrono::milliseconds(-60'000);
  ASSERT_EQ(update_search_index(*store_, at_once)->sessions, 1U);
  EXPECT_THAT(hits("word"), IsEmpty());
  EXPECT_EQ(report_.unsearched_damage.size(), 1U);
}

TEST_F(Search, MendedRecordsAreNoDamageThatMayHoldIt) {
  put("a", said("user", "\"bad \xFF word\"") + said("user", "\"sound\""));
  EXPECT_THAT(hits("word"), SizeIs(1));
  EXPECT_THAT(report_.unsearched_damage, IsEmpty());
}

TEST_F(Search, LongLinesAndManyOfThemAreFound) {
  const std::string filler(700'000, 'x');
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += said("user", "\"" + filler + "\"");
  for (int i = 0; i < 3000; ++i) bytes += said("user", "\"line " + std::to_string(i) + " here\"");
  put("a", bytes + said("user", "\"" + filler + " word " + filler + "\""));
  EXPECT_THAT(hits("word"), ElementsAre(HasSubstr("[word]")));
  EXPECT_THAT(hits("here"), SizeIs(3000));
}

TEST_F(Search, HitsComeInOrderWhateverTheThreads) {
  for (int i = 0; i < 200; ++i) {
    std::string bytes;
    for (int j = 0; j < i % 7; ++j) bytes += said("user", "\"word " + std::to_string(j) + "\"");
    put("s" + std::to_string(i), bytes);
  }
  SearchOptions options;
  options.threads = 1;
  const Lines alone = hits(query_of("word"), options);
  EXPECT_THAT(alone, Not(IsEmpty()));
  for (options.threads = 2; options.threads < 6; ++options.threads) {
    EXPECT_EQ(hits(query_of("word"), options), alone);
  }
}

TEST_F(Search, MoreHitsThanMayWaitComeAllTheSame) {
  std::string bytes;
  for (int i = 0; i < 40'000; ++i) bytes += "{\"role\":\"user\",\"content\":\"word\"}\n";
  for (const char* const key : {"a", "b", "c"}) put(key, bytes);
  EXPECT_THAT(hits("word"), SizeIs(120'000));
}

TEST_F(Search, TheCallerMayStop) {
  put("a", said("user", "\"word\"") + said("user", "\"word\""));
  const auto report = search(*store_, query_of("word"), {}, [](const SearchHit&) { return false; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->hits, 1U);
  EXPECT_TRUE(report->stopped);
  SearchOptions at_once;
  at_once.stop = [] { return true; };
  EXPECT_THAT(hits(query_of("word"), at_once), IsEmpty());
}

TEST_F(Search, WhatCannotBeReadIsTold) {
  put("a", said("user", "\"word\""));
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  SearchOptions options;
  EXPECT_THAT(hits(query_of("word"), options), SizeIs(1));
  ASSERT_THAT(report_.unsearched, SizeIs(1));
  EXPECT_EQ(report_.unsearched.front().session, "pipe");
  options.sessions = {"a", "nobody"};
  EXPECT_THAT(hits(query_of("word"), options), SizeIs(1));
  ASSERT_THAT(report_.unsearched, SizeIs(1));
  EXPECT_EQ(report_.unsearched.front().status.code(), Code::not_found);
}

class SearchHoles : public SimStoreTest {};

TEST_F(SearchHoles, WhatTheDiskCannotReadHidesNothingElse) {
  constexpr std::uint64_t kPage = 4096;
  std::string bytes = first_line(kKey) + "\n";
  std::size_t lines = 0;
  for (; bytes.size() < 5 * kPage; ++lines) bytes += said("user", "\"a word\"");
  put_session(bytes);
  disk_.set_unreadable(file_of(kKey), 2 * kPage, kPage);
  std::size_t found = 0;
  const auto report = search(*open(), query_of("word"), {}, [&](const SearchHit&) {
    ++found;
    return true;
  });
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->unsearched.empty());
  EXPECT_EQ(found, load(*open(), kKey).records.size());
  EXPECT_LT(found, lines);
  ASSERT_THAT(report->unsearched_damage, SizeIs(1));
  EXPECT_GE(report->unsearched_damage.front().bytes, kPage);
}

TEST_F(Search, ABadQueryIsRefused) {
  const auto report = search(*store_, query_of("\"a"), {}, [](const SearchHit&) { return true; });
  EXPECT_EQ(report.status().code(), Code::invalid);
}

TEST_F(Search, AMemoryStoreIsSearchedToo) {
  store_ = *open_store("memory:");
  ASSERT_TRUE(store_->append("a", {R"({"role":"user","content":"a word"})"}).ok());
  EXPECT_THAT(hits("word"), ElementsAre(HasSubstr("a user")));
}

}  // namespace
}  // namespace everturn
