// SPDX-License-Identifier: Apache-2.0
// everturn pack, unpack.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Pack : public CliTest {
 protected:
  void fill(const std::string& key) {
    std::string records;
    for (int i = 0; i < 100; ++i) {
      records += R"({"role":"user","content":"needle )" + std::to_string(i) + "\"}\n";
    }
    must({"append", key, "--quiet"}, records);
  }
  [[nodiscard]] std::size_t packed_files() const {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(store_path())) {
      count += file.path().extension() == ".zst" ? 1 : 0;
    }
    return count;
  }
};

TEST_F(Pack, EveryReadingCommandGoesOn) {
  fill("s");
  const std::string load = must({"load", "s"});
  const std::string history = must({"history", "s"});
  must({"pack", "s"});
  EXPECT_EQ(packed_files(), 1U);
  EXPECT_EQ(must({"load", "s"}), load);
  EXPECT_EQ(must({"history", "s"}), history);
  EXPECT_THAT(must({"list"}), HasSubstr("s\t"));
  EXPECT_THAT(must({"show", "s"}), HasSubstr("needle 99"));
  EXPECT_THAT(must({"export", "s", "--format", "md"}), HasSubstr("needle 99"));
  EXPECT_THAT(must({"load", "s", "--last", "1"}), HasSubstr("needle 99"));
  must({"append", "s", "--quiet"}, "{}\n");
  EXPECT_EQ(packed_files(), 0U);
  EXPECT_EQ(must({"load", "s"}), load + "{}\n");
}

TEST_F(Pack, ByAgeAndBack) {
  fill("s");
  fill("t");
  EXPECT_THAT(must({"pack", "--older-than", "1d"}), HasSubstr("0 sessions packed"));
  EXPECT_THAT(must({"pack", "s", "t", "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.pack/1","key":"s","changed":true)"),
                    HasSubstr(R"("key":"t")")));
  EXPECT_EQ(packed_files(), 2U);
  EXPECT_THAT(must({"unpack", "--all"}), HasSubstr("2 sessions unpacked"));
  EXPECT_EQ(packed_files(), 0U);
}

TEST_F(Pack, AskedWronglyItSaysHow) {
  fill("s");
  EXPECT_EQ(run({"pack"}).exit_code, 2);
  EXPECT_EQ(run({"pack", "s", "--older-than", "1d"}).exit_code, 2);
  EXPECT_EQ(run({"unpack"}).exit_code, 2);
  EXPECT_EQ(run({"pack", "nobody"}).exit_code, 3);
  append_to_file(store_path() + "/.session-files.lock", "");
  EXPECT_THAT(run({"pack", "s"}).err, HasSubstr("nanobot"));
}

}  // namespace
}  // namespace everturn::cli_test
