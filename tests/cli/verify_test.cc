// SPDX-License-Identifier: Apache-2.0
// everturn verify and everturn seal, with processes that take turns at one session.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Verify : public CliTest {
 protected:
  // In the same file, as a bad disk or a careless script does it.
  void overwrite(const std::string& what, const std::string& with) {
    const std::string path = only_session_file();
    const std::size_t at = read_whole(path).find(what);
    ASSERT_NE(at, std::string::npos);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << with;
  }
  [[nodiscard]] std::vector<std::filesystem::path> cache_files() const {
    std::vector<std::filesystem::path> files;
    const std::string cache = store_path() + "/.everturn/cache";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
};

TEST_F(Verify, ProcessesThatTakeTurnsSealOneChain) {
  for (int i = 0; i < 4; ++i) must({"append", "s"}, "{\"n\":" + std::to_string(i) + "}");
  EXPECT_THAT(must({"verify", "s"}), StartsWith("s: sealed: 5 lines"));
  EXPECT_THAT(must({"verify", "--all", "--json"}),
              AllOf(HasSubstr("\"status\":\"sealed\""), HasSubstr("\"unsealed_bytes\":0")));
}

TEST_F(Verify, AnAlteredLineIsNamedAndTheExitStatusIsDamaged) {
  append_three("s");
  must({"append", "s"}, "{\"n\":\"d\"}");
  overwrite("\"b\"", "\"x\"");
  const Ran ran = run({"verify", "s"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, AllOf(StartsWith("s: altered"), HasSubstr("line 3 is not what was sealed")));
  EXPECT_THAT(run({"verify", "s", "--json"}).out,
              AllOf(HasSubstr("\"alarm\":true"), HasSubstr("\"line\":3,")));
  EXPECT_EQ(run({"seal", "s"}).exit_code, 5);
  must({"seal", "s", "--anew"});
  must({"verify", "s"});
}

TEST_F(Verify, ATruncatedFileIsAnAlarmAndAGrownOneIsNot) {
  append_three("s");
  append_to_file(only_session_file(), "{\"foreign\":1}\n{\"torn");
  EXPECT_THAT(must({"verify", "s"}), AllOf(HasSubstr("unsealed: bytes"), HasSubstr("crash tail")));
  must({"append", "s"}, "{}");
  EXPECT_THAT(must({"verify", "s"}), HasSubstr("all of it"));
  const auto size = std::filesystem::file_size(only_session_file());
  std::filesystem::resize_file(only_session_file(), size - 5);
  const Ran ran = run({"verify", "s"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, StartsWith("s: truncated"));
}

TEST_F(Verify, AHeadKeptElsewhereFindsWhoForgedTheSeals) {
  append_three("s");
  const std::string head = lines_of(must({"seal", "head", "s"})).at(0);
  must({"append", "s"}, "{}");
  EXPECT_THAT(must({"verify", "s", "--head", head}), HasSubstr("head: fits"));
  overwrite("\"b\"", "\"x\"");
  must({"seal", "s", "--anew"});
  must({"verify", "s"});
  EXPECT_EQ(run({"verify", "s", "--head", head}).exit_code, 5);
  EXPECT_EQ(run({"verify", "s", "--head", "es1.0.1.x"}).exit_code, 2);
  EXPECT_EQ(run({"verify", "s", "t", "--head", head}).exit_code, 2);
}

TEST_F(Verify, OtherProgramsFoldersHaveNoSealsAndNoAlarm) {
  const std::string other = folder() + "/other";
  std::filesystem::create_directories(other);
  append_to_file(other + "/x.jsonl", "{\"role\":\"user\"}\n");
  EXPECT_THAT(must({"verify", other + "/x.jsonl"}), HasSubstr(": unsealed"));
  append_to_file(other + "/.session-files.lock", "");
  append_to_file(other + "/telegram_1.jsonl", "{\"_type\":\"metadata\",\"key\":\"telegram:1\"}\n");
  must({"--store", other, "append", "telegram:1"}, "{\"role\":\"user\",\"content\":\"hi\"}");
  EXPECT_FALSE(std::filesystem::exists(other + "/.everturn"));
  EXPECT_THAT(must({"--store", other, "verify", "telegram:1"}), HasSubstr(": unsealed"));
}

TEST_F(Verify, WithoutTheCacheEverythingElseIsAsItWas) {
  append_three("s");
  const std::string list = must({"list"});
  const std::string load = must({"load", "s"});
  for (const char* with : {"", "garbage\n", "{\"seal\":\"to\"}\n"}) {
    ASSERT_GE(cache_files().size(), 1U);
    for (const auto& file : cache_files()) std::ofstream(file, std::ios::trunc) << with;
    EXPECT_EQ(must({"list"}), list);
    EXPECT_EQ(must({"load", "s"}), load);
    EXPECT_THAT(must({"verify", "s"}), StartsWith("s: unsealed"));
  }
  std::filesystem::remove_all(store_path() + "/.everturn/cache");
  EXPECT_EQ(must({"load", "s"}), load);
  must({"append", "s"}, "{}");
  EXPECT_THAT(must({"verify", "s"}), StartsWith("s: sealed: 5 lines"));
}

TEST_F(Verify, ARepairSaysWhetherWhatWasDurableIsDamaged) {
  append_three("s");
  append_to_file(only_session_file(), "{\"torn\":");
  EXPECT_THAT(run({"repair", "s"}).err, HasSubstr("as crashes leave it"));
  overwrite("\"b\"", "\"\x01\"");
  const Ran ran = run({"repair", "s"});
  EXPECT_THAT(ran.err, HasSubstr("alarm: "));
  EXPECT_THAT(run({"repair", "s", "--json"}).out, Not(HasSubstr("\"alarms\":0")));
}

}  // namespace
}  // namespace everturn::cli_test
