// SPDX-License-Identifier: Apache-2.0
#include "journal/replace.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

class ReplacementTest : public ::testing::Test {
 protected:
  ReplacementTest() { disk_.write_file("/store/x.jsonl", "old\n"); }

  std::unique_ptr<Replacement> begin(File* model = nullptr) {
    return must(Replacement::begin(*folder_, "x.jsonl", ".x.tmp", model));
  }
  Status replace(const std::string& bytes) {
    const auto fresh = begin();
    EXPECT_TRUE(fresh->write(bytes).ok());
    return fresh->publish(true);
  }
  [[nodiscard]] std::string content() const {
    return disk_.read_file("/store/x.jsonl").value_or("(none)");
  }
  [[nodiscard]] bool has_leftover() const { return disk_.read_file("/store/.x.tmp").has_value(); }

  SimFs disk_;
  std::unique_ptr<Folder> folder_ = must(disk_.open_folder("/store", true));
};

TEST_F(ReplacementTest, PublishedContentIsDurable) {
  ASSERT_TRUE(replace("new\n").ok());
  EXPECT_EQ(content(), "new\n");
  EXPECT_EQ(disk_.power_cut().all_lost().file("/store/x.jsonl"), "new\n");
  EXPECT_FALSE(has_leftover());
}

TEST_F(ReplacementTest, PiecesOfEverySizeComeInOrder) {
  constexpr std::size_t kMiB = 1 << 20;
  std::string all;
  const auto fresh = begin();
  for (const std::size_t size : {kMiB - 1, std::size_t{0}, std::size_t{1}, std::size_t{5}, kMiB - 5,
                                 kMiB, 3 * kMiB + 7, kMiB - 7, std::size_t{20'000}}) {
    const std::string piece(size, static_cast<char>('a' + all.size() % 23));
    all += piece;
    ASSERT_TRUE(fresh->write(piece).ok());
  }
  ASSERT_TRUE(fresh->publish(true).ok());
  EXPECT_TRUE(content() == all);
}

TEST_F(ReplacementTest, EveryCutLeavesTheOldOrTheNew) {
  for (std::uint64_t cut = 1; cut < 9; ++cut) {
    SimFs disk;
    disk.write_file("/store/x.jsonl", "old\n");
    const auto folder = must(disk.open_folder("/store", false));
    disk.cut_power_at(cut);
    if (auto fresh = Replacement::begin(*folder, "x.jsonl", ".x.tmp", nullptr)) {
      if ((*fresh)->write("new\n").ok()) static_cast<void>((*fresh)->publish(true));
    }
    disk.power_cut().for_each_state(1000, 1, [&](const DiskState& state) {
      const std::string found = state.file("/store/x.jsonl").value_or("(none)");
      EXPECT_TRUE(found == "old\n" || found == "new\n") << state.text();
      return true;
    });
  }
}

TEST_F(ReplacementTest, WithoutPublishNothingHappened) {
  {
    const auto fresh = begin();
    ASSERT_TRUE(fresh->write("new\n").ok());
    ASSERT_TRUE(fresh->finish().ok());
  }
  EXPECT_EQ(content(), "old\n");
  EXPECT_FALSE(has_leftover());
}

TEST_F(ReplacementTest, FailureLeavesTheOldContentAndNoLeftover) {
  for (const char* const call : {"append", "sync_data", "close", "rename"}) {
    disk_.fail_next(call, EIO);
    EXPECT_EQ(replace("new\n").code(), Code::io) << call;
    EXPECT_EQ(content(), "old\n") << call;
    EXPECT_FALSE(has_leftover()) << call;
  }
}

TEST_F(ReplacementTest, FailedSyncOfTheFolderIsReported) {
  disk_.fail_next("sync_folder", EIO);
  EXPECT_EQ(replace("new\n").code(), Code::io);
}

// The kernel may have lost the name, and its next sync says ok: nobody shall build on that name.
TEST_F(ReplacementTest, NameWhoseSyncFailedIsMadeAnew) {
  disk_.set_failed_sync(FailedSync::gone);
  disk_.fail_next("sync_folder", EIO);
  EXPECT_FALSE(replace("new\n").ok());
  EXPECT_EQ(content(), "new\n");
  EXPECT_EQ(disk_.durable_file("/store/x.jsonl"), "new\n");
  EXPECT_FALSE(has_leftover());
}

TEST_F(ReplacementTest, CopyThatIsWrittenAnewHasTheSameBytesAndAttributes) {
  const std::string bytes = std::string(3 << 20, 'x') + "\n";
  disk_.write_file("/store/x.jsonl", bytes);
  disk_.set_attributes("/store/x.jsonl", {0640, 1001, 1002});
  const FileInfo before = must(folder_->stat("x.jsonl"));
  ASSERT_TRUE(write_anew(*folder_, "x.jsonl", ".x.tmp").ok());
  EXPECT_NE(must(folder_->stat("x.jsonl")).id, before.id);
  EXPECT_EQ(disk_.durable_file("/store/x.jsonl"), bytes);
  EXPECT_EQ(disk_.attributes("/store/x.jsonl"), (Attributes{0640, 1001, 1002}));
}

TEST_F(ReplacementTest, LeftoverOfAKilledRewriteIsReplaced) {
  disk_.write_file("/store/.x.tmp", "half a rewr");
  ASSERT_TRUE(replace("new\n").ok());
  EXPECT_EQ(content(), "new\n");
}

TEST_F(ReplacementTest, TakenNameIsAConflictUnlessItMayBeReplaced) {
  const auto fresh = begin();
  ASSERT_TRUE(fresh->write("new\n").ok());
  EXPECT_EQ(fresh->publish(false).code(), Code::conflict);
  EXPECT_EQ(content(), "old\n");
}

TEST_F(ReplacementTest, OwnerAndModeAreKept) {
  disk_.set_attributes("/store/x.jsonl", {0640, 1001, 1002});
  const auto model = must(folder_->open("x.jsonl", Access::read));
  const auto fresh = begin(model.get());
  ASSERT_TRUE(fresh->publish(true).ok());
  EXPECT_EQ(disk_.attributes("/store/x.jsonl"), (Attributes{0640, 1001, 1002}));
}

TEST_F(ReplacementTest, OwnerThatMayNotBeKeptIsRefused) {
  disk_.set_attributes("/store/x.jsonl", {0640, 1001, 1002});
  disk_.set_may_change_owner(false);
  const auto model = must(folder_->open("x.jsonl", Access::read));
  EXPECT_FALSE(Replacement::begin(*folder_, "x.jsonl", ".x.tmp", model.get()).ok());
  EXPECT_EQ(content(), "old\n");
  EXPECT_FALSE(has_leftover());
}

TEST_F(ReplacementTest, LargeContentIsWhole) {
  const std::string large(3'000'000, 'x');
  const auto fresh = begin();
  ASSERT_TRUE(fresh->write("a").ok());
  ASSERT_TRUE(fresh->write(large).ok());
  ASSERT_TRUE(fresh->write("b").ok());
  ASSERT_TRUE(fresh->publish(true).ok());
  EXPECT_EQ(content(), "a" + large + "b");
}

TEST_F(ReplacementTest, AppendAllGoesOnAfterShortAndInterruptedWrites) {
  const auto file = must(folder_->open("x.jsonl", Access::append));
  disk_.fail_next("append", EINTR);
  ASSERT_TRUE(append_all(*file, "new\n").ok());
  EXPECT_EQ(content(), "old\nnew\n");
}

TEST_F(ReplacementTest, WritingThatIsInterruptedForEverEnds) {
  const auto file = must(folder_->open("y", Access::create_new));
  disk_.fail_always("append", EINTR);
  disk_.fail_always("write_at", EINTR);
  EXPECT_EQ(append_all(*file, "text").code(), Code::unavailable);
  const auto other = must(folder_->open("x.jsonl", Access::write));
  EXPECT_EQ(overwrite_all(*other, 0, "new").code(), Code::unavailable);
  EXPECT_EQ(content(), "old\n");
}

}  // namespace
}  // namespace everturn
