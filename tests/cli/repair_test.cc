// SPDX-License-Identifier: Apache-2.0
// everturn repair, and what du and store say of the quarantine.
#include <gmock/gmock.h>

#include <filesystem>
#include <regex>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// The first match of the group in `text`, or "".
std::string find(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : "";
}

class Repair : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    set_environment("XDG_STATE_HOME", folder() + "/state");
  }
  // A session of three records with a torn one and a foreign line behind them.
  void make_damaged(const std::string& key) {
    append_three(key);
    append_to_file(only_session_file(), "{\"role\":\"user\",\"con\n%PDF-1.7\n");
    damaged_ = read_whole(only_session_file());
  }
  // A file of nobody's store.
  std::string make_file(const std::string& name = "x.jsonl") {
    std::filesystem::create_directories(folder() + "/other");
    const std::string path = folder() + "/other/" + name;
    append_to_file(path, kFile);
    return path;
  }
  const std::string kFile = "{\"a\":1}{\"a\":2}\n{\"a\":\"torn";
  std::string damaged_;
};

TEST_F(Repair, PlanExitsWith5AndChangesNothing) {
  make_damaged("s");
  const auto time = std::filesystem::last_write_time(only_session_file());
  const Ran ran = run({"repair", "s"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("set_aside"), HasSubstr("torn"), HasSubstr("not_json")));
  EXPECT_THAT(ran.err, HasSubstr("repair --apply s"));
  EXPECT_EQ(read_whole(only_session_file()), damaged_);
  EXPECT_EQ(std::filesystem::last_write_time(only_session_file()), time);
  EXPECT_FALSE(std::filesystem::exists(store_path() + "/.everturn/quarantine"));
}

TEST_F(Repair, HealthySessionHasNothingToRepair) {
  append_three("s");
  const std::string before = read_whole(only_session_file());
  EXPECT_THAT(must({"repair", "s"}), HasSubstr("nothing to repair"));
  EXPECT_THAT(must({"repair", "--apply", "s"}), HasSubstr("nothing to repair"));
  EXPECT_EQ(read_whole(only_session_file()), before);
}

TEST_F(Repair, ApplySaysHowToUndoIt) {
  make_damaged("s");
  const std::string said = must({"repair", "--apply", "s"});
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
  EXPECT_EQ(run({"repair", "s"}).exit_code, 0);
  const std::string id = find(said, "repair --undo ([0-9a-f]+)");
  ASSERT_NE(id, "") << said;
  EXPECT_THAT(must({"repair", "--receipts"}), HasSubstr(id));
  must({"repair", "--undo", id});
  EXPECT_EQ(read_whole(only_session_file()), damaged_);
}

TEST_F(Repair, UndoKeepsWhatCameLater) {
  make_damaged("s");
  const std::string said = must({"repair", "--apply", "s"});
  append_three("s");
  must({"repair", "--undo", find(said, "repair --undo ([0-9a-f]+)")});
  EXPECT_TRUE(read_whole(only_session_file()).starts_with(damaged_));
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 6U);
}

TEST_F(Repair, FileOfNobodysStoreIsRepairedAndUndoneByItsReceipt) {
  const std::string file = make_file();
  EXPECT_EQ(run({"repair", file}).exit_code, 5);
  const std::string said = must({"repair", "--apply", file});
  EXPECT_EQ(read_whole(file), "{\"a\":1}\n{\"a\":2}\n");
  const std::string receipt = find(said, "repair --undo (\\S+)");
  EXPECT_THAT(receipt, HasSubstr(folder() + "/state/"));
  must({"repair", "--undo", receipt});
  EXPECT_EQ(read_whole(file), kFile);
}

