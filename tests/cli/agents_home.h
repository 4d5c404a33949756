// SPDX-License-Identifier: Apache-2.0
// A home folder in which agents have worked, for tests of the command line.
#ifndef EVERTURN_TESTS_CLI_AGENTS_HOME_H_
#define EVERTURN_TESTS_CLI_AGENTS_HOME_H_

#include <string>
#include <vector>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {

inline constexpr const char* kClaudeId = "0a1b2c3d-0000-4000-8000-000000000001";
inline constexpr const char* kOtherClaudeId = "0a1bffff-0000-4000-8000-000000000002";
inline constexpr const char* kCodexId = "019fc8be-3658-7ca3-9e29-000000000000";

// Records as Claude Code writes them; `content` is a raw JSON value.
std::string claude_record(const std::string& id, const std::string& parent, const std::string& type,
                          const std::string& content, const std::string& cwd = "/srv/app");
// A question, an answer with a call, its result, and the end.
std::string claude_session(const std::string& question, const std::string& cwd = "/srv/app");
std::string codex_session(const std::string& question);
// OpenClaw writes the same.
std::string pi_session(const std::string& question, const std::string& cwd);
std::string gemini_session(const std::string& question);  // its id is 3739ef95-1
std::string nanobot_session(const std::string& key, const std::string& question);

// A test whose HOME is its folder, without a store.
class AgentsHome : public CliTest {
 protected:
  void SetUp() override;
  // Writes a file below the home; its time is `age` seconds ago.
  void put(const std::string& path, const std::string& text, int age = 0);
  // Two sessions of Claude Code, the first with a sub-agent, one of Codex, one of Gemini CLI.
  // The newest is kClaudeId.
  void put_sessions();
  [[nodiscard]] static std::string claude_path(const std::string& id);
};

}  // namespace everturn::cli_test

#endif  // EVERTURN_TESTS_CLI_AGENTS_HOME_H_
