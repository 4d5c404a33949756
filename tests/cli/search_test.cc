// SPDX-License-Identifier: Apache-2.0
// everturn search, and show --at, which opens what it found.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Search : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    must({"append", "talk"},
         R"({"role":"user","content":"Why did the \u001b[31mpower cut\u001b[0m lose it?"})"
         "\n"
         R"({"role":"assistant","content":"Because nobody called fsync.",)"
         R"("timestamp":"2026-08-20T10:02:11"})"
         "\n"
         R"({"role":"user","content":"全文検索も"})"
         "\n");
    must({"append", "other"}, R"({"role":"user","content":"Power steering"})");
  }
};

TEST_F(Search, APipeGetsALineForEachHit) {
  const std::string out = must({"search", "power cut"});
  EXPECT_THAT(lines_of(out), SizeIs(1));
  EXPECT_THAT(out, StartsWith("talk\t"));
  EXPECT_THAT(out, HasSubstr("\tuser\t\tWhy did the \\u{1B}[31mpower"));
  EXPECT_THAT(must({"search", "fsync"}), HasSubstr("\tassistant\t2026-08-20T10:02:11\t"));
  EXPECT_THAT(lines_of(must({"search", "power"})),
              ElementsAre(StartsWith("other\t"), StartsWith("talk\t")));
  EXPECT_THAT(must({"search", "検索"}), HasSubstr("全文検索も"));
}

TEST_F(Search, FindingNothingIsOne) {
  const Ran ran = run({"search", "nowhere"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out + ran.err, IsEmpty());
}

TEST_F(Search, DamageThatMayHoldItIsToldInANote) {
  must({"append", "torn"}, R"({"role":"user","content":"whole"})");
  for (const auto& entry : std::filesystem::directory_iterator(store_path())) {
    if (read_whole(entry.path().string()).find("whole") == std::string::npos) continue;
    append_to_file(entry.path().string(), "{\"role\":\"user\",\"content\":\"buried\n");
  }
  const Ran ran = run({"search", "buried"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, AllOf(StartsWith("note: damage may hold it too, as no record: torn; "),
                             HasSubstr("everturn repair SESSION")));
  EXPECT_THAT(run({"search", "buried", "--json"}).out,
              StartsWith(R"({"schema":"everturn.unsearched_damage/1","session":"torn","ranges":1,)"
                         R"("bytes":32,"offset":)"));
  EXPECT_THAT(run({"search", "whole"}).err, IsEmpty());
}

TEST_F(Search, HitsAreNarrowedDown) {
  EXPECT_THAT(lines_of(must({"search", "power", "talk"})), SizeIs(1));
  EXPECT_THAT(lines_of(must({"search", "power", "--limit", "1"})), SizeIs(1));
  EXPECT_EQ(run({"search", "power", "--role", "assistant"}).exit_code, 1);
  EXPECT_EQ(run({"search", "power", "--case"}).exit_code, 0);
  EXPECT_EQ(run({"search", "POWER", "--case"}).exit_code, 1);
  EXPECT_THAT(must({"search", "fsync", "--since", "2026-08-20", "--until", "2026-08-20"}),
              StartsWith("talk\t"));
  EXPECT_EQ(run({"search", "fsync", "--since", "2026-08-21"}).exit_code, 1);
  EXPECT_THAT(lines_of(must({"search", "pow.r|fs", "--regex"})), SizeIs(3));
  EXPECT_THAT(lines_of(must({"search", "ync", "--substring"})), SizeIs(1));
}

TEST_F(Search, CountsAndNames) {
  EXPECT_EQ(must({"search", "power", "--count"}), "other\t1\ntalk\t1\n");
  EXPECT_EQ(must({"search", "power", "-l"}), "other\ntalk\n");
  EXPECT_EQ(must({"search", "power", "-l", "--json"}),
            "{\"schema\":\"everturn.hit_session/1\",\"session\":\"other\"}\n"
            "{\"schema\":\"everturn.hit_session/1\",\"session\":\"talk\"}\n");
  EXPECT_THAT(must({"search", "power", "--count", "--json"}),
              HasSubstr(R"({"schema":"everturn.hit_count/1","session":"other","hits":1})"));
}

TEST_F(Search, JsonHasPlaceAndHighlights) {
  EXPECT_THAT(must({"search", "steering", "--json"}),
              AllOf(StartsWith(R"({"schema":"everturn.hit/1","session":"other","position":")"),
                    HasSubstr(R"("kind":"user")"),
                    HasSubstr(R"("snippet":"Power steering","highlights":[[6,14]])")));
}

TEST_F(Search, ATerminalShowsSessionsAndNothingActsOnIt) {
  set_environment("PAGER", "");
  const std::string out = run_on_terminal({"search", "power"}).out;
  EXPECT_THAT(out, AllOf(HasSubstr("@1"), HasSubstr("\x1b[31mPower\x1b[0m steering"),
                         HasSubstr("\\u{1B}[31m\x1b[31mpower\x1b[0m"),
                         HasSubstr("show SESSION --at POSITION")));
  set_environment("NO_COLOR", "1");
  EXPECT_THAT(run_on_terminal({"search", "power"}).out, Not(HasSubstr("\x1b[31mPower")));
}

// The place of the only hit, as a pipe gets it.
std::string place_of(const std::string& line) {
  const std::size_t tab = line.find('\t');
  return line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
}

TEST_F(Search, AHitIsOpenedByItsPosition) {
  const std::string position = place_of(must({"search", "fsync"}));
  const std::string page = must({"show", "talk", "--at", position});
  EXPECT_THAT(page, AllOf(HasSubstr("nobody called fsync"), HasSubstr("全文検索も"),
                          Not(HasSubstr("Why did"))));
  EXPECT_THAT(lines_of(must({"show", "talk", "--at", position, "--raw"})), SizeIs(2));
  EXPECT_THAT(lines_of(must({"show", "talk", "--at", position, "--json"})), SizeIs(2));
  EXPECT_EQ(run({"show", "talk", "--at", "nonsense"}).exit_code, 2);
  EXPECT_EQ(run({"show", "talk", "--at", "0000000000000001.5"}).exit_code, 4);
}

TEST_F(Search, EveryCommandTakesThePlaceOfAHit) {
  const std::string first = "{\"role\":\"user\",\"content\":\"the first\"}\n";
  const std::string second = "{\"role\":\"user\",\"content\":\"the needle\"}\n";
  for (const bool packed : {false, true}) {
    const std::string key = packed ? "packed" : "plain";
    std::string records = first + second;
    for (int i = 0; packed && i < 50; ++i) records += first;
    must({"append", key}, records);
    if (packed) must({"pack", key});
    const std::string place = place_of(must({"search", "needle", key}));
    EXPECT_THAT(must({"show", key, "--at", place}), HasSubstr("the needle"));
    EXPECT_EQ(must({"load", key, "--from", place}), records.substr(first.size()));
    must({"fork", key, key + ":fork", "--at", place});
    EXPECT_EQ(must({"load", key + ":fork"}), first);
    must({"rewind", key, place});
    EXPECT_EQ(must({"load", key}), first);
  }
}

TEST_F(Search, BadQueriesAreRefusedWithTheirPlace) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"search", "a \"b"}, "quote at byte 2"},
      {{"search", ""}, "empty"},
      {{"search", "a(", "--regex"}, "missing )"},
      {{"search", "a", "--role", "nobody"}, "--role"},
      {{"search", "a", "--until", "soon"}, "--until"},
      {{"search", "a", "--regex", "--substring"}, "--substring"},
      {{"search", "a", "--agent", "claude"}, "--store agents:"}};
  for (const auto& [arguments, told] : cases) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2) << told;
    EXPECT_THAT(ran.err, HasSubstr(told));
  }
}