TEST_F(Repair, PartialAndInPlaceAreOffered) {
  const std::string file = make_file();
  must({"repair", "--apply", "--partial", file});
  EXPECT_THAT(read_whole(file), HasSubstr("{\"a\":\"torn\",\"everturn_partial\":true}"));
  const std::string other = make_file("y.jsonl");
  append_to_file(other, "\n");
  must({"repair", "--apply", "--in-place", other});
  EXPECT_EQ(read_whole(other).size(), kFile.size() + 1);
  EXPECT_THAT(read_whole(other), Not(HasSubstr("torn")));
  EXPECT_EQ(run({"repair", "--apply", "--in-place", "--partial", other}).exit_code, 2);
}

TEST_F(Repair, ToAFileLeavesTheOldOne) {
  const std::string file = make_file();
  const std::string fresh = folder() + "/fresh.jsonl";
  must({"repair", file, "--to", fresh});
  EXPECT_EQ(read_whole(fresh), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(read_whole(file), kFile);
  EXPECT_EQ(run({"repair", file, "--to", fresh}).exit_code, 4);
  EXPECT_EQ(run({"repair", file, file, "--to", fresh}).exit_code, 2);
}

TEST_F(Repair, MissingTargetDoesNotStopTheOthers) {
  make_damaged("s");
  const std::string file = make_file();
  const Ran ran = run({"repair", "--apply", "nobody", "s", file});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.err, HasSubstr("nobody"));
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
  EXPECT_EQ(read_whole(file), "{\"a\":1}\n{\"a\":2}\n");
}

TEST_F(Repair, MissingReceiptIsNotFound) {
  append_three("s");
  EXPECT_EQ(run({"repair", "--undo", "0123456789abcdef"}).exit_code, 3);
  EXPECT_EQ(run({"repair", "--undo", folder() + "/none.json"}).exit_code, 3);
  EXPECT_EQ(run({"repair", "--undo", "not-a-receipt"}).exit_code, 3);
  EXPECT_EQ(run({"repair", "--receipts"}).exit_code, 1);
  EXPECT_EQ(run({"repair"}).exit_code, 2);
  EXPECT_EQ(run({"repair", "s", "--receipts"}).exit_code, 2);
}

TEST_F(Repair, JsonTellsThePlanAndTheReceipt) {
  make_damaged("s");
  const Ran plan = run({"repair", "--json", "s"});
  EXPECT_EQ(plan.exit_code, 5);
  EXPECT_EQ(lines_of(plan.out).size(), 1U);
  EXPECT_THAT(
      plan.out,
      AllOf(HasSubstr(R"("schema":"everturn.repair/1")"), HasSubstr(R"("key":"s")"),
            HasSubstr(R"("applied":false)"), HasSubstr(R"("has_work":true)"),
            HasSubstr(R"("set_aside":2)"), HasSubstr(R"("step_count":2)"),
            HasSubstr(R"("action":"set_aside","reason":"torn")"), Not(HasSubstr("receipt"))));
  const std::string done = must({"repair", "--json", "--apply", "s"});
  const std::string id = find(done, R"_("receipt":"([0-9a-f]+)")_");
  EXPECT_THAT(done, AllOf(HasSubstr(R"("applied":true)"), HasSubstr(R"("version":")")));
  EXPECT_THAT(must({"repair", "--json", "--receipts"}),
              AllOf(HasSubstr(R"("schema":"everturn.receipt/1")"), HasSubstr(id)));
  EXPECT_THAT(must({"repair", "--json", "--undo", id}), HasSubstr(R"("schema":"everturn.undo/1")"));
}

TEST_F(Repair, DuAndStoreInfoShowTheQuarantine) {
  make_damaged("s");
  EXPECT_THAT(must({"du", "--json"}), HasSubstr(R"("receipts":0)"));
  must({"repair", "--apply", "s"});
  EXPECT_THAT(must({"du", "--json"}),
              AllOf(HasSubstr(R"("receipts":1)"), Not(HasSubstr(R"("quarantine_bytes":0)"))));
  EXPECT_THAT(must({"store", "info"}), ContainsRegex("quarantine +1, "));
}

}  // namespace
}  // namespace everturn::cli_test
