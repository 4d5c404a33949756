// SPDX-License-Identifier: Apache-2.0
// Where each agent's sessions are found, by its variables too, and the command that resumes them.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kWorkspaceId = "0123456789abcdef0123456789abcdef";
constexpr const char* kTelegram = "dGVsZWdyYW06MTI.jsonl";    // telegram:12
constexpr const char* kWebSocket = "d2Vic29ja2V0OmFi.jsonl";  // websocket:ab

class AgentPlaces : public AgentsHome {
 protected:
  // The command in the only line of the listing.
  std::string resume() {
    const std::vector<std::string> lines = lines_of(must({"list"}));
    EXPECT_THAT(lines, SizeIs(1));
    return lines.empty() ? "" : lines[0].substr(lines[0].rfind('\t') + 1);
  }
  // `list` has the one session under this key, `show @1` shows it.
  void expect_found(const std::string& key, const std::string& text) {
    const std::vector<std::string> lines = lines_of(must({"list"}));
    ASSERT_THAT(lines, SizeIs(1)) << key;
    EXPECT_THAT(lines[0], StartsWith(key + "\t"));
    EXPECT_THAT(must({"show", "@1"}), HasSubstr(text)) << key;
    EXPECT_THAT(must({"show", key}), HasSubstr(text)) << key;
  }
};

TEST_F(AgentPlaces, ClaudeCodeAndCodexAreResumedByTheirIdInTheProject) {
  put(claude_path(kClaudeId), claude_session("Mend it", "/srv/my app"));
  EXPECT_EQ(resume(), "cd '/srv/my app' && claude --resume " + std::string(kClaudeId));
  std::filesystem::remove_all(folder() + "/.claude");
  put(".codex/archived_sessions/rollout-2026-08-20T10-02-11-" + std::string(kCodexId) + ".jsonl",
      codex_session("List"));
  EXPECT_EQ(resume(), "cd /srv/tool && codex resume " + std::string(kCodexId));
}

TEST_F(AgentPlaces, PiIsGivenTheFile) {
  const std::string path = ".pi/agent/sessions/--srv-pi--/2026-08-20T10-02-11-000Z_p1.jsonl";
  put(path, pi_session("Turn it", "/srv/pi"));
  EXPECT_EQ(resume(), "cd /srv/pi && pi --session " + folder() + "/" + path);
}

TEST_F(AgentPlaces, GeminiIsResumedInTheProjectThatItNotedBesideItsSessions) {
  put(".gemini/tmp/app/chats/session-2026-01-16T18-34-3739ef95.json", gemini_session("Hello"));
  EXPECT_EQ(resume(), "gemini --resume 3739ef95-1");
  put(".gemini/tmp/app/.project_root", "/srv/g\n");
  EXPECT_EQ(resume(), "cd /srv/g && gemini --resume 3739ef95-1");
  EXPECT_THAT(lines_of(must({"list", "--project", "/srv/g"})), SizeIs(1));
}

TEST_F(AgentPlaces, OpenClawTakesTheNextMessageAlong) {
  put(".openclaw/agents/main/sessions/o-1.jsonl", pi_session("Sort my mail", "/srv/claw"));
  EXPECT_EQ(resume(), "openclaw agent --agent main --session-id o-1 --message TEXT");
}

TEST_F(AgentPlaces, NanobotIsGivenTheKeyAsItsReleaseWantsIt) {
  put(std::string(".nanobot/workspace/sessions/") + kTelegram,
      nanobot_session("telegram:12", "hi"));
  EXPECT_EQ(resume(), "nanobot agent --session telegram:12");
  std::filesystem::remove_all(folder() + "/.nanobot");
  const std::string apart = std::string(".nanobot/sessions/") + kWorkspaceId + "/";
  put(apart + kTelegram, nanobot_session("telegram:12", "hi"));
  put(apart + ".workspace", "/srv/bot\n");
  EXPECT_EQ(resume(), "nanobot agent --classic --workspace /srv/bot --session telegram:12");
  std::filesystem::remove(folder() + "/" + apart + kTelegram);
  put(apart + kWebSocket, nanobot_session("websocket:ab", "hi"));
  EXPECT_EQ(resume(), "nanobot agent --workspace /srv/bot --session websocket:ab");
}

