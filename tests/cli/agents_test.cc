// SPDX-License-Identifier: Apache-2.0
// Sessions of other agents: everturn sources, list, and what every reading command takes for one.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Agents : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    put_sessions();
  }
};

const std::string kClaude = std::string("claude:") + kClaudeId;

TEST_F(Agents, StatsCountsASessionWithItsSubAgentsAndNothingTwice) {
  const std::string figures = must({"stats", kClaude});
  EXPECT_THAT(figures, HasSubstr("sessions      1, and 1 sub-agent (claude 2)\n"));
  // The records of both have the same ids: copies, for all that can be told.
  EXPECT_THAT(figures, HasSubstr("records       8, of them 4 copies"));
  EXPECT_THAT(must({"stats"}), HasSubstr("sessions      4, and 1 sub-agent"));
}

TEST_F(Agents, ASessionOfAnotherAgentIsExported) {
  EXPECT_THAT(must({"export", kClaude, "--format", "md"}), HasSubstr("Mend the parser"));
  EXPECT_THAT(must({"export", "@1", "--format", "html"}), HasSubstr("Mend the parser"));
}

TEST_F(Agents, SourcesTellsFoldersWithCountsAndSizes) {
  const std::vector<std::string> lines = lines_of(must({"sources"}));
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], StartsWith("Claude Code\t" + folder() + "/.claude\t2\t"));
  EXPECT_THAT(lines[1], StartsWith("Codex\t" + folder() + "/.codex\t1\t"));
  EXPECT_THAT(must({"sources", "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.source/1","agent":"claude")"),
                    HasSubstr(R"("sub_agents":1)")));
}

TEST_F(Agents, SourcesTellsWhatItDoesNotFollowAndWhatIsMissing) {
  std::filesystem::create_directory_symlink("/etc", folder() + "/.claude/projects/etc");
  set_environment("CODEX_HOME", folder() + "/gone");
  const Ran ran = run({"sources"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("a link is not followed: " + folder()),
                             HasSubstr("CODEX_HOME names a folder that is not there")));
}

TEST_F(Agents, ListTellsThatNotAllOfItWasLookedInto) {
  EXPECT_EQ(run({"list"}).err, "");
  std::filesystem::create_directory_symlink("/etc", folder() + "/.claude/projects/etc");
  EXPECT_THAT(run({"list"}).err, HasSubstr("1 place could not be looked into; `everturn sources`"));
}

TEST_F(Agents, SourcesFindsNothingInAnEmptyHome) {
  set_environment("HOME", folder() + "/empty");
  const Ran ran = run({"sources"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.err, HasSubstr("no agent's folder was found"));
}

TEST_F(Agents, ListShowsThemNewestFirstWithHowToResume) {
  const std::vector<std::string> lines = lines_of(must({"list"}));
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], AllOf(StartsWith(kClaude + "\t"),
                              EndsWith("\tok\t/srv/app\tmain\tMend the parser\tcd /srv/app && "
                                       "claude --resume " +
                                       std::string(kClaudeId))));
  EXPECT_THAT(lines[1], AllOf(StartsWith("codex:"), HasSubstr("/srv/tool\tdev\tList the files")));
  EXPECT_THAT(lines[3], AllOf(StartsWith("gemini:3739ef95-1\t"), HasSubstr("Hello there")));
  EXPECT_THAT(must({"list", "--json"}),
              HasSubstr(R"("schema":"everturn.agent_session/1","key":")" + kClaude));
}

TEST_F(Agents, ListIsFilteredByAgentProjectAndTime) {
  EXPECT_THAT(lines_of(must({"list", "--agent", "codex"})), SizeIs(1));
  EXPECT_THAT(lines_of(must({"list", "--project", "/srv/other"})), SizeIs(1));
  EXPECT_THAT(lines_of(must({"list", "--project", "/srv"})), SizeIs(3));
  EXPECT_THAT(lines_of(must({"list", "--project", "/sr"})), SizeIs(0));
  EXPECT_THAT(lines_of(must({"list", "--since", "90m"})), SizeIs(2));
  EXPECT_THAT(lines_of(must({"list", "--since", "2001-01-01"})), SizeIs(4));
  EXPECT_THAT(lines_of(must({"list", "--all"})), SizeIs(5));
  EXPECT_EQ(run({"list", "--agent", "klingon"}).exit_code, 2);
  EXPECT_EQ(run({"list", "--since", "soon"}).exit_code, 2);
}

TEST_F(Agents, ListTellsDamage) {
  append_to_file(folder() + "/" + claude_path(kOtherClaudeId), "{\"torn\":\n{}\n");
  EXPECT_THAT(must({"list"}), HasSubstr("\tdamaged\t/srv/other"));
  EXPECT_EQ(run({"list", "--check", "--strict"}).exit_code, 5);
}

TEST_F(Agents, ATerminalShowsRankTitleAndCommand) {
  const std::string shown = run_on_terminal({"list", "--color", "never"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("@1  Mend the parser"), HasSubstr("/srv/app (main)"),
                           HasSubstr("codex resume " + std::string(kCodexId))));
}

TEST_F(Agents, NothingHostileReachesTheTerminalOrTheCommand) {
  put(".claude/projects/-x/--help.jsonl",
      claude_session("\\u001b[2Jgone\\u202e", "/srv/\\u0007$(x)"));
  put(".claude/projects/-x/$(rm).jsonl", claude_session("two", "/srv/it's"));
  const std::string listed = must({"list"});
  EXPECT_THAT(listed, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")),
                            Not(HasSubstr("--resume --help")), Not(HasSubstr("--resume $"))));
}