TEST_F(Search, AnIndexChangesNoHit) {
  EXPECT_THAT(must({"index"}), StartsWith("indexed: "));
  EXPECT_THAT(must({"index", "--json"}), StartsWith(R"({"schema":"everturn.index/1","sessions":)"));
  EXPECT_EQ(must({"search", "power"}), must({"search", "power", "--no-index"}));
}

TEST_F(Search, AnIndexWithoutAFolderForItTellsWhatToSet) {
  set_environment("HOME", "");
  const Ran ran = run({"--store", "agents:", "index"});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.err, HasSubstr("set XDG_CACHE_HOME or HOME"));
}

TEST_F(Search, WhatIsNotThereIsToldBesideWhatIs) {
  const Ran ran = run({"search", "power", "talk", "nobody"});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.out, StartsWith("talk\t"));
  EXPECT_THAT(ran.err, HasSubstr("not searched: nobody: there is no such session"));
}

class SearchAgents : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    put_sessions();
  }
};

TEST_F(SearchAgents, AgentsSessionsAreSearchedWhereThereIsNoStore) {
  EXPECT_THAT(must({"search", "parser"}), StartsWith(std::string("claude:") + kClaudeId + "\t"));
  EXPECT_THAT(must({"search", "hello"}), StartsWith("gemini:"));
  EXPECT_THAT(must({"search", "files", "--agent", "codex"}), StartsWith("codex:"));
  EXPECT_EQ(run({"search", "files", "--agent", "claude"}).exit_code, 1);
  EXPECT_THAT(lines_of(must({"search", "letter", "--project", "/srv/other"})), SizeIs(1));
  EXPECT_EQ(run({"search", "letter", "--project", "/srv/app"}).exit_code, 1);
}

TEST_F(SearchAgents, WhatASubAgentSaysTwiceIsOneHit) {
  const std::string inner = claude_record("x1", "", "user", "\"look for zebras\"");
  const std::string record = inner.substr(0, inner.size() - 1);
  put(claude_path(kClaudeId),
      claude_session("Mend the parser") +
          R"({"type":"progress","uuid":"p","parentUuid":"u1","sessionId":"s","data":{"type":)" +
          R"("agent_progress","message":)" + record + "}}\n");
  put(".claude/projects/-srv-app/" + std::string(kClaudeId) + "/subagents/agent-8.jsonl",
      claude_record("x1", "", "user", "\"look for zebras\""));
  const std::string found = must({"search", "zebras"});
  EXPECT_THAT(lines_of(found), SizeIs(1)) << found;
}

}  // namespace
}  // namespace everturn::cli_test
