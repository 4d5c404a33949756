// SPDX-License-Identifier: Apache-2.0
#include "fs/sim_fs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Folder> open_root(SimFs& disk) { return *disk.open_folder("/", false); }

std::unique_ptr<File> open(SimFs& disk, std::string_view name, Access access = Access::append) {
  return *open_root(disk)->open(name, access);
}

std::string read(File& file) {
  std::string content(1000, '\0');
  auto size = file.read_at(0, content.data(), content.size());
  return size ? content.substr(0, *size) : "(" + size.status().message() + ")";
}

Code code(const Status& status) { return status.code(); }
template <class T>
Code code(const Result<T>& result) {
  return result.status().code();
}

SimFs disk_with(const std::string& path, const std::string& content) {
  SimFs disk;
  disk.write_file(path, content);
  return disk;
}

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

TEST(SimFs, ReadsBackWhatWasAppendedAndOverwritten) {
  SimFs disk = disk_with("/x", "abc");
  EXPECT_EQ(*open(disk, "x")->append("def"), 3u);
  EXPECT_EQ(*open(disk, "x", Access::write)->write_at(1, "BC"), 2u);
  EXPECT_EQ(read(*open(disk, "x", Access::read)), "aBCdef");
  char last = 0;
  EXPECT_EQ(*open(disk, "x")->read_at(5, &last, 10), 1u);
  EXPECT_EQ(*open(disk, "x")->read_at(6, &last, 10), 0u);
}

TEST(SimFs, PageThatCannotBeReadFailsUntilItIsWrittenWhole) {
  SimFs disk = disk_with("/x", std::string(3 * 4096, 'x'));
  disk.set_unreadable("/x", 5000, 1);
  const auto file = open(disk, "x", Access::write);
  std::string page(4096, 'y');
  EXPECT_EQ(*file->read_at(0, page.data(), 4096), 4096u);
  EXPECT_EQ(file->read_at(8191, page.data(), 2).status().system_error(), EIO);
  EXPECT_EQ(file->write_at(4095, "ab").status().system_error(), EIO);
  EXPECT_EQ(*file->write_at(4096, page), 4096u);
  EXPECT_EQ(*file->read_at(4096, page.data(), 4096), 4096u);
}

TEST(SimFs, PageThatIsBadForEverTakesNoWrite) {
  SimFs disk = disk_with("/x", std::string(4096, 'x'));
  disk.set_unreadable("/x", 0, 1, true);
  const std::string page(4096, 'y');
  EXPECT_EQ(open(disk, "x", Access::write)->write_at(0, page).status().system_error(), EIO);
  EXPECT_EQ(*open(disk, "x")->append("behind"), 6u);
}

TEST(SimFs, PartOfAPageThatCannotBeReadTakesNoAppend) {
  SimFs disk = disk_with("/x", "short");
  disk.set_unreadable("/x", 0, 1);
  EXPECT_EQ(open(disk, "x")->append("more").status().system_error(), EIO);
  EXPECT_EQ(disk.read_file("/x"), "short");
}

TEST(SimFs, CodesFollowTheContract) {
  SimFs disk = disk_with("/x", "");
  disk.make_symlink("/link", "/x");
  disk.make_other("/pipe");
  disk.make_folders("/folder");
  auto root = open_root(disk);
  EXPECT_EQ(code(root->open("nothing", Access::read)), Code::not_found);
  EXPECT_EQ(code(root->open("x", Access::create_new)), Code::conflict);
  for (const char* name : {"link", "pipe", "folder", "", ".", "..", "a/b"}) {
    EXPECT_EQ(code(root->open(name, Access::read)), Code::invalid) << name;
  }
  EXPECT_EQ(code(root->open_folder("link")), Code::invalid);
  EXPECT_EQ(code(root->make_folder("x")), Code::conflict);
  EXPECT_EQ(code(root->remove("folder")), Code::invalid);
}

TEST(SimFs, StatReportsALinkAndDoesNotFollowIt) {
  SimFs disk = disk_with("/x", "");
  disk.make_symlink("/link", "/x");
  EXPECT_EQ((*open_root(disk)->stat("link")).kind, FileKind::symlink);
}

TEST(SimFs, OpenFolderByPathFollowsLinks) {
  SimFs disk = disk_with("/real/deep/x", "");
  disk.make_symlink("/a/link", "../real");
  disk.make_symlink("/loop", "/loop");
  auto folder = disk.open_folder("/a/link/deep", false);
  ASSERT_TRUE(folder.ok());
  EXPECT_TRUE((*folder)->stat("x").ok());
  EXPECT_EQ(disk.open_folder("/loop", false).status().system_error(), ELOOP);
}

