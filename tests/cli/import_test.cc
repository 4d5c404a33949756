// SPDX-License-Identifier: Apache-2.0
// everturn import.
#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class Import : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    set_environment("XDG_DATA_HOME", folder() + "/data");
    set_environment("XDG_CONFIG_HOME", folder() + "/config");
    put_sessions();
  }
  [[nodiscard]] std::string copies() const { return folder() + "/data/everturn-imports"; }
  // The copy of a file of Claude Code's, given by its path below the home.
  [[nodiscard]] std::string copy_of(const std::string& path) const {
    for (const auto& entry : fs::directory_iterator(copies())) {
      if (entry.is_directory() && entry.path().filename().string().starts_with("claude-")) {
        return entry.path().string() + path.substr(std::string(".claude").size());
      }
    }
    return {};
  }
  [[nodiscard]] std::string unit_path() const {
    return folder() + "/config/systemd/user/everturn-import.service";
  }
};

TEST_F(Import, EveryAgentIsCopiedByteForByteAndTheCopyIsRead) {
  const std::string tool_result =
      ".claude/projects/-srv-app/" + std::string(kClaudeId) + "/tool-results/toolu_1.txt";
  put(tool_result, std::string("\0\xff\n", 3));
  const std::string out = must({"import"});
  EXPECT_THAT(out, AllOf(HasSubstr("6 copied"), HasSubstr("--store agents:" + copies())));
  for (const std::string& path : {claude_path(kClaudeId), tool_result}) {
    EXPECT_EQ(read_whole(copy_of(path)), read_whole(folder() + "/" + path)) << path;
  }
  EXPECT_EQ(lines_of(must({"--store", "agents:" + copies(), "list"})).size(),
            lines_of(must({"list"})).size());
  EXPECT_THAT(must({"--store", "agents:" + copies(), "show", std::string("claude:") + kClaudeId}),
              HasSubstr("Mend the parser"));
}

TEST_F(Import, ARawCopyOfACompressedSessionIsImportedAndReadAsTheSession) {
  const unsigned char bytes[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x81, 0x00, 0x00,
                                 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 0x0a, 0x7b,
                                 0x22, 0x61, 0x22, 0x3a, 0x32, 0x7d, 0x0a};
  const std::string packed(reinterpret_cast<const char*>(bytes), sizeof bytes);
  put(".codex/archived_sessions/rollout-z.jsonl.zst", packed);
  const std::string raw = must({"load", "codex:z", "--file"});
  EXPECT_EQ(raw, packed);
  put("backup/rollout-z.jsonl.zst", raw);
  must({"import", folder() + "/backup", "--to", folder() + "/copies"});
  const std::string copies = "agents:" + folder() + "/copies";
  EXPECT_EQ(must({"--store", copies, "load", "@1"}), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(must({"--store", copies, "load", "@1", "--file"}), packed);
}

TEST_F(Import, ASecondRunCopiesNothingAndSaysSo) {
  must({"import"});
  EXPECT_THAT(must({"import"}), HasSubstr("nothing new: 5 files"));
  EXPECT_THAT(must({"import", "--json"}),
              AllOf(HasSubstr(R"("copied":0)"), HasSubstr(R"("unchanged":5)")));
}

TEST_F(Import, ADeletionAtTheSourceDeletesNothingHere) {
  must({"import"});
  const std::string before = read_whole(copy_of(claude_path(kClaudeId)));
  fs::remove_all(folder() + "/.claude/projects");
  must({"import"});
  EXPECT_EQ(read_whole(copy_of(claude_path(kClaudeId))), before);
}

TEST_F(Import, ARewrittenFileKeepsItsOlderContentBesideTheNew) {
  must({"import"});
  const std::string before = read_whole(copy_of(claude_path(kClaudeId)));
  put(claude_path(kClaudeId), claude_session("Another question"));
  EXPECT_THAT(must({"import"}), AllOf(HasSubstr("1 rewritten"), HasSubstr(".before-1")));
  EXPECT_EQ(read_whole(copy_of(claude_path(kClaudeId)) + ".before-1"), before);
  EXPECT_EQ(read_whole(copy_of(claude_path(kClaudeId))),
            read_whole(folder() + "/" + claude_path(kClaudeId)));
}

TEST_F(Import, ASessionGoesWithWhatBelongsToIt) {
  must({"import", folder() + "/" + claude_path(kClaudeId), "--to", folder() + "/one"});
  const std::string listed = must({"--store", "agents:" + folder() + "/one", "list", "--json"});
  EXPECT_THAT(listed, AllOf(HasSubstr(kClaudeId), Not(HasSubstr(kOtherClaudeId))));
  EXPECT_THAT(must({"import", folder() + "/" + claude_path(kClaudeId), "--to", folder() + "/one"}),
              HasSubstr("2 files"));
}

TEST_F(Import, WhatCannotBeCopiedIsToldAndTheRestGoes) {
  must({"import"});
  // Where its copy belongs stands a folder.
  fs::remove(copy_of(claude_path(kClaudeId)));
  fs::create_directory(copy_of(claude_path(kClaudeId)));
  fs::remove(copy_of(claude_path(kOtherClaudeId)));
  fs::create_symlink("/etc/passwd", folder() + "/.claude/projects/-srv-app/link.jsonl");
  const Ran ran = run({"import"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr(kClaudeId), HasSubstr("a link is not followed")));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("1 copied"), HasSubstr("1 failure")));
}

