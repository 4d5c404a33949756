// SPDX-License-Identifier: Apache-2.0
// A home in which somebody means harm: names, titles and files that no agent writes.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr const char* kActing[] = {
    "\x1b", "\x07", "\x08", "\x7f", "\xC2\x9B", "\xC2\x85", "\xE2\x80\xAE", "\xE2\x81\xA6",
};

class HostileHome : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    // As the record has it: escaped, and as bytes.
    const std::string title =
        "\\u001b[2J\\u001b]0;owned\\u0007\\u202e x\xC2\x9B"
        "31m\xE2\x80\xAE\xE2\x81\xA6";
    put(project_ + "title.jsonl", claude_session(title, "/srv/\\u001b[31m\\n$(touch owned)"), 10);
    put(project_ + "\xff\x1b[2J\n\xC2\x9B.jsonl", claude_session("bytes in the name"), 20);
    put(project_ + "--to.jsonl", claude_session("an option for a name"), 30);
    put(project_ + "$(touch owned).jsonl", claude_session("a command for a name"), 40);
    put(project_ + "zeros.jsonl", std::string(100'000, '\0'), 50);
    put(project_ + "long.jsonl", claude_session(std::string(3'000'000, 'x')), 60);
    put(project_ + "deep.jsonl", nested(100'000), 70);
    put(".nanobot/workspace/sessions/Li4vLi4vb3duZWQ.jsonl",
        nanobot_session("../../owned", "a way out for a key"), 80);
    put(".gemini/tmp/p/chats/session-a.json", gemini_session("hello"), 90);
    put("outside/secret.jsonl", claude_session("not to be seen"));
    for (const char* name : {"fifo.jsonl", "title/tool-results/fifo.txt"}) make_fifo(name);
    ASSERT_EQ(::mkfifo((folder() + "/.gemini/tmp/p/.project_root").c_str(), 0600), 0);
    fs::create_symlink("/dev/zero", folder() + "/" + project_ + "zero.jsonl");
    fs::create_symlink(folder() + "/outside/secret.jsonl", folder() + "/" + project_ + "out.jsonl");
    fs::create_directory_symlink(folder() + "/outside", folder() + "/.claude/projects/out");
    fs::create_directory_symlink(folder() + "/.claude", folder() + "/" + project_ + "loop");
  }
  static std::string nested(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "{\"a\":";
    return text + "1" + std::string(static_cast<std::size_t>(depth), '}') + "\n";
  }
  void make_fifo(const std::string& name) const {
    const fs::path path = fs::path(folder()) / (project_ + name);
    fs::create_directories(path.parent_path());
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  }
  // Ends by itself, prints nothing that acts, and shows nothing from outside.
  void expect_harmless(const Arguments& command) {
    SCOPED_TRACE(testing::PrintToString(command));
    const Ran ran = run(command);
    EXPECT_LT(ran.exit_code, 128);
    for (const char* acting : kActing) {
      EXPECT_THAT(ran.out, Not(HasSubstr(acting)));
      EXPECT_THAT(ran.err, Not(HasSubstr(acting)));
    }
    EXPECT_THAT(ran.out, Not(HasSubstr("not to be seen")));
  }

  const std::string project_ = ".claude/projects/-srv-app/";
};

TEST_F(HostileHome, NoCommandHangsOrLetsThroughWhatActsOnATerminal) {
  for (const Arguments& command : std::vector<Arguments>{{"sources"},
                                                         {"list"},
                                                         {"list", "--json"},
                                                         {"list", "--all", "--check"},
                                                         {"doctor"},
                                                         {"doctor", "--json"},
                                                         {"doctor", folder()},
                                                         {"stats"},
                                                         {"stats", "--json"}}) {
    expect_harmless(command);
  }
  for (const char* format : {"md", "html"}) {
    expect_harmless({"export", "claude:title", "--format", format});
  }
  for (const char* session : {"claude:title", "claude:deep", "claude:zeros", "claude:long",
                              "claude:fifo", "claude:--to", "nanobot:../../owned", "gemini:@1"}) {
    expect_harmless({"show", session});
  }
}

TEST_F(HostileHome, CopiesHoldNothingFromOutsideAndLeadNowhere) {
  const std::string to = folder() + "/copies";
  expect_harmless({"import", "--to", to + "/imported"});
  expect_harmless({"rescue", folder() + "/.claude", "--to", to + "/rescued"});
  expect_harmless({"rescue", "claude:title", "--to", to + "/one/"});
  expect_harmless({"rescue", "nanobot:../../owned", "--to", to + "/two/"});
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(to)) {
    EXPECT_TRUE(entry.is_directory() || fs::is_regular_file(entry.symlink_status()))
        << entry.path();
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_THAT(read_whole(entry.path()), Not(HasSubstr("not to be seen"))) << entry.path();
  }
  EXPECT_GT(files, 15);
  EXPECT_FALSE(fs::exists(folder() + "/owned"));
  EXPECT_FALSE(fs::exists(fs::path(folder()).parent_path() / "owned"));
}

TEST_F(HostileHome, WhatIsLeftOutIsTold) {
  const Ran ran = run({"doctor"});
  EXPECT_THAT(ran.err, AllOf(HasSubstr("not a regular file"), HasSubstr("zero.jsonl"),
                             HasSubstr("out.jsonl"), HasSubstr("a link is not followed")));
}

}  // namespace
}  // namespace everturn::cli_test
