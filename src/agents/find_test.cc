// SPDX-License-Identifier: Apache-2.0
#include "agents/find.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "agents/layout.h"

namespace everturn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kUuid = "019fc8be-3658-7ca3-9e29-000000000000";

class FindAgents : public testing::Test {
 protected:
  FindAgents() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-home-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
    variables_["HOME"] = home_.string();
  }
  ~FindAgents() override { std::filesystem::remove_all(home_); }

  void put(const std::string& path, const std::string& text = "{}\n") {
    std::filesystem::create_directories((home_ / path).parent_path());
    std::ofstream(home_ / path) << text;
  }
  FoundSessions find(const FindLimits& limits = {}) {
    const auto environment = [this](const char* name) { return variables_[name]; };
    return find_agent_sessions(posix_fs(), agent_folders(environment), limits);
  }
  std::vector<std::string> keys() {
    std::vector<std::string> keys;
    for (const AgentSession& session : find().sessions) keys.push_back(session.key);
    return keys;
  }
  AgentSource source_of(Agent agent, const FindLimits& limits = {}) {
    for (AgentSource& source : find(limits).sources) {
      if (source.folder.agent == agent && source.exists) return source;
    }
    return {};
  }

  std::filesystem::path home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(FindAgents, EachAgentsLayoutIsKnown) {
  const std::string uuid = kUuid;
  put(".claude/projects/-srv-app/" + uuid + ".jsonl");
  put(".claude/projects/-srv-app/" + uuid + "/subagents/agent-a1.jsonl");
  put(".codex/sessions/2026/08/03/rollout-2026-08-03T10-48-56-" + uuid + ".jsonl");
  put(".codex/archived_sessions/rollout-2026-08-03T10-48-56-x.jsonl.zst");
  put(".pi/agent/sessions/--srv-app--/2025-12-09T00-53-29-825Z_p1.jsonl");
  put(".openclaw/agents/main/sessions/o1.jsonl");
  put(".gemini/tmp/abc/chats/session-2026-01-16T18-34-3739ef95.json",
      R"({ "sessionId": "3739ef95-full", "messages": [)");
  put(".nanobot/workspace/sessions/dGVsZWdyYW06MQ.jsonl");
  EXPECT_THAT(keys(),
              UnorderedElementsAre("claude:" + uuid, "claude:" + uuid + "/agent-a1",
                                   "codex:" + uuid, "codex:2026-08-03T10-48-56-x", "pi:p1",
                                   "openclaw:o1", "gemini:3739ef95-full", "nanobot:telegram:1"));
}

TEST_F(FindAgents, NanobotKeepsSessionsOfEachWorkspaceBesideItsConfiguration) {
  put(".nanobot/sessions/0123456789abcdef0123456789abcdef/dGVsZWdyYW06MQ.jsonl");
  put(".nanobot/sessions/old_style.jsonl", R"({"_type":"metadata","key":"old:style"})");
  put(".nanobot/sessions/quarantine/dGVsZWdyYW06Mg.jsonl");
  EXPECT_THAT(keys(), UnorderedElementsAre("nanobot:telegram:1", "nanobot:old:style"));
}

