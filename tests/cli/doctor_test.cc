// SPDX-License-Identifier: Apache-2.0
// everturn doctor.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const std::string kToken = "gh" + std::string("p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");

class Doctor : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    put_sessions();
  }
  [[nodiscard]] std::string path() const { return folder() + "/" + claude_path(kClaudeId); }
};

TEST_F(Doctor, HealthySessionsNeedNothing) {
  const Ran ran = run({"doctor"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("5 sessions"), HasSubstr("5 sound"),
                             HasSubstr("Nothing needs to be done")));
}

TEST_F(Doctor, NoSessionIsNoCleanBill) {
  std::filesystem::remove_all(folder() + "/.claude");
  std::filesystem::remove_all(folder() + "/.codex");
  std::filesystem::remove_all(folder() + "/.gemini");
  const Ran ran = run({"doctor"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, AllOf(StartsWith("No sessions were found; "),
                             HasSubstr("`everturn sources --all` shows where")));
  EXPECT_EQ(run({"doctor", folder()}).exit_code, 1);
}

TEST_F(Doctor, DamageIsToldWithItsRemedyAndExitStatus) {
  append_to_file(path(), "{\"type\":\"user\",\"torn\n{}\n");
  const Ran ran = run({"doctor"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("claude:" + std::string(kClaudeId) + "  Mend the parser"),
                             HasSubstr("damage: 1 place"), HasSubstr("4 sound, 1 damaged"),
                             HasSubstr("everturn repair " + path())));
}

TEST_F(Doctor, HiddenMessagesAreNoDamage) {
  append_to_file(path(), claude_record("u9", "gone", "user", "\"still here\""));
  const Ran ran = run({"doctor", "@1"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("hides messages: 4 messages are in the file"),
                             HasSubstr("What to do next:"), HasSubstr("everturn rescue ")));
}

TEST_F(Doctor, SecretsAreCountedAndNeverPrinted) {
  append_to_file(path(), claude_record("u9", "a2", "user", "\"use " + kToken + "\""));
  for (const Arguments& how : std::vector<Arguments>{
           {"doctor"}, {"doctor", "@1"}, {"doctor", "--notes"}, {"doctor", "--json"}}) {
    const Ran ran = run(how);
    EXPECT_THAT(ran.out, Not(HasSubstr(kToken.substr(4, 8))));
    EXPECT_THAT(ran.err, Not(HasSubstr(kToken.substr(4, 8))));
  }
  EXPECT_THAT(must({"doctor", "@1"}), HasSubstr("1 GitHub token in 1 place"));
  EXPECT_THAT(must({"doctor", "--json", "@1"}),
              HasSubstr(R"("secrets":{"github_token":{"distinct":1,"places":1}})"));
}

TEST_F(Doctor, TitlesWithSecretsAreNotPrinted) {
  std::filesystem::remove(path());
  append_to_file(path(), claude_record("u1", "", "user", "\"use " + kToken + "\"") + "{}{}\n");
  const Ran ran = run({"doctor"});
  EXPECT_EQ(ran.exit_code, 5) << ran.out;
  EXPECT_THAT(ran.out, Not(HasSubstr(kToken.substr(4, 8))));
}

TEST_F(Doctor, JsonIsOneObjectASessionAndASum) {
  append_to_file(path(), "{}{}\n");
  const Ran ran = run({"doctor", "--json"});
  EXPECT_EQ(ran.exit_code, 5);
  const std::vector<std::string> lines = lines_of(ran.out);
  ASSERT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines[0], AllOf(StartsWith(R"({"schema":"everturn.examination/1")"),
                              HasSubstr(R"("health":"damage")"), HasSubstr(R"("kind":"glued")")));
  EXPECT_THAT(lines[5], AllOf(StartsWith(R"({"schema":"everturn.doctor/1","sessions":5)"),
                              HasSubstr(R"("damaged":1)")));
}

TEST_F(Doctor, AFolderIsExaminedByItsLayout) {
  put("backup/old/x.jsonl", claude_session("From the backup"));
  EXPECT_THAT(must({"doctor", folder() + "/.claude"}), HasSubstr("3 sessions"));
  EXPECT_THAT(must({"doctor", folder() + "/backup"}), HasSubstr("files:old/x"));
  EXPECT_THAT(must({"doctor", path()}), HasSubstr("Mend the parser"));
  EXPECT_EQ(run({"doctor", folder() + "/nothing"}).exit_code, 3);
}

TEST_F(Doctor, SessionsThatAreGoneAreKnownByName) {
  put(".claude/history.jsonl", R"({"display":"x","project":"/srv/old","sessionId":"lost-one"})"
                               "\n");
  const Ran ran = run({"doctor"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("Known only by name"), HasSubstr("claude:lost-one"),
                             HasSubstr("/srv/old"), HasSubstr("cleanupPeriodDays")));
  EXPECT_THAT(must({"doctor", "--json"}),
              HasSubstr(R"("schema":"everturn.trace/1","key":"claude:lost-one")"));
}

TEST_F(Doctor, AStoreIsExaminedToo) {
  must({"append", "mine"}, "{\"role\":\"user\",\"content\":\"hi\"}");
  EXPECT_THAT(must({"doctor"}), AllOf(HasSubstr("1 session,"), HasSubstr("1 sound")));
  EXPECT_THAT(must({"doctor", "--all"}), HasSubstr("6 sessions"));
  EXPECT_THAT(must({"doctor", folder() + "/.local/share/everturn"}), HasSubstr("mine"));
}

TEST_F(Doctor, WhatCannotBeReadIsToldAndTheRestExamined) {
  std::filesystem::create_directory_symlink("/etc", folder() + "/.claude/projects/etc");
  std::filesystem::permissions(path(), std::filesystem::perms::none);
  const Ran ran = run({"doctor"});
  std::filesystem::permissions(path(), std::filesystem::perms::owner_all);
  EXPECT_THAT(ran.err, HasSubstr("a link is not followed"));
  EXPECT_THAT(ran.out, HasSubstr(" sound"));
}

TEST_F(Doctor, NothingIsChanged) {
  append_to_file(path(), "{\"torn");
  const std::string before = read_whole(path());
  run({"doctor", "--all"});
  EXPECT_EQ(read_whole(path()), before);
  EXPECT_FALSE(std::filesystem::exists(folder() + "/.local"));
}

TEST_F(Doctor, HostileContentStaysOffTheTerminal) {
  put(".claude/projects/-x/s9.jsonl", claude_session("\\u001b[2Jgone\\u202e") + "{\"torn\n{}\n");
  put(".claude/history.jsonl", R"({"project":"/\u001b[2J","sessionId":"\u001b[31mred"})"
                               "\n");
  const std::string shown = run_on_terminal({"doctor", "--color", "never"}).out;
  EXPECT_THAT(shown, AllOf(Not(HasSubstr("\x1b[2J")), Not(HasSubstr("\x1b[31m")),
                           Not(HasSubstr("\u202e"))));
}

}  // namespace
}  // namespace everturn::cli_test
