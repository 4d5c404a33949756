// SPDX-License-Identifier: Apache-2.0
// everturn rescue.
#include <gmock/gmock.h>

#include <filesystem>

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

TEST_F(Rescue, AFolderIsRescuedAsAWhole) {
  must({"rescue", folder() + "/.claude", "--to", folder() + "/rescued"});
  const std::string at = folder() + "/rescued/projects/-srv-app/";
  EXPECT_TRUE(std::filesystem::exists(at + kClaudeId + ".jsonl"));
  EXPECT_TRUE(std::filesystem::exists(at + kOtherClaudeId + ".jsonl"));
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