TEST_F(FindAgents, WhatIsNoTranscriptIsPassedOver) {
  put(".claude/history.jsonl");
  put(".claude/projects/-srv-app/sessions-index.json");
  put(".claude/projects/-srv-app/u1/tool-results/big.jsonl");
  put(".codex/history.jsonl");
  put(".codex/sessions/2026/08/03/notes.jsonl");
  put(".openclaw/agents/main/sessions/sessions.json");
  put(".gemini/tmp/abc/logs.json");
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(FindAgents, AnOldSubAgentBelongsToTheSessionItNames) {
  put(".claude/projects/-srv-app/agent-a1.jsonl", R"({"isSidechain":true,"sessionId":"s1"})");
  EXPECT_THAT(keys(), ElementsAre("claude:s1/agent-a1"));
}

TEST_F(FindAgents, VariablesOfTheAgentsAreHonoured) {
  put(".claude/projects/p/home.jsonl");
  put("elsewhere/projects/p/named.jsonl");
  put("gemini/.gemini/tmp/p/chats/session-g.jsonl");
  put("pi-sessions/2025-12-09T00-53-29-825Z_p1.jsonl");
  variables_["CLAUDE_CONFIG_DIR"] = home_ / "elsewhere";
  variables_["GEMINI_CLI_HOME"] = home_ / "gemini";
  variables_["PI_CODING_AGENT_SESSION_DIR"] = "~/pi-sessions";
  EXPECT_THAT(keys(), UnorderedElementsAre("claude:named", "gemini:session-g", "pi:p1"));
  EXPECT_EQ(source_of(Agent::claude).folder.variable, "CLAUDE_CONFIG_DIR");
}

TEST_F(FindAgents, FilesOfOneNameAreToldApart) {
  put(".claude/projects/one/s1.jsonl");
  put(".claude/projects/two/s1.jsonl");
  EXPECT_THAT(keys(), UnorderedElementsAre("claude:s1@projects/one/s1.jsonl",
                                           "claude:s1@projects/two/s1.jsonl"));
}

TEST_F(FindAgents, LinksAreToldAndNotFollowed) {
  put("outside/s1.jsonl");
  put(".claude/projects/p/s2.jsonl");
  std::filesystem::create_directory_symlink(home_ / "outside", home_ / ".claude/projects/link");
  std::filesystem::create_symlink(home_ / "outside/s1.jsonl",
                                  home_ / ".claude/projects/p/s1.jsonl");
  EXPECT_THAT(keys(), ElementsAre("claude:s2"));
  const AgentSource source = source_of(Agent::claude);
  EXPECT_EQ(source.problem_count, 2U);
  EXPECT_THAT(source.problems, Contains(HasSubstr("a link is not followed")));
}

TEST_F(FindAgents, TheAgentsFolderItselfMayBeALink) {
  put("dotfiles/claude/projects/p/s1.jsonl");
  std::filesystem::create_directory_symlink(home_ / "dotfiles/claude", home_ / ".claude");
  std::filesystem::create_directories(home_ / ".config");
  std::filesystem::create_directory_symlink(home_ / "dotfiles/claude", home_ / ".config/claude");
  EXPECT_THAT(keys(), ElementsAre("claude:s1"));  // once, though two names lead to it
}

TEST_F(FindAgents, WhatCannotBeReadDoesNotHideTheRest) {
  put(".claude/projects/a/s1.jsonl");
  put(".claude/projects/b/s2.jsonl");
  ASSERT_EQ(::mkfifo((home_ / ".claude/projects/a/pipe.jsonl").c_str(), 0600), 0);
  std::filesystem::permissions(home_ / ".claude/projects/b", std::filesystem::perms::none);
  const std::size_t seen = ::geteuid() == 0 ? 2 : 1;  // root reads everything
  EXPECT_THAT(keys(), SizeIs(seen));
  EXPECT_EQ(source_of(Agent::claude).problem_count, seen == 1 ? 2U : 1U);
  std::filesystem::permissions(home_ / ".claude/projects/b", std::filesystem::perms::owner_all);
}

TEST_F(FindAgents, TheNumberOfNamesHasALimitThatIsTold) {
  for (int i = 0; i < 20; ++i) put(".claude/projects/p/s" + std::to_string(i) + ".jsonl");
  const AgentSource source = source_of(Agent::claude, {.names = 10});
  EXPECT_LT(source.sessions, 20U);
  EXPECT_THAT(source.problems, ElementsAre(HasSubstr("more than 10 names")));
}

TEST_F(FindAgents, AHostileNameBecomesAPrintableKey) {
  put(".claude/projects/p/\xFF\x1B[31m.jsonl");
  EXPECT_THAT(keys(), ElementsAre("claude:\\xFF\\u{1B}[31m"));
}

TEST_F(FindAgents, AnyFolderHoldsFilesByTheirPath) {
  put("backup/old/a.jsonl");
  put("backup/b.jsonl.zst");
  put("backup/notes.json");
  const AgentFolder folder = agent_folder_at(home_ / "backup", {"old", "b.jsonl.zst"});
  std::vector<std::string> keys;
  for (const auto& session : find_agent_sessions(posix_fs(), {{folder}}).sessions) {
    keys.push_back(session.key);
  }
  EXPECT_THAT(keys, UnorderedElementsAre("files:old/a", "files:b"));
}

TEST(AgentFolderAt, IsRecognizedByWhatIsInIt) {
  EXPECT_EQ(agent_folder_at("/x/backup", {"projects", "history.jsonl"}).agent, Agent::claude);
  EXPECT_EQ(agent_folder_at("/x/.codex/", {"sessions"}).agent, Agent::codex);
  EXPECT_EQ(agent_folder_at("/x/backup", {"sessions"}).agent, Agent::files);
  EXPECT_EQ(agent_folder_at("/x/.claude", {"settings.json"}).agent, Agent::files);
}

TEST(AgentFolders, ACopyTellsItsAgentByItsName) {
  for (const Agent agent : {Agent::claude, Agent::codex, Agent::pi, Agent::files}) {
    const std::string name = name_of_copy(agent, "/home/me");
    EXPECT_EQ(agent_of_copy(name), agent) << name;
    EXPECT_EQ(agent_folder_at("/x/" + name + "/", {"sessions"}).agent, agent) << name;
  }
  EXPECT_NE(name_of_copy(Agent::claude, "/a"), name_of_copy(Agent::claude, "/b"));
  for (const char* name : {"claude", "claude-", "claude-0123", "other-0123456789abcdef",
                           "claude-0123456789abcdeg", "claude-0123456789ABCDEF"}) {
    EXPECT_EQ(agent_of_copy(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace everturn
