// SPDX-License-Identifier: Apache-2.0
// everturn rescue.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Rescue : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    put_sessions();
  }
  [[nodiscard]] std::string source() const { return folder() + "/" + claude_path(kClaudeId); }
  [[nodiscard]] std::string copy() const { return folder() + "/copy.jsonl"; }
};

TEST_F(Rescue, ADamagedSessionBecomesOneThatItsAgentFinds) {
  append_to_file(source(), "{\"type\":\"user\",\"torn\n" +
                               claude_record("u9", "gone", "user", "\"still here\""));
  const std::string before = read_whole(source());
  EXPECT_EQ(run({"doctor", "@1"}).exit_code, 5);
  const Ran ran = run({"rescue", "@1", "--to", copy()});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("5 records"), HasSubstr("1 x damaged place left out"),
                             HasSubstr("1 x record attached"), HasSubstr("copy.jsonl.receipt")));
  EXPECT_THAT(ran.err, HasSubstr("not tried"));
  EXPECT_EQ(read_whole(source()), before);
  EXPECT_THAT(must({"doctor", copy()}), Not(HasSubstr("hides")));
  EXPECT_THAT(read_whole(copy() + ".receipt"),
              AllOf(HasSubstr(R"("action":"left_out")"), HasSubstr(R"("from":"gone","to":"a2")"),
                    HasSubstr(R"("schema":"everturn.rescue/1")")));
}

TEST_F(Rescue, AnExistingFileIsNeverOverwritten) {
  put("copy.jsonl", "mine\n");
  EXPECT_EQ(run({"rescue", "@1", "--to", copy()}).exit_code, 4);
  EXPECT_EQ(run({"rescue", "@1", "--to", source()}).exit_code, 4);
  EXPECT_EQ(read_whole(copy()), "mine\n");
  EXPECT_FALSE(std::filesystem::exists(copy() + ".receipt"));
}

TEST_F(Rescue, ASessionGoesIntoAFolderWithItsSubAgents) {
  must({"rescue", "@1", "--to", folder() + "/rescued/"});
  const std::string id = kClaudeId;
  EXPECT_EQ(read_whole(folder() + "/rescued/" + id + ".jsonl"), read_whole(source()));
  EXPECT_TRUE(std::filesystem::exists(folder() + "/rescued/" + id + "/subagents/agent-7.jsonl"));
}

// Of Claude Code's session folder: a tool result with any bytes, and what is told of a sub-agent.
class RescueUnit : public Rescue {
 protected:
  void SetUp() override {
    Rescue::SetUp();
    put(unit() + "/tool-results/toolu_1.txt", result_);
    put(unit() + "/tool-results/rows.jsonl", "{\"torn\n{}\n");
    put(unit() + "/subagents/agent-7.meta.json", "{\"agentType\": \"explore\"}");
    std::filesystem::create_symlink("/etc/passwd", folder() + "/" + unit() + "/link.txt");
  }
  [[nodiscard]] static std::string unit() {
    return std::string(".claude/projects/-srv-app/") + kClaudeId;
  }
  void expect_all_copied(const std::string& to) const {
    const std::string at = to + "/" + kClaudeId;
    EXPECT_EQ(read_whole(at + "/tool-results/toolu_1.txt"), result_);
    EXPECT_EQ(read_whole(at + "/tool-results/rows.jsonl"), "{\"torn\n{}\n");
    EXPECT_EQ(read_whole(at + "/subagents/agent-7.meta.json"), "{\"agentType\": \"explore\"}");
    EXPECT_EQ(read_whole(at + "/subagents/agent-7.jsonl"), claude_session("Look for callers"));
    EXPECT_THAT(
        read_whole(at + ".jsonl.receipt"),
        AllOf(HasSubstr(R"("schema":"everturn.rescue_file/1","action":"copied")"),
              HasSubstr("toolu_1.txt"), HasSubstr("agent-7.meta.json"), HasSubstr(R"("files":3)")));
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(at + "/link.txt")));
  }
  const std::string result_ = std::string("\0\xff\r\n", 4);
};

