// SPDX-License-Identifier: Apache-2.0
#include "agents/traces.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kGone = "0a1b2c3d-0000-4000-8000-000000000001";
constexpr const char* kHere = "0a1b2c3d-0000-4000-8000-000000000002";

class Traces : public testing::Test {
 protected:
  Traces() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-home-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
  }
  ~Traces() override { std::filesystem::remove_all(home_); }

  void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((home_ / path).parent_path());
    std::ofstream(home_ / path) << text;
  }
  std::vector<SessionTrace> find() {
    const auto environment = [this](const char* name) {
      return std::string_view(name) == "HOME" ? home_.string() : std::string();
    };
    const FoundSessions found = find_agent_sessions(posix_fs(), agent_folders(environment));
    return find_session_traces(posix_fs(), found.sources, found.sessions);
  }

  std::filesystem::path home_;
};

TEST_F(Traces, PromptsOfASessionWithoutATranscriptAreTold) {
  const std::string gone = kGone;
  put(".claude/projects/p/" + std::string(kHere) + ".jsonl", "{}\n");
  put(".claude/history.jsonl",
      R"({"display":"one","timestamp":1787220131120,"project":"/srv/app","sessionId":")" + gone +
          "\"}\n" + R"({"display":"two","timestamp":1787220131999,"sessionId":")" + gone + "\"}\n" +
          R"({"display":"x","sessionId":")" + kHere + "\"}\ntorn {\"sess");
  const std::vector<SessionTrace> traces = find();
  ASSERT_THAT(traces, SizeIs(1));
  EXPECT_EQ(traces[0].id, kGone);
  EXPECT_EQ(traces[0].project, "/srv/app");
  EXPECT_EQ(traces[0].prompts, 2U);
  EXPECT_EQ(traces[0].last_ns, 1787220131999000000);
}

TEST_F(Traces, LeftoverFoldersTellOfASession) {
  put(".claude/projects/p/" + std::string(kGone) + "/tool-results/x.txt", "");
  put(".claude/todos/" + std::string(kGone) + "-agent-x.json", "[]");
  put(".claude/todos/notes.json", "[]");
  const std::vector<SessionTrace> traces = find();
  ASSERT_THAT(traces, SizeIs(1));
  EXPECT_THAT(traces[0].places, ElementsAre("projects", "todos"));
}

TEST_F(Traces, CodexAndGeminiKeepPromptsToo) {
  put(".codex/history.jsonl", R"({"session_id":"c1","ts":1787220131,"text":"hi"})"
                              "\n");
  put(".gemini/tmp/p/logs.json",
      R"([{"sessionId":"g1","timestamp":"2026-08-20T10:02:11Z","message":"hi"}])");
  const std::vector<SessionTrace> traces = find();
  ASSERT_THAT(traces, SizeIs(2));
  EXPECT_EQ(traces[0].last_ns, traces[1].last_ns);
}

TEST_F(Traces, AnythingInTheseFilesIsReadWithoutHarm) {
  put(".claude/history.jsonl",
      "[[[{\"sessionId\":\n\0\0{}\n{\"sessionId\":5}\n{\"sessionId\":\"\"}");
  put(".gemini/tmp/p/logs.json", "{\"sessionId\":\"g1\"}");
  put(".codex/history.jsonl", R"({"session_id":"c1","ts":9223372036854775807})"
                              "\n");
  const std::vector<SessionTrace> traces = find();
  ASSERT_THAT(traces, SizeIs(1));
  EXPECT_EQ(traces[0].last_ns, 0);
}

TEST_F(Traces, NothingIsToldOfAnEmptyHome) { EXPECT_THAT(find(), IsEmpty()); }

}  // namespace
}  // namespace everturn
