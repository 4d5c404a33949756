// SPDX-License-Identifier: Apache-2.0
#include "journal/durable_names.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

class DurableNamesTest : public ::testing::Test {
 protected:
  DurableNamesTest() { add("a"); }

  void add(std::string_view name) { must(folder_->open(name, Access::create_new)); }
  void wait() { disk_.sleep_ns(1'000'000'000); }
  std::uint64_t syncs() const { return disk_.count("sync_folder"); }

  SimFs disk_;
  std::unique_ptr<Folder> folder_ = must(disk_.open_folder("/store", true));
  DurableNames names_{disk_, *folder_};
};

TEST_F(DurableNamesTest, NamesAreMadeDurable) {
  ASSERT_TRUE(names_.ensure().ok());
  EXPECT_TRUE(disk_.durable_file("/store/a").has_value());
}

TEST_F(DurableNamesTest, QuietFolderIsSyncedOnce) {
  wait();
  const std::uint64_t before = syncs();
  ASSERT_TRUE(names_.ensure().ok());
  ASSERT_TRUE(names_.ensure().ok());
  EXPECT_EQ(syncs(), before + 1);
}

TEST_F(DurableNamesTest, NewNameIsSyncedAgain) {
  wait();
  ASSERT_TRUE(names_.ensure().ok());
  add("b");
  ASSERT_TRUE(names_.ensure().ok());
  EXPECT_TRUE(disk_.durable_file("/store/b").has_value());
}

TEST_F(DurableNamesTest, NameWithinTheSameTickIsNotForgotten) {
  ASSERT_TRUE(names_.ensure().ok());  // the folder changed a moment ago: not remembered
  const std::uint64_t before = syncs();
  ASSERT_TRUE(names_.ensure().ok());
  EXPECT_EQ(syncs(), before + 1);
}

TEST_F(DurableNamesTest, FailedSyncIsReportedAndNotRemembered) {
  wait();
  disk_.fail_next("sync_folder", EIO);
  EXPECT_EQ(names_.ensure().code(), Code::io);
  const std::uint64_t before = syncs();
  EXPECT_TRUE(names_.ensure().ok());
  EXPECT_EQ(syncs(), before + 1);
}

}  // namespace
}  // namespace everturn
