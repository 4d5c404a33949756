// SPDX-License-Identifier: Apache-2.0
#include "store/store_folder.h"

#include <cerrno>

#include "store/test_help.h"

namespace everturn {
namespace {

class StoreFolderTest : public SimStoreTest {
 protected:
  std::unique_ptr<StoreFolder> look(const StoreOptions& options = {}) {
    return must(StoreFolder::open(disk_, folder_, options));
  }
  void own() { disk_.write_file(path(".everturn/format"), "everturn 1\n"); }
};

TEST_F(StoreFolderTest, MissingAndEmptyFoldersAreNew) {
  EXPECT_EQ(look()->kind(), FolderKind::missing);
  disk_.make_folders(folder_);
  EXPECT_EQ(look()->kind(), FolderKind::missing);
}

TEST_F(StoreFolderTest, FormatMakesAFolderOurs) {
  own();
  disk_.write_file(path("notes.txt"), "x");
  disk_.write_file(path(".session-files.lock"), "");
  EXPECT_EQ(look()->kind(), FolderKind::own);
}

TEST_F(StoreFolderTest, NanobotsLockMakesAFolderShared) {
  disk_.write_file(path(".session-files.lock"), "");
  EXPECT_EQ(look()->kind(), FolderKind::shared);
}

TEST_F(StoreFolderTest, AnyOtherFileMakesAFolderForeign) {
  disk_.write_file(path("x.jsonl"), "");
  EXPECT_EQ(look()->kind(), FolderKind::foreign);
}

TEST_F(StoreFolderTest, FolderOfOursWithoutAFormatIsBegunAnew) {
  disk_.make_folders(path(".everturn"));  // killed between the two
  const auto folder = look();
  ASSERT_TRUE(folder->prepare_to_write().ok());
  EXPECT_EQ(folder->kind(), FolderKind::own);
}

TEST_F(StoreFolderTest, OpeningWritesNothing) {
  disk_.write_file(path("x.jsonl"), "");
  disk_.reset_counters();
  static_cast<void>(look());
  EXPECT_EQ(disk_.mutations(), 0U);
}

TEST_F(StoreFolderTest, FirstWriteMakesItOursDurably) {
  ASSERT_TRUE(look()->prepare_to_write().ok());
  EXPECT_EQ(disk_.power_cut().all_lost().file(path(".everturn/format")), "everturn 1\n");
}

TEST_F(StoreFolderTest, TwoThatMakeItAtOnceBothSucceed) {
  const auto first = look();
  const auto second = look();
  EXPECT_TRUE(first->prepare_to_write().ok());
  EXPECT_TRUE(second->prepare_to_write().ok());
  EXPECT_EQ(second->kind(), FolderKind::own);
}

TEST_F(StoreFolderTest, FolderThatWasFilledMeanwhileIsNotTaken) {
  const auto folder = look();
  disk_.write_file(path("x.jsonl"), "");
  EXPECT_EQ(code_of(folder->prepare_to_write()), Code::invalid);
  EXPECT_FALSE(disk_.read_file(path(".everturn/format")).has_value());
}

TEST_F(StoreFolderTest, WhoReadsOneThatWasFilledMeanwhileKnowsWhoseItIs) {
  disk_.make_folders(folder_);
  const auto agents = look();
  const auto ours = look();
  const auto empty = look();
  static_cast<void>(empty->root());
  EXPECT_EQ(empty->kind(), FolderKind::missing);
  disk_.write_file(path("x.jsonl"), "");
  static_cast<void>(agents->root());
  EXPECT_EQ(agents->kind(), FolderKind::foreign);
  own();
  static_cast<void>(ours->root());
  EXPECT_EQ(ours->kind(), FolderKind::own);
}

TEST_F(StoreFolderTest, ReadOnlyStoreRefusesToWrite) {
  StoreOptions options;
  options.read_only = true;
  EXPECT_EQ(code_of(look(options)->prepare_to_write()), Code::invalid);
  EXPECT_EQ(code_of(look(options)->adopt()), Code::invalid);
  EXPECT_TRUE(disk_.paths().empty());
}

TEST_F(StoreFolderTest, ForeignFolderIsWrittenOnlyWhenAllowed) {
  disk_.write_file(path("x.jsonl"), "");
  EXPECT_EQ(code_of(look()->prepare_to_write()), Code::invalid);
  StoreOptions options;
  options.write_foreign = true;
  EXPECT_TRUE(look(options)->prepare_to_write().ok());
  EXPECT_FALSE(disk_.read_file(path(".everturn/format")).has_value());
}

TEST_F(StoreFolderTest, AdoptedFolderIsOurs) {
  disk_.write_file(path("x.jsonl"), "");
  const auto folder = look();
  ASSERT_TRUE(folder->adopt().ok());
  EXPECT_EQ(folder->kind(), FolderKind::own);
  EXPECT_EQ(look()->kind(), FolderKind::own);
}

TEST_F(StoreFolderTest, NewerFormatIsRefusedByName) {
  disk_.write_file(path(".everturn/format"), "everturn 7\n");
  const auto opened = StoreFolder::open(disk_, folder_, {});
  EXPECT_EQ(code_of(opened), Code::invalid);
  EXPECT_NE(opened.status().message().find("everturn 7"), std::string::npos);
}

TEST_F(StoreFolderTest, UnreadableFormatIsDamaged) {
  disk_.write_file(path(".everturn/format"), "\0\0");
  EXPECT_EQ(code_of(StoreFolder::open(disk_, folder_, {})), Code::damaged);
}

TEST_F(StoreFolderTest, FailureIsNotTakenForAMissingFolder) {
  own();
  disk_.fail_always("open_folder", EACCES);
  EXPECT_EQ(code_of(StoreFolder::open(disk_, folder_, {})), Code::io);
  disk_.clear_faults();
  disk_.fail_always("stat", EIO, "format");
  EXPECT_EQ(code_of(StoreFolder::open(disk_, folder_, {})), Code::io);
}

TEST_F(StoreFolderTest, TrashOfAFolderThatIsNotOursLiesElsewhere) {
  disk_.write_file(path("x.jsonl"), "");
  StoreOptions options;
  options.write_foreign = true;
  options.state_folder = "/state";
  ASSERT_NE(must(look(options)->trash(true)), nullptr);
  EXPECT_EQ(disk_.files().size(), 1U);
  EXPECT_EQ(must(look(options)->trash(false)) == nullptr, false);
  own();
  EXPECT_EQ(must(look(options)->trash(false)), nullptr);
}

TEST_F(StoreFolderTest, LockFileIsToldWithoutMakingOne) {
  own();
  const auto folder = look();
  EXPECT_FALSE(must(folder->has_lock_file()));
  EXPECT_FALSE(disk_.read_file(path(".everturn/lock")).has_value());
  disk_.write_file(path(".everturn/lock"), "");
  EXPECT_TRUE(must(folder->has_lock_file()));
}

}  // namespace
}  // namespace everturn