TEST(SimFs, OpenFolderCreatesDurably) {
  SimFs disk;
  ASSERT_TRUE(disk.open_folder("/a/b", true).ok());
  EXPECT_EQ(disk.power_cut().all_lost().text(), "/a/\n/a/b/\n");
  EXPECT_EQ(disk.count("make_folder"), 2u);
  EXPECT_EQ(disk.count("sync_folder"), 2u);
}

TEST(SimFs, FolderWhoseNameCannotBeMadeDurableIsRemovedAgain) {
  SimFs disk;
  disk.fail_next("sync_folder", EIO, "/a/");
  EXPECT_EQ(disk.open_folder("/a/b", true).status().system_error(), EIO);
  EXPECT_EQ(disk.paths(), std::vector<std::string>{"/a/"});
  EXPECT_TRUE(disk.open_folder("/a/b", true).ok());
  EXPECT_EQ(disk.power_cut().all_lost().text(), "/a/\n/a/b/\n");
}

TEST(SimFs, RenameReplacesOnlyWhenAsked) {
  SimFs disk = disk_with("/a", "A");
  disk.write_file("/b", "B");
  auto root = open_root(disk);
  EXPECT_EQ(code(root->rename("a", *root, "b", false)), Code::conflict);
  EXPECT_TRUE(root->rename("a", *root, "b", true).ok());
  EXPECT_THAT(disk.paths(), ElementsAre("/b"));
  EXPECT_EQ(disk.read_file("/b"), "A");
}

TEST(SimFs, LinksAreCounted) {
  SimFs disk = disk_with("/a", "A");
  auto root = open_root(disk);
  auto file = open(disk, "a");
  EXPECT_TRUE(root->link("a", *root, "b").ok());
  EXPECT_EQ((*file->info()).links, 2u);
  EXPECT_TRUE(root->remove("a").ok());
  EXPECT_TRUE(root->remove("b").ok());
  EXPECT_EQ((*file->info()).links, 0u);
  EXPECT_EQ(read(*file), "A");
}

TEST(SimFs, RemoveFolderWantsAnEmptyOne) {
  SimFs disk = disk_with("/f/x", "");
  auto root = open_root(disk);
  EXPECT_EQ(root->remove_folder("f").system_error(), ENOTEMPTY);
  disk.erase("/f/x");
  EXPECT_TRUE(root->remove_folder("f").ok());
}

TEST(SimFs, ReusedInodeNumbersDifferByBirthTime) {
  SimFs disk = disk_with("/x", "");
  disk.set_reuse_inode_numbers(true);
  auto root = open_root(disk);
  const FileId before = (*root->stat("x")).id;
  ASSERT_TRUE(root->remove("x").ok());
  const FileId after = (*(*root->open("x", Access::create_new))->info()).id;
  EXPECT_EQ(before.inode, after.inode);
  EXPECT_NE(before.birth_ns, after.birth_ns);
}

TEST(SimFs, TraitsAreHonoured) {
  SimFs disk = disk_with("/Name", "");
  FsTraits traits;
  traits.ignores_case = true;
  traits.has_birth_time = false;
  traits.has_locks = false;
  disk.set_traits(traits);
  auto root = open_root(disk);
  EXPECT_EQ((*root->stat("nAME")).id.birth_ns, 0);
  EXPECT_EQ(code(root->open("NAME", Access::create_new)), Code::conflict);
  EXPECT_TRUE(root->rename("name", *root, "NAME", false).ok());
  EXPECT_THAT(disk.paths(), ElementsAre("/NAME"));
  EXPECT_EQ((*root->open_lock_file("lock", true))->try_lock(0).status().system_error(), ENOLCK);
  traits.read_only = true;
  disk.set_traits(traits);
  EXPECT_EQ(root->remove("NAME").system_error(), EROFS);
}

