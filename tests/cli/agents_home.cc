// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/agents_home.h"

#include <chrono>
#include <filesystem>
#include <fstream>

namespace everturn::cli_test {

std::string claude_record(const std::string& id, const std::string& parent, const std::string& type,
                          const std::string& content, const std::string& cwd) {
  const std::string role = type == "assistant" ? "\"id\":\"m-" + id + "\"," : "";
  return "{\"parentUuid\":" + (parent.empty() ? "null" : "\"" + parent + "\"") +
         ",\"isSidechain\":false,\"type\":\"" + type + "\",\"message\":{" + role + "\"role\":\"" +
         type + "\",\"content\":" + content + "},\"uuid\":\"" + id + "\",\"cwd\":\"" + cwd +
         "\",\"gitBranch\":\"main\",\"sessionId\":\"s\",\"timestamp\":\"2026-08-20T10:02:11Z\"}\n";
}

std::string claude_session(const std::string& question, const std::string& cwd) {
  return claude_record("u1", "", "user", "\"" + question + "\"", cwd) +
         claude_record("a1", "u1", "assistant",
                       R"([{"type":"tool_use","id":"c1","name":"Bash","input":{}}])", cwd) +
         claude_record("r1", "a1", "user",
                       R"([{"type":"tool_result","tool_use_id":"c1","content":"ok"}])", cwd) +
         claude_record("a2", "r1", "assistant", R"([{"type":"text","text":"Done."}])", cwd);
}

std::string codex_session(const std::string& question) {
  const std::string head = R"({"timestamp":"2026-08-20T10:02:11.120Z",)";
  return head + R"("type":"session_meta","payload":{"id":")" + kCodexId +
         R"(","cwd":"/srv/tool","git":{"branch":"dev"}}})" + "\n" + head +
         R"("type":"response_item","payload":{"type":"message","role":"user","content":)" +
         R"([{"type":"input_text","text":")" + question + R"("}]}})" + "\n";
}

std::string pi_session(const std::string& question, const std::string& cwd) {
  return R"({"type":"session","version":3,"id":"p1","timestamp":"2026-08-20T10:02:11.000Z",)"
         R"("cwd":")" +
         cwd + "\"}\n" +
         R"({"type":"message","id":"m1","parentId":null,"timestamp":"2026-08-20T10:02:12.000Z",)" +
         R"("message":{"role":"user","content":[{"type":"text","text":")" + question + "\"}]}}\n" +
         R"({"type":"message","id":"m2","parentId":"m1","timestamp":"2026-08-20T10:02:13.000Z",)" +
         R"("message":{"role":"assistant","content":[{"type":"text","text":"Done."}]}})" + "\n";
}

std::string gemini_session(const std::string& question) {
  return "{\n\"sessionId\": \"3739ef95-1\",\n\"projectHash\": \"abc\",\n\"messages\": [\n{\"id\": "
         "\"m1\", \"type\": \"user\", \"content\": \"" +
         question + "\"}\n]\n}\n";
}

std::string nanobot_session(const std::string& key, const std::string& question) {
  return R"({"_type":"metadata","key":")" + key +
         R"(","created_at":"2026-08-20T10:02:11","metadata":{},"last_consolidated":0})" + "\n" +
         R"({"role":"user","content":")" + question + R"(","timestamp":"2026-08-20T10:02:12"})" +
         "\n" + R"({"role":"assistant","content":"Done.","timestamp":"2026-08-20T10:02:13"})" +
         "\n";
}

void AgentsHome::SetUp() {
  CliTest::SetUp();
  set_environment("EVERTURN_STORE", "");
}

void AgentsHome::put(const std::string& path, const std::string& text, int age) {
  const std::filesystem::path file = std::filesystem::path(folder()) / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age));
}

std::string AgentsHome::claude_path(const std::string& id) {
  return ".claude/projects/-srv-app/" + id + ".jsonl";
}

void AgentsHome::put_sessions() {
  put(claude_path(kClaudeId), claude_session("Mend the parser"), 60);
  put(".claude/projects/-srv-app/" + std::string(kClaudeId) + "/subagents/agent-7.jsonl",
      claude_session("Look for callers"), 70);
  put(claude_path(kOtherClaudeId), claude_session("Write the letter", "/srv/other"), 7200);
  put(".codex/sessions/2026/08/20/rollout-2026-08-20T10-02-11-" + std::string(kCodexId) + ".jsonl",
      codex_session("List the files"), 3600);
  put(".gemini/tmp/abc/chats/session-2026-01-16T18-34-3739ef95.json", gemini_session("Hello there"),
      400000);
}

}  // namespace everturn::cli_test
