// SPDX-License-Identifier: Apache-2.0
// everturn prune.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Prune : public CliTest {
 protected:
  // A session that was last written so many days ago.
  void put(const std::string& key, int days, std::size_t bytes = 10) {
    must({"append", key, "--quiet"}, "{\"c\":\"" + std::string(bytes, 'x') + "\"}\n");
    for (const auto& file : std::filesystem::directory_iterator(store_path())) {
      if (file.path().extension() != ".jsonl" || files_.contains(file.path())) continue;
      files_.insert(file.path());
      std::filesystem::last_write_time(file.path(), std::filesystem::file_time_type::clock::now() -
                                                        std::chrono::hours(24 * days));
    }
  }

 private:
  std::set<std::string> files_;
};

TEST_F(Prune, APlanChangesNothing) {
  put("old", 100);
  put("new", 1);
  const Ran ran = run({"prune", "--older-than", "90d"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("  old\n"), Not(HasSubstr("  new\n")),
                             HasSubstr("1 session, "), HasSubstr("would go to the trash")));
  must({"load", "old"});
}

TEST_F(Prune, ApplyMovesToTheTrashAndUndeleteBringsBack) {
  put("old", 100);
  put("new", 1);
  must({"prune", "--older-than", "90d", "--apply"});
  EXPECT_EQ(run({"load", "old"}).exit_code, 3);
  must({"load", "new"});
  must({"undelete", "old"});
  must({"load", "old"});
}

TEST_F(Prune, TheNewestAndTheSmallStay) {
  put("a", 100);
  put("b", 200, 5000);
  put("c", 300);
  EXPECT_THAT(must({"prune", "--keep", "1"}),
              AllOf(HasSubstr("  b\n"), HasSubstr("  c\n"), Not(HasSubstr("  a\n"))));
  EXPECT_THAT(must({"prune", "--older-than", "30d", "--min-size", "4K"}),
              AllOf(HasSubstr("  b\n"), HasSubstr("1 session")));
}

TEST_F(Prune, AProjectThatIsGoneIsFoundWithASlashBehindItToo) {
  must({"append", "app"}, R"({"type":"user","uuid":"u","sessionId":"s","cwd":"/gone/app",)"
                          R"("message":{"role":"user","content":"hi"}})");
  for (const char* folder : {"/gone/app", "/gone/app/", "/gone/", "/"}) {
    EXPECT_THAT(must({"prune", "--older-than", "0d", "--project", folder}), HasSubstr("  app\n"))
        << folder;
  }
  EXPECT_THAT(must({"prune", "--older-than", "0d", "--project", "/gone/ap"}),
              HasSubstr("0 sessions"));
}

TEST_F(Prune, JsonTellsWhereItWent) {
  put("old", 100);
  EXPECT_THAT(must({"prune", "--older-than", "90d", "--apply", "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.prune/1","key":"old")"),
                    HasSubstr(R"("applied":true,"trash_id":"2)"),
                    HasSubstr(R"("schema":"everturn.prune_done/1","applied":true,"sessions":1)")));
}

TEST_F(Prune, AskedWronglyItSaysHow) {
  put("old", 100);
  EXPECT_THAT(run({"prune"}).err, HasSubstr("--older-than"));
  EXPECT_EQ(run({"prune", "--older-than", "soon"}).exit_code, 2);
  EXPECT_EQ(run({"--store", "agents:", "prune", "--older-than", "1d"}).exit_code, 2);
}

}  // namespace
}  // namespace everturn::cli_test