// After the failure the cache shows the data and the next sync says ok; only the platters know.
TEST(SimFs, FailedSyncLosesDataAndTheNextOneSaysOk) {
  const std::vector<std::pair<FailedSync, std::string>> cases = {
      {FailedSync::zeros, "abc" + zeros(3)},
      {FailedSync::gone, "abc"},
      {FailedSync::kept, "aBcdef"}};
  for (const auto& [what, left] : cases) {
    SimFs disk = disk_with("/x", "abc");
    disk.set_failed_sync(what);
    ASSERT_TRUE(open(disk, "x", Access::write)->write_at(1, "B").ok());
    auto file = open(disk, "x");
    ASSERT_TRUE(file->append("def").ok());
    disk.fail_next("sync_data", EIO);
    EXPECT_EQ(code(file->sync_data()), Code::io);
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_EQ(read(*file), "aBcdef");
    EXPECT_EQ(disk.durable_file("/x"), left);
    ASSERT_TRUE(file->drop_cache().ok());
    EXPECT_EQ(read(*file), left);
  }
}

TEST(SimFs, FailedSyncOfAnOverwriteLeavesTheOldBytes) {
  SimFs disk = disk_with("/x", "abc");
  auto file = open(disk, "x", Access::write);
  ASSERT_TRUE(file->write_at(1, "B").ok());
  disk.fail_next("sync_data", EIO);
  EXPECT_FALSE(file->sync_data().ok());
  EXPECT_EQ(disk.durable_file("/x"), "abc");
}

TEST(SimFs, DropCacheKeepsWhatIsPending) {
  SimFs disk = disk_with("/x", "abc");
  auto file = open(disk, "x");
  ASSERT_TRUE(file->append("lost").ok());
  disk.fail_next("sync_data", EIO);
  EXPECT_FALSE(file->sync_data().ok());
  ASSERT_TRUE(file->append("new").ok());
  ASSERT_TRUE(file->drop_cache().ok());
  EXPECT_EQ(read(*file), "abc" + zeros(4) + "new");
  EXPECT_EQ(disk.durable_file("/x"), "abc" + zeros(4));
}

TEST(SimFs, FailedFolderSyncLosesTheNamesForGood) {
  SimFs disk = disk_with("/x", "");
  auto root = open_root(disk);
  ASSERT_TRUE(root->remove("x").ok());
  disk.fail_next("sync_folder", EIO);
  EXPECT_FALSE(root->sync().ok());
  EXPECT_TRUE(root->sync().ok());
  EXPECT_THAT(disk.paths(), ElementsAre());
  EXPECT_EQ(disk.power_cut().all_kept().text(), "/x 0 bytes: \n");
}

TEST(SimFs, PowerGoesOffBeforeTheMutation) {
  SimFs disk = disk_with("/x", "");
  auto file = open(disk, "x");
  disk.cut_power_at(2);
  EXPECT_TRUE(file->append("a").ok());
  EXPECT_FALSE(disk.power_is_off());
  EXPECT_EQ(file->append("b").status().system_error(), EIO);
  EXPECT_TRUE(disk.power_is_off());
  EXPECT_FALSE(file->sync_data().ok());
  EXPECT_EQ(disk.mutations(), 1u);
  EXPECT_EQ(disk.power_cut().all_kept().file("/x"), "a");
}

TEST(SimFs, EveryCallFailsWithoutPower) {
  SimFs disk = disk_with("/x", "");
  auto root = open_root(disk);
  auto lock = *root->open_lock_file("lock", true);
  disk.cut_power();
  EXPECT_FALSE(root->open("x", Access::read).ok());
  EXPECT_FALSE(root->stat("x").ok());
  EXPECT_FALSE(root->list([](std::string_view, FileKind) { return true; }).ok());
  EXPECT_FALSE(lock->try_lock(1).ok());
  EXPECT_FALSE(disk.open_folder("/", false).ok());
}

TEST(SimFs, FaultHitsOneCallOrAllFromThereOn) {
  SimFs disk = disk_with("/x", "");
  auto root = open_root(disk);
  disk.fail_call(disk.calls() + 2, EACCES);
  EXPECT_TRUE(root->stat("x").ok());
  EXPECT_EQ(root->stat("x").status().system_error(), EACCES);
  EXPECT_TRUE(root->stat("x").ok());
  disk.fail_from(disk.calls() + 1, EMFILE);
  EXPECT_EQ(code(root->stat("x")), Code::unavailable);
  EXPECT_EQ(code(root->open("x", Access::read)), Code::unavailable);
  disk.clear_faults();
  EXPECT_TRUE(root->stat("x").ok());
}

TEST(SimFs, FaultByNameMeetsTheSubject) {
  SimFs disk = disk_with("/x", "");
  disk.write_file("/y.tmp", "");
  disk.fail_next("append", EIO, ".tmp");
  EXPECT_TRUE(open(disk, "x")->append("a").ok());
  EXPECT_FALSE(open(disk, "y.tmp")->append("a").ok());
  EXPECT_TRUE(open(disk, "y.tmp")->append("a").ok());
}