TEST_F(Agents, NorDoesItAsJson) {
  put(".claude/projects/-x/hostile.jsonl", claude_session("\xC2\x9B"
                                                          "2J \xE2\x80\xAE title \\u001b[2J"));
  const std::string listed = must({"list", "--json"});
  EXPECT_THAT(listed, AllOf(HasSubstr(R"("title":"\u009b2J \u202e title \u001b[2J")"),
                            Not(HasSubstr("\x1b")), Not(HasSubstr("\xC2\x9B"))));
}

TEST_F(Agents, EveryFormNamesTheSameSession) {
  const std::string bytes = must({"load", kClaude});
  EXPECT_THAT(lines_of(bytes), SizeIs(4));
  for (const std::string& form :
       {std::string("@1"), std::string("claude:@1"), std::string(kClaudeId), std::string("0a1b2"),
        std::string("claude:0a1b2c3d"), folder() + "/" + claude_path(kClaudeId)}) {
    EXPECT_EQ(must({"load", form}), bytes) << form;
  }
  EXPECT_THAT(must({"load", kClaude + "/agent-7"}), HasSubstr("Look for callers"));
  EXPECT_THAT(must({"load", "@2"}), HasSubstr("List the files"));
}

TEST_F(Agents, EveryReadingCommandTakesThem) {
  EXPECT_THAT(must({"show", "codex:019f"}), HasSubstr("List the files"));
  EXPECT_THAT(must({"history", "@1"}), HasSubstr(R"({"role":"user","content":"Mend the parser"})"));
  EXPECT_THAT(must({"history", "gemini:3739"}), HasSubstr("Hello there"));
  EXPECT_THAT(must({"tail", "-n", "1", "@1"}), HasSubstr("Done."));
  EXPECT_THAT(must({"version", "@1"}), Not(HasSubstr("none")));
  EXPECT_THAT(must({"meta", "get", "@1"}), HasSubstr("values"));
  EXPECT_THAT(must({"repair", kClaude}), HasSubstr("nothing to repair"));
}

TEST_F(Agents, WritingUnderTheirNamesIsRefusedWithARemedy) {
  for (const Arguments& write : std::vector<Arguments>{{"append", kClaude},
                                                       {"append", "--each", kClaude},
                                                       {"save", kClaude, "--expect", "none"}}) {
    const Ran ran = run(write, "{\"n\":1}\n");
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("another agent's session"), HasSubstr("everturn import")));
  }
  EXPECT_EQ(run({"append", "claude:my-own"}, "{\"n\":1}\n").exit_code, 0);
}

TEST_F(Agents, AnAmbiguousBeginningNamesTheCandidates) {
  const Ran ran = run({"load", "0a1b"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("is the beginning of 2 sessions"), HasSubstr(kClaude),
                             HasSubstr(kOtherClaudeId), HasSubstr("write more of it")));
}

TEST_F(Agents, WhatIsNotThereIsNotFound) {
  for (const char* name : {"nobody", "claude:nobody", "@9", "codex:@2", "./nothing.jsonl"}) {
    EXPECT_EQ(run({"load", name}).exit_code, 3) << name;
  }
  EXPECT_EQ(run({"load", "@0"}).exit_code, 3);
  EXPECT_EQ(run({"load", folder()}).exit_code, 2);
}

TEST_F(Agents, TailFollowsWhatTheAgentIsStillWriting) {
  const auto tail = start({"tail", "-f", "-n", "1", "@1"});
  EXPECT_THAT(tail->read_line(), HasSubstr("Done."));
  append_to_file(folder() + "/" + claude_path(kClaudeId),
                 claude_record("u2", "a2", "user", "\"and now?\""));
  EXPECT_THAT(tail->read_line(), HasSubstr("and now?"));
}

TEST_F(Agents, AWriteToThemIsRefusedAndTellsWhatToDo) {
  const Ran ran = run({"--store", "agents:", "append", "x"}, "{}");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("only for reading"), HasSubstr("open a folder")));
  EXPECT_EQ(run({"--store", "agents:", "rm", kClaude}).exit_code, 2);
}

TEST_F(Agents, AStoreOfTheUsersOwnComesFirst) {
  must({"append", "mine"}, "{\"role\":\"user\",\"content\":\"hi\"}");
  EXPECT_THAT(must({"list"}), StartsWith("mine\t"));
  EXPECT_THAT(must({"load", "@1"}), HasSubstr("\"hi\""));
  EXPECT_THAT(must({"load", "mi"}), HasSubstr("\"hi\""));
  EXPECT_THAT(must({"load", kClaude}), HasSubstr("Mend the parser"));  // still has its name
  EXPECT_THAT(must({"load", "019f"}), HasSubstr("List the files"));
  EXPECT_THAT(must({"list", "--agent", "codex"}), HasSubstr("List the files"));
  EXPECT_THAT(lines_of(must({"--store", "agents:", "list"})), SizeIs(4));
}

TEST_F(Agents, ReadingThemWritesNothing) {
  const auto names = [this] {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      const std::string path = entry.path().string();
      const bool is_ours = path.find("/std") != path.npos || path.find("/.cache") != path.npos;
      if (!is_ours) found.push_back(path);
    }
    return found;
  };
  const std::vector<std::string> before = names();
  for (const Arguments& reading : std::vector<Arguments>{
           {"list", "--check"}, {"sources"}, {"show", "@1"}, {"history", "@2"}, {"load", "@3"}}) {
    must(reading);
  }
  EXPECT_EQ(names(), before);
}

}  // namespace
}  // namespace everturn::cli_test
