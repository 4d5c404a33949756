// SPDX-License-Identifier: Apache-2.0
// everturn backup, restore.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Backup : public CliTest {
 protected:
  [[nodiscard]] std::string copy() const { return folder() + "/copy"; }
  [[nodiscard]] std::string other() const { return folder() + "/other"; }
};

TEST_F(Backup, GoesToAFolderAndComesBack) {
  append_three("s");
  EXPECT_THAT(must({"backup", copy()}), HasSubstr("1 session, "));
  EXPECT_THAT(must({"restore", copy(), "--to", other()}),
              AllOf(HasSubstr("create  s"), HasSubstr("would be brought back")));
  EXPECT_EQ(run({"--store", other(), "load", "s"}).exit_code, 3);
  must({"restore", copy(), "--to", other(), "--apply"});
  EXPECT_EQ(must({"--store", other(), "load", "s"}), must({"load", "s"}));
}

TEST_F(Backup, TheSecondRunCopiesOnlyWhatIsNew) {
  append_three("s");
  must({"backup", copy()});
  append_three("t");
  EXPECT_THAT(must({"backup", copy(), "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.backup_done/1")"),
                    HasSubstr(R"("sessions":2,"copied_files":1)"),
                    HasSubstr(R"("gone_files":0,"continued":false,"problems":[])")));
}

TEST_F(Backup, WhatIsThereIsLeftAndTheExitStatusTells) {
  append_three("s");
  must({"backup", copy()});
  append_three("s");
  const Ran ran = run({"restore", copy(), "--apply", "--json"});
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_THAT(ran.out, AllOf(HasSubstr(R"("action":"conflict","applied":false)"),
                             HasSubstr(R"("created":0)"), HasSubstr(R"("conflicts":1)")));
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 6U);
}

TEST_F(Backup, DamagedFilesAreLeftOut) {
  append_three("s");
  must({"backup", copy()});
  append_to_file(copy() + "/cw.jsonl", "{}\n");
  const Ran ran = run({"restore", copy(), "--to", other(), "--apply"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, HasSubstr("damaged  s"));
}

TEST_F(Backup, AskedWronglyItSaysHow) {
  append_three("s");
  EXPECT_EQ(run({"backup"}).exit_code, 2);
  EXPECT_EQ(run({"backup", store_path()}).exit_code, 2);
  EXPECT_EQ(run({"backup", store_path() + "/inside"}).exit_code, 2);
  EXPECT_EQ(run({"restore", folder() + "/nowhere"}).exit_code, 3);
  must({"backup", copy()});
  EXPECT_EQ(run({"restore", copy(), "--only", "nobody"}).exit_code, 3);
  EXPECT_THAT(run({"--store", copy(), "append", "s"}, "{}\n").err, HasSubstr("is a backup"));
  EXPECT_EQ(run({"--store", "memory:", "backup", copy()}).exit_code, 2);
}

}  // namespace
}  // namespace everturn::cli_test