TEST_F(Import, WrongArgumentsAreToldBeforeAnythingIsWritten) {
  EXPECT_EQ(run({"import", folder() + "/nowhere"}).exit_code, 3);
  EXPECT_EQ(run({"import", "--install"}).exit_code, 2);
  const Ran ran = run({"import", "--to", folder() + "/.claude/projects/copy"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("Claude Code"));
  EXPECT_FALSE(fs::exists(copies()));
  EXPECT_FALSE(fs::exists(folder() + "/.claude/projects/copy"));
}

TEST_F(Import, FollowCopiesWhatComesUntilItIsTold) {
  const auto follower = start({"--json", "import", "--follow"});
  for (int i = 0; i < 5; ++i) EXPECT_THAT(follower->read_line(), HasSubstr(R"("copied")"));
  append_to_file(folder() + "/" + claude_path(kClaudeId), "{\"type\":\"new\"}\n");
  EXPECT_THAT(follower->read_line(), AllOf(HasSubstr(R"("grown")"), HasSubstr(kClaudeId)));
  put(".codex/sessions/2026/08/21/rollout-x.jsonl", "{}\n");
  EXPECT_THAT(follower->read_line(), AllOf(HasSubstr(R"("copied")"), HasSubstr("rollout-x")));
  EXPECT_EQ(run({"import"}).exit_code, 7) << "one process at a time";
  follower->signal(SIGTERM);
  EXPECT_THAT(follower->read_line(), HasSubstr(R"("schema":"everturn.import/1")"));
  EXPECT_EQ(follower->wait(), 128 + SIGTERM);
  EXPECT_EQ(read_whole(copy_of(claude_path(kClaudeId))),
            read_whole(folder() + "/" + claude_path(kClaudeId)));
}

TEST_F(Import, FollowTakesUpFoldersAndAgentsThatComeLater) {
  const auto follower = start({"--json", "import", "--follow"});
  for (int i = 0; i < 5; ++i) EXPECT_THAT(follower->read_line(), HasSubstr(R"("copied")"));
  append_to_file(folder() + "/" + claude_path(kOtherClaudeId), "{}\n");  // not the newest
  EXPECT_THAT(follower->read_line(), AllOf(HasSubstr(R"("grown")"), HasSubstr(kOtherClaudeId)));
  put(".claude/projects/-new/a.jsonl", "{}\n");
  EXPECT_THAT(follower->read_line(), HasSubstr("/-new/a.jsonl"));
  append_to_file(folder() + "/.claude/projects/-new/a.jsonl", "{}\n");
  EXPECT_THAT(follower->read_line(), AllOf(HasSubstr(R"("grown")"), HasSubstr("/-new/a.jsonl")));
  put(".pi/agent/sessions/--p--/2026-08-20T10-02-11_abc.jsonl", "{}\n");
  EXPECT_THAT(follower->read_line(), AllOf(HasSubstr(R"("copied")"), HasSubstr("_abc.jsonl")));
}

TEST_F(Import, AKilledRunIsTakenUpByTheNext) {
  put(".claude/projects/-srv-app/big.jsonl", std::string(32U << 20, 'x'));
  {
    const auto killed = start({"--json", "import", "--follow"});
    EXPECT_THAT(killed->read_line(), HasSubstr("copied"));
    killed->signal(SIGKILL);
    killed->wait();
  }
  must({"import"});
  EXPECT_THAT(must({"import"}), HasSubstr("nothing new: 6 files"));
  for (const auto& entry : fs::recursive_directory_iterator(copies())) {
    EXPECT_THAT(entry.path().string(), Not(EndsWith(".tmp")));
  }
}

TEST_F(Import, InstallWritesAUnitOnceAndNeverOverAnother) {
  set_environment("CODEX_HOME", folder() + "/100% \"$mine\"");
  EXPECT_THAT(must({"import", "--follow", "--install"}),
              AllOf(HasSubstr("daemon-reload"), HasSubstr("enable --now everturn-import.service")));
  const std::string unit = read_whole(unit_path());
  EXPECT_THAT(unit,
              AllOf(HasSubstr("\" \"import\" \"--follow\" \"--to\" \"" + copies() + "\"\n"),
                    HasSubstr("\nSuccessExitStatus=143\n"), HasSubstr("/100%% \\\"$mine\\\"\"\n")));
  EXPECT_FALSE(fs::exists(copies())) << "only the unit is written";
  EXPECT_THAT(must({"import", "--follow", "--install"}), HasSubstr("already"));
  append_to_file(unit_path(), "# mine\n");
  EXPECT_EQ(run({"import", "--follow", "--install"}).exit_code, 4);
  EXPECT_EQ(read_whole(unit_path()), unit + "# mine\n");
}

TEST_F(Import, SystemdFindsNoFaultInTheUnit) {
  if (std::system("systemd-analyze --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "systemd-analyze is not installed";
  }
  set_environment("CODEX_HOME", folder() + "/100% \"$mine\"");
  must({"import", "--follow", "--install", "--to", folder() + "/a $b \"c\" 5%d"});
  const std::string told = folder() + "/told";
  const std::string verify = "XDG_RUNTIME_DIR=" + folder() + " systemd-analyze --user verify " +
                             unit_path() + " >" + told + " 2>&1";
  EXPECT_EQ(std::system(verify.c_str()), 0);
  EXPECT_EQ(read_whole(told), "");
}

TEST_F(Import, AFolderThatTwoVariablesNameIsCopiedOnce) {
  put(".pi/agent/sessions/--p--/2026-08-20T10-02-11_abc.jsonl", "{}\n");
  set_environment("PI_CODING_AGENT_SESSION_DIR", folder() + "/.pi/agent/sessions");
  EXPECT_THAT(must({"import"}), HasSubstr("6 copied"));
}

TEST_F(Import, HostileNamesAreCopiedAndNeutralised) {
  const std::string name = "\x1b[2J\n\xff.jsonl";
  put(".claude/projects/-srv-app/" + name, "{}\n");
  must({"import"});
  put(".claude/projects/-srv-app/" + name, "[]\n");
  const std::string out = must({"import"});
  EXPECT_THAT(out, AllOf(HasSubstr("rewritten"), Not(HasSubstr("\x1b")), Not(HasSubstr("\xff"))));
  EXPECT_EQ(read_whole(copy_of(".claude/projects/-srv-app/" + name)), "[]\n");
}

}  // namespace
}  // namespace everturn::cli_test