TEST_F(AgentPlaces, OneKeyInTwoWorkspacesIsResumedInEach) {
  for (const char digit : {'a', 'b'}) {
    const std::string apart = ".nanobot/sessions/" + std::string(32, digit) + "/";
    put(apart + kTelegram, nanobot_session("telegram:12", "hi"), digit == 'a' ? 5 : 60);
    put(apart + ".workspace", std::string("/srv/") + digit + "\n");
  }
  const std::vector<std::string> lines = lines_of(must({"list"}));
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], EndsWith("--workspace /srv/a --session telegram:12"));
  EXPECT_THAT(lines[1], EndsWith("--workspace /srv/b --session telegram:12"));
}

TEST_F(AgentPlaces, WhatCouldMeanMoreThanANameIsNoCommand) {
  put(".openclaw/agents/main/sessions/--help.jsonl", pi_session("x", "/srv"));
  EXPECT_THAT(resume(), IsEmpty());
  std::filesystem::remove_all(folder() + "/.openclaw");
  put(".nanobot/workspace/sessions/LS1oZWxw.jsonl", nanobot_session("--help", "x"));
  EXPECT_THAT(resume(), IsEmpty());
  std::filesystem::remove_all(folder() + "/.nanobot");
  put(".gemini/tmp/app/chats/session-2026-01-16T18-34-3739ef95.json", gemini_session("Hello"));
  put(".gemini/tmp/app/.project_root", "/srv/\x1b[2J\n$(x)");
  EXPECT_EQ(resume(), "gemini --resume 3739ef95-1");
}

TEST_F(AgentPlaces, ACopyIsNotResumed) {
  put(".pi/agent/sessions/--srv-pi--/2026-08-20T10-02-11-000Z_p1.jsonl",
      pi_session("Turn it", "/srv/pi"));
  must({"import", "--to", folder() + "/copies"});
  const std::string listed = must({"--store", "agents:" + folder() + "/copies", "list"});
  EXPECT_THAT(listed, AllOf(StartsWith("pi:p1\t"), Not(HasSubstr("pi --session"))));
}

TEST_F(AgentPlaces, EachVariableLeadsToTheSessions) {
  struct Case {
    const char* variable;
    const char* value;  // below the home
    std::string path;   // below that
    std::string text;
    std::string key;
  };
  const std::string pi = "2026-08-20T10-02-11-000Z_p1.jsonl";
  for (const Case& one : {
           Case{"CLAUDE_CONFIG_DIR", "a", "projects/-srv-app/c1.jsonl", claude_session("Needle"),
                "claude:c1"},
           Case{"CODEX_HOME", "b", "sessions/2026/08/20/rollout-x1.jsonl", codex_session("Needle"),
                "codex:x1"},
           Case{"PI_CODING_AGENT_DIR", "c", "sessions/--p--/" + pi, pi_session("Needle", "/p"),
                "pi:p1"},
           Case{"PI_CODING_AGENT_SESSION_DIR", "d", pi, pi_session("Needle", "/p"), "pi:p1"},
           Case{"OPENCLAW_STATE_DIR", "e", "agents/main/sessions/o1.jsonl",
                pi_session("Needle", "/p"), "openclaw:o1"},
           Case{"GEMINI_CLI_HOME", "f", ".gemini/tmp/p/chats/session-2026-3739ef95.json",
                gemini_session("Needle"), "gemini:3739ef95-1"},
       }) {
    SCOPED_TRACE(one.variable);
    put(std::string(one.value) + "/" + one.path, one.text);
    set_environment(one.variable, folder() + "/" + one.value);
    expect_found(one.key, "Needle");
    set_environment(one.variable, "");
    EXPECT_EQ(run({"list"}).out, "") << "without the variable nothing leads there";
  }
}

}  // namespace
}  // namespace everturn::cli_test