TEST(SimFs, FullDiskFaultWritesHalfFirst) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    SimFs disk = disk_with("/x", "");
    auto file = open(disk, "x");
    disk.fail_call(disk.calls() + 1, error);
    EXPECT_EQ(*file->append("abcd"), 2u);
    EXPECT_EQ(file->append("cd").status().system_error(), error);
    EXPECT_EQ(*file->append("cd"), 2u);
    EXPECT_EQ(read(*file), "abcd");
  }
}

TEST(SimFs, FullDiskForEverWritesHalfOnlyOnce) {
  SimFs disk = disk_with("/x", "");
  auto file = open(disk, "x");
  disk.fail_from(disk.calls() + 1, ENOSPC);
  EXPECT_EQ(*file->append("abcd"), 2u);
  EXPECT_FALSE(file->append("cd").ok());
  EXPECT_FALSE(file->append("cd").ok());
}

TEST(SimFs, InterruptedWriteTakesNothing) {
  SimFs disk = disk_with("/x", "");
  auto file = open(disk, "x");
  disk.fail_next("append", EINTR);
  EXPECT_EQ(*file->append("abcd"), 0u);
  EXPECT_EQ(*file->append("abcd"), 4u);
  disk.fail_next("stat", EINTR);
  EXPECT_EQ(code(open_root(disk)->stat("x")), Code::unavailable);
}

TEST(SimFs, DiskFillsUpAndGetsRoomAgain) {
  SimFs disk = disk_with("/x", "");
  disk.set_free_bytes(3);
  auto file = open(disk, "x");
  EXPECT_EQ(*file->append("abcd"), 3u);
  EXPECT_EQ(file->append("d").status().system_error(), ENOSPC);
  EXPECT_EQ((*open_root(disk)->traits()).free_bytes, 0u);
  EXPECT_TRUE(open_root(disk)->open("y", Access::create_new).ok());
  ASSERT_TRUE(file->truncate(1).ok());
  EXPECT_EQ(*file->append("xyz"), 2u);
  disk.set_free_bytes(0, true);
  EXPECT_EQ(open_root(disk)->make_folder("z").system_error(), ENOSPC);
}

TEST(SimFs, SlotsExcludeOtherLockFilesUntilTheyAreGone) {
  SimFs disk;
  auto root = open_root(disk);
  auto first = *root->open_lock_file("lock", true);
  auto second = *root->open_lock_file("lock", false);
  EXPECT_TRUE(*first->try_lock(7));
  EXPECT_TRUE(*first->try_lock(7));
  EXPECT_FALSE(*second->try_lock(7));
  EXPECT_TRUE(*second->is_held(7));
  EXPECT_FALSE(*first->is_held(7));
  EXPECT_TRUE(*second->try_lock(8));
  first.reset();
  EXPECT_TRUE(*second->try_lock(7));
  EXPECT_TRUE(second->unlock(7).ok());
  EXPECT_FALSE(*second->is_held(7));
}

TEST(SimFs, LockFileMadeAnewIsAnotherLock) {
  SimFs disk;
  auto root = open_root(disk);
  auto old_file = *root->open_lock_file("lock", true);
  EXPECT_TRUE(*old_file->try_lock(1));
  ASSERT_TRUE(root->remove("lock").ok());
  auto new_file = *root->open_lock_file("lock", true);
  EXPECT_TRUE(*new_file->try_lock(1));
  EXPECT_FALSE((*old_file->info()).id == (*new_file->info()).id);
}

TEST(SimFs, FlockExcludesOnFileAndFolder) {
  SimFs disk = disk_with("/x", "");
  auto root = open_root(disk);
  for (const char* name : {"x", ""}) {
    auto held = *root->try_flock(name);
    EXPECT_NE(held, nullptr);
    EXPECT_EQ(*open_root(disk)->try_flock(name), nullptr);
    held.reset();
    EXPECT_NE(*root->try_flock(name), nullptr);
  }
}

TEST(SimFs, LeaseNeedsToBeAlone) {
  SimFs disk = disk_with("/x", "");
  auto file = open(disk, "x");
  auto other = open(disk, "x");
  EXPECT_FALSE(*file->lease(true));
  other.reset();
  EXPECT_TRUE(*file->lease(true));
  EXPECT_EQ(code(open_root(disk)->open("x", Access::read)), Code::unavailable);
  EXPECT_TRUE(*file->lease(false));
  EXPECT_TRUE(open_root(disk)->open("x", Access::read).ok());
}