TEST_F(RescueUnit, ToolResultsAndWhatIsToldOfSubAgentsGoWithASession) {
  const Ran ran = run({"rescue", "@1", "--to", folder() + "/rescued/"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("and 3 files that belong"));
  EXPECT_THAT(ran.err, HasSubstr("link.txt: a link is not followed"));
  expect_all_copied(folder() + "/rescued");
}

TEST_F(RescueUnit, AFolderGoesWithThemAndSoDoesASessionNamedByItsPath) {
  must({"rescue", folder() + "/.claude", "--to", folder() + "/all"});
  expect_all_copied(folder() + "/all/projects/-srv-app");
  must({"rescue", folder() + "/.claude/projects/-srv-app", "--to", folder() + "/project"});
  expect_all_copied(folder() + "/project");
  must({"rescue", source(), "--to", folder() + "/one/"});
  expect_all_copied(folder() + "/one");
}

TEST_F(RescueUnit, IntoAFileTheyAreToldToBeLeftOut) {
  const Ran ran = run({"rescue", "@1", "--to", copy()});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("was not copied (4 files"));
  EXPECT_FALSE(std::filesystem::exists(folder() + "/" + kClaudeId));
}

TEST_F(RescueUnit, ARunThatWasCutOffIsTakenUpAndNothingIsOverwritten) {
  const std::string at = std::string("rescued/") + kClaudeId;
  put(at + "/tool-results/toolu_1.txt", result_);  // as that run left it
  must({"rescue", "@1", "--to", folder() + "/rescued/"});
  expect_all_copied(folder() + "/rescued");
  put("other/" + std::string(kClaudeId) + "/tool-results/toolu_1.txt", "mine");
  const Ran ran = run({"rescue", "@1", "--to", folder() + "/other/"});
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_THAT(ran.err, HasSubstr("toolu_1.txt exists already"));
  EXPECT_EQ(read_whole(folder() + "/other/" + kClaudeId + ".jsonl"), read_whole(source()));
  EXPECT_EQ(read_whole(folder() + "/other/" + kClaudeId + "/tool-results/toolu_1.txt"), "mine");
  EXPECT_THAT(read_whole(folder() + "/other/" + kClaudeId + ".jsonl.receipt"),
              HasSubstr(R"("action":"not_copied")"));
}

TEST_F(RescueUnit, NothingOfTheSourceIsTouched) {
  const auto state = [this] {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() + "/.claude")) {
      const auto changed = std::filesystem::is_symlink(entry)
                               ? std::filesystem::file_time_type()
                               : std::filesystem::last_write_time(entry);
      found[entry.path()] = std::to_string(changed.time_since_epoch().count()) +
                            (entry.is_regular_file() ? read_whole(entry.path()) : "");
    }
    return found;
  };
  const auto before = state();
  must({"rescue", folder() + "/.claude", "--to", folder() + "/all"});
  must({"rescue", "@1", "--to", folder() + "/one/"});
  EXPECT_EQ(state(), before);
}

TEST_F(Rescue, AFolderIsRescuedAsAWhole) {
  must({"rescue", folder() + "/.claude", "--to", folder() + "/rescued"});
  const std::string at = folder() + "/rescued/projects/-srv-app/";
  EXPECT_TRUE(std::filesystem::exists(at + kClaudeId + ".jsonl"));
  EXPECT_TRUE(std::filesystem::exists(at + kOtherClaudeId + ".jsonl"));
}

TEST_F(Rescue, WhatOfAFolderIsPassedOverIsTold) {
  std::filesystem::create_directory_symlink("/etc", folder() + "/.claude/projects/etc");
  const Ran ran = run({"rescue", folder() + "/.claude", "--to", folder() + "/rescued"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("not copied: a link is not followed: " + folder()));
}

TEST_F(Rescue, AMovedProjectIsGivenItsNewPlace) {
  const Ran ran = run({"rescue", "@1", "--to", copy(), "--relocate", "/srv/app=/home/me/app/"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(read_whole(copy()),
              AllOf(HasSubstr(R"("cwd":"/home/me/app")"), Not(HasSubstr("/srv/app"))));
  EXPECT_THAT(ran.err, HasSubstr("projects/-home-me-app"));
  EXPECT_EQ(run({"rescue", "@1", "--to", copy() + "2", "--relocate", "here"}).exit_code, 2);
}

TEST_F(Rescue, WhatCannotBeRescuedIsToldAndLeavesNothing) {
  put("bad.jsonl", "{\"torn\n");
  EXPECT_EQ(run({"rescue", folder() + "/bad.jsonl", "--to", copy()}).exit_code, 2);
  EXPECT_EQ(run({"rescue", "nobody", "--to", copy()}).exit_code, 3);
  EXPECT_EQ(run({"rescue", "@1"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(copy()));
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
  }
}

TEST_F(Rescue, JsonTellsTheCounts) {
  EXPECT_THAT(must({"rescue", "@1", "--to", copy(), "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.rescued/1")"), HasSubstr(R"("records":4)"),
                    HasSubstr(R"("resumable":"same format")")));
}

}  // namespace
}  // namespace everturn::cli_test