TEST(SimFs, WatchTellsChangesAndTimeouts) {
  SimFs disk = disk_with("/x", "");
  auto watch = *open_root(disk)->watch();
  const auto before = disk.monotonic_ns();
  EXPECT_FALSE(*watch->wait(5));
  EXPECT_GE(disk.monotonic_ns() - before, 5'000'000);
  ASSERT_TRUE(open(disk, "x")->append("a").ok());
  EXPECT_TRUE(*watch->wait(5));
  EXPECT_FALSE(*watch->wait(5));
}

TEST(SimFs, CopyAttributesTakesAllOrRefuses) {
  SimFs disk = disk_with("/x", "");
  disk.set_attributes("/x", {0640, 7, 8});
  auto root = open_root(disk);
  auto copy = *root->open("copy", Access::create_new);
  disk.set_may_change_owner(false);
  EXPECT_EQ(copy->copy_attributes(*open(disk, "x")).system_error(), EPERM);
  disk.set_may_change_owner(true);
  EXPECT_TRUE(copy->copy_attributes(*open(disk, "x")).ok());
  EXPECT_EQ((*root->stat("copy")).mode, 0640u);
  EXPECT_EQ((*root->stat("copy")).owner, 7u);
}

TEST(SimFs, TraceNamesCallsAndMutations) {
  SimFs disk = disk_with("/s/x", "");
  auto folder = *disk.open_folder("/s", false);
  auto file = *folder->open("x", Access::append);
  ASSERT_TRUE(file->append("abc").ok());
  disk.fail_next("sync_data", EIO);
  EXPECT_FALSE(file->sync_data().ok());
  EXPECT_EQ(disk.trace(),
            "1 open_folder /s\n2 open /s/x\n3 #1 append /s/x 3 bytes\n"
            "4 #2 sync_data /s/x: Input/output error\n");
  ASSERT_TRUE(folder->rename("x", *folder, "y", false).ok());
  EXPECT_EQ(disk.trace(1), "5 #3 rename /s/x -> /s/y\n");
  EXPECT_EQ(disk.call(3)->mutation, 1u);
  EXPECT_EQ(disk.count("append"), 1u);
}

TEST(SimFs, MessagesSayWhatFailedWhereAndWhy) {
  SimFs disk;
  const Status status = open_root(disk)->stat("x").status();
  EXPECT_THAT(status.message(), HasSubstr("stat /x: No such file or directory"));
  EXPECT_EQ(status.system_error(), ENOENT);
}

TEST(SimFs, ListStopsWhenTold) {
  SimFs disk = disk_with("/a", "");
  disk.make_folders("/b");
  std::vector<std::string> seen;
  auto root = open_root(disk);
  ASSERT_TRUE(root->list([&](std::string_view name, FileKind) {
                    seen.emplace_back(name);
                    return false;
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre("a"));
}

TEST(SimFs, CloseReportsItsFaultAndClosesAnyway) {
  SimFs disk = disk_with("/x", "");
  auto file = open(disk, "x");
  disk.fail_next("close", EIO);
  EXPECT_FALSE(file->close().ok());
  EXPECT_EQ(file->append("a").status().system_error(), EBADF);
}

TEST(SimFs, SeedDecidesRandomness) {
  SimFs first(Profile::strict_posix, 5);
  SimFs same(Profile::strict_posix, 5);
  SimFs other(Profile::strict_posix, 6);
  const auto number = first.random();
  EXPECT_EQ(number, same.random());
  EXPECT_NE(number, other.random());
}

TEST(SimFs, ThreadsMayShareADisk) {
  SimFs disk = disk_with("/x", "");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto file = open(disk, "x");
      for (int n = 0; n < 100; ++n) {
        if (file->append("ab").ok()) (void)file->sync_data().ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(disk.durable_file("/x")->size(), 800u);
}

TEST(SimDisk, FilesLeftBehindAreForgotten) {
  SimDisk disk(Profile::strict_posix, 0);
  for (int i = 0; i < 1000; ++i) {
    disk.change_names({{kRootKey, "t", disk.create(FileKind::file, 0)}}, 0);
    disk.change_names({{kRootKey, "t", 0}}, 0);
    disk.sync_names(kRootKey);
  }
  EXPECT_LT(disk.inodes().size(), 500u);
}

}  // namespace
}  // namespace everturn
