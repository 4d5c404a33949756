// SPDX-License-Identifier: Apache-2.0
// Folders, paths, watches, traits and clocks of the production file system.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <map>
#include <thread>

#include "fs/posix_internal.h"
#include "fs/posix_test_help.h"

namespace everturn {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::map<std::string, FileKind> names_in(Folder& folder) {
  std::map<std::string, FileKind> names;
  const Status status = folder.list([&](std::string_view name, FileKind kind) {
    names.emplace(name, kind);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return names;
}

class PosixFolderTest : public PosixTest {};
class PosixPathTest : public PosixTest {};
class PosixWatchTest : public PosixTest {};
class PosixTraitsTest : public PosixTest {};

TEST_F(PosixFolderTest, NamesThatAreNoSingleComponentAreInvalid) {
  const std::string bad[] = {
      "", ".", "..", "a/b", "/a", "../a", "a/", std::string("a\0b", 3), std::string(256, 'n')};
  for (const std::string& name : bad) {
    EXPECT_EQ(root().open(name, Access::read).status().code(), Code::invalid) << name;
    EXPECT_EQ(root().open_folder(name).status().code(), Code::invalid) << name;
    EXPECT_EQ(root().make_folder(name).code(), Code::invalid) << name;
    EXPECT_EQ(root().stat(name).status().code(), Code::invalid) << name;
    EXPECT_EQ(root().rename(name, root(), "x", true).code(), Code::invalid) << name;
    EXPECT_EQ(root().rename("x", root(), name, true).code(), Code::invalid) << name;
    EXPECT_EQ(root().link("x", root(), name).code(), Code::invalid) << name;
    EXPECT_EQ(root().remove(name).code(), Code::invalid) << name;
    EXPECT_EQ(root().remove_folder(name).code(), Code::invalid) << name;
    EXPECT_EQ(root().open_lock_file(name, true).status().code(), Code::invalid) << name;
  }
}

TEST_F(PosixFolderTest, NameOf255BytesIsAllowed) {
  const std::string name(255, 'n');
  put(name, "x");
  EXPECT_EQ(must(root().stat(name)).size, 1U);
}

TEST_F(PosixFolderTest, StatTellsOfASymlinkItself) {
  ASSERT_EQ(::symlink("nowhere", path("link").c_str()), 0);
  EXPECT_EQ(must(root().stat("link")).kind, FileKind::symlink);
}

TEST_F(PosixFolderTest, StatAndInfoAgree) {
  put("a", "12345");
  const FileInfo by_name = must(root().stat("a"));
  const FileInfo by_file = must(open("a", Access::read)->info());
  EXPECT_EQ(by_name.id, by_file.id);
  EXPECT_EQ(by_name.size, 5U);
  EXPECT_EQ(by_file.links, 1U);
  EXPECT_EQ(by_file.owner, ::geteuid());
  EXPECT_EQ(by_name.modified_ns, by_file.modified_ns);
}

TEST_F(PosixFolderTest, StatWithoutTimesTellsTheRest) {
  put("a", "12345");
  const FileInfo expected = must(root().stat("a"));
  const FileInfo seen = must(root().stat_without_times("a"));
  EXPECT_EQ(seen.id, expected.id);
  EXPECT_EQ(seen.size, expected.size);
  EXPECT_EQ(seen.links, expected.links);
  EXPECT_EQ(seen.mode, expected.mode);
  EXPECT_EQ(seen.changed_ns, 0);
}

TEST_F(PosixFolderTest, InfoWithoutTimesTellsTheRest) {
  put("a", "12345");
  const auto file = must(root().open("a", Access::read));
  const FileInfo all = must(file->info());
  const FileInfo seen = must(file->info_without_times());
  EXPECT_EQ(seen.id, all.id);
  EXPECT_EQ(seen.size, 5U);
  EXPECT_EQ(seen.links, 1U);
  EXPECT_EQ(seen.modified_ns, 0);
  EXPECT_NE(all.modified_ns, 0);
}

TEST_F(PosixFolderTest, TimesAreOfNow) {
  const std::int64_t before_ns = posix_fs().now_ns();
  put("a", "1");
  const FileInfo info = must(root().stat("a"));
  constexpr std::int64_t kSlack = 1'000'000'000;  // the kernel's clock ticks, and may be set
  EXPECT_NEAR(static_cast<double>(info.modified_ns - before_ns), 0, kSlack);
  EXPECT_NEAR(static_cast<double>(info.changed_ns - before_ns), 0, kSlack);
  if (must(root().traits()).has_birth_time) {
    EXPECT_NEAR(static_cast<double>(info.id.birth_ns - before_ns), 0, kSlack);
  }
}

TEST_F(PosixFolderTest, ListTellsNamesAndKinds) {
  put("file", "");
  ASSERT_TRUE(root().make_folder("folder").ok());
  ASSERT_EQ(::symlink("file", path("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const std::map<std::string, FileKind> expected = {{"file", FileKind::file},
                                                    {"folder", FileKind::folder},
                                                    {"link", FileKind::symlink},
                                                    {"fifo", FileKind::other}};
  EXPECT_EQ(names_in(root()), expected);
}

TEST_F(PosixFolderTest, ListStartsAtTheBeginningEachTime) {
  put("a", "");
  EXPECT_EQ(names_in(root()).size(), 1U);
  put("b", "");
  EXPECT_EQ(names_in(root()).size(), 2U);
  EXPECT_EQ(names_in(root()).size(), 2U);
}

TEST_F(PosixFolderTest, ListStopsWhenTold) {
  put("a", "");
  put("b", "");
  int calls = 0;
  EXPECT_TRUE(root().list([&](std::string_view, FileKind) { return ++calls < 1; }).ok());
  EXPECT_EQ(calls, 1);
}

TEST_F(PosixFolderTest, RenameReplaces) {
  put("a", "new");
  put("b", "old");
  EXPECT_TRUE(root().rename("a", root(), "b", true).ok());
  EXPECT_EQ(get("b"), "new");
  EXPECT_EQ(root().stat("a").status().code(), Code::not_found);
}

TEST_F(PosixFolderTest, RenameWithoutReplaceConflicts) {
  put("a", "new");
  put("b", "old");
  EXPECT_EQ(root().rename("a", root(), "b", false).code(), Code::conflict);
  EXPECT_EQ(get("a"), "new");
  EXPECT_EQ(get("b"), "old");
}

TEST_F(PosixFolderTest, RenameReachesAnotherFolder) {
  put("a", "text");
  ASSERT_TRUE(root().make_folder("sub").ok());
  const auto sub = must(root().open_folder("sub"));
  EXPECT_TRUE(root().rename("a", *sub, "b", false).ok());
  EXPECT_EQ(must(sub->stat("b")).size, 4U);
}

TEST_F(PosixFolderTest, RenameWithoutReplaceNeedsNoHelpOfTheFileSystem) {
  put("a", "new");
  put("b", "old");
  EXPECT_EQ(in_child([&] {
              refuse_call(SYS_renameat2, EINVAL);
              EXPECT_EQ(root().rename("a", root(), "b", false).code(), Code::conflict);
              EXPECT_TRUE(root().rename("a", root(), "c", false).ok());
            }),
            0);
  EXPECT_EQ(get("b"), "old");
  EXPECT_EQ(get("c"), "new");
  EXPECT_EQ(root().stat("a").status().code(), Code::not_found);
}

TEST_F(PosixFolderTest, LinkAddsANameAndKeepsATakenOne) {
  put("a", "text");
  EXPECT_TRUE(root().link("a", root(), "b").ok());
  EXPECT_EQ(must(root().stat("a")).links, 2U);
  EXPECT_EQ(root().link("a", root(), "b").code(), Code::conflict);
}

TEST_F(PosixFolderTest, RemoveTakesFilesAndRemoveFolderEmptyFolders) {
  put("a", "");
  ASSERT_TRUE(root().make_folder("sub").ok());
  EXPECT_EQ(root().remove("sub").code(), Code::invalid);
  EXPECT_EQ(root().remove_folder("a").code(), Code::invalid);
  EXPECT_TRUE(root().remove("a").ok());
  EXPECT_TRUE(root().remove_folder("sub").ok());
  EXPECT_TRUE(names_in(root()).empty());
}

TEST_F(PosixFolderTest, FolderWithFilesIsNotRemoved) {
  ASSERT_TRUE(root().make_folder("sub").ok());
  ASSERT_TRUE(must(root().open_folder("sub"))->open("a", Access::create_new).ok());
  EXPECT_EQ(root().remove_folder("sub").system_error(), ENOTEMPTY);
}

TEST_F(PosixFolderTest, NewFolderHasMode0700WhateverTheUmask) {
  EXPECT_EQ(in_child([&] {
              ::umask(0777);
              EXPECT_TRUE(root().make_folder("narrow").ok());
              ::umask(0);
              EXPECT_TRUE(root().make_folder("wide").ok());
            }),
            0);
  EXPECT_EQ(must(root().stat("narrow")).mode & 0777U, 0700U);
  EXPECT_EQ(must(root().stat("wide")).mode & 0777U, 0700U);
  EXPECT_EQ(root().make_folder("wide").code(), Code::conflict);
}

TEST_F(PosixFolderTest, SymlinkIsNotOpenedAsFolder) {
  ASSERT_TRUE(root().make_folder("sub").ok());
  ASSERT_EQ(::symlink("sub", path("link").c_str()), 0);
  const Status status = root().open_folder("link").status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_THAT(status.message(), HasSubstr("is a symbolic link"));
}

TEST_F(PosixFolderTest, FileIsNotOpenedAsFolder) {
  put("a", "");
  const Status status = root().open_folder("a").status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_THAT(status.message(), HasSubstr("is not a folder (it is a regular file)"));
}

TEST_F(PosixFolderTest, SyncSucceeds) {
  put("a", "");
  EXPECT_TRUE(root().sync().ok());
}

TEST_F(PosixPathTest, MissingFolderIsNotFoundUnlessItMayBeMade) {
  EXPECT_EQ(posix_fs().open_folder(path("a/b"), false).status().code(), Code::not_found);
  EXPECT_EQ(root().stat("a").status().code(), Code::not_found);
}

TEST_F(PosixPathTest, NewParentsHaveMode0700) {
  EXPECT_EQ(in_child([&] {
              ::umask(0277);
              EXPECT_TRUE(posix_fs().open_folder(path("a//b/./c/"), true).ok());
            }),
            0);
  for (const char* made : {"a", "a/b", "a/b/c"}) {
    struct stat info = {};
    ASSERT_EQ(::stat(path(made).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U) << made;
  }
}

TEST_F(PosixPathTest, NamesOnTheWayAreMadeDurableWhenWriting) {
  EXPECT_EQ(in_child([&] {
              refuse_call(SYS_fsync, EIO);
              EXPECT_TRUE(posix_fs().open_folder(path("."), false).ok());
              EXPECT_EQ(posix_fs().open_folder(path("."), true).status().system_error(), EIO);
              EXPECT_EQ(posix_fs().open_folder(path("a/b"), true).status().system_error(), EIO);
              // Whoever comes next has to make it, and its name, anew.
              EXPECT_EQ(posix_fs().open_folder(path("a"), false).status().code(), Code::not_found);
            }),
            0);
}

TEST_F(PosixPathTest, RelativePathIsMade) {
  EXPECT_EQ(in_child([&] {
              EXPECT_EQ(::chdir(path("").c_str()), 0);
              EXPECT_TRUE(posix_fs().open_folder("a/b", true).ok());
            }),
            0);
  EXPECT_TRUE(posix_fs().open_folder(path("a/b"), false).ok());
}

TEST_F(PosixPathTest, SymlinkOfThePathIsFollowed) {
  ASSERT_TRUE(root().make_folder("real").ok());
  ASSERT_EQ(::symlink("real", path("link").c_str()), 0);
  const auto folder = must(posix_fs().open_folder(path("link/new"), true));
  EXPECT_EQ(must(folder->info()).id,
            must(must(posix_fs().open_folder(path("real/new"), false))->info()).id);
}

TEST_F(PosixPathTest, FileOrFifoInThePlaceOfAFolderIsInvalid) {
  put("file", "");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const Status file = posix_fs().open_folder(path("file"), true).status();
  EXPECT_EQ(file.code(), Code::invalid);
  EXPECT_THAT(file.message(), HasSubstr("file is not a folder (it is a regular file)"));
  const Status fifo = posix_fs().open_folder(path("fifo"), false).status();
  EXPECT_EQ(fifo.code(), Code::invalid);
  EXPECT_THAT(fifo.message(), HasSubstr("fifo is not a folder (it is a FIFO)"));
}

TEST_F(PosixPathTest, FileOnTheWayIsInvalid) {
  put("file", "");
  EXPECT_EQ(posix_fs().open_folder(path("file/sub"), false).status().code(), Code::invalid);
  EXPECT_EQ(posix_fs().open_folder(path("file/sub"), true).status().code(), Code::invalid);
}

TEST_F(PosixPathTest, PathWithoutTextOrWithNulIsInvalid) {
  EXPECT_EQ(posix_fs().open_folder("", true).status().code(), Code::invalid);
  EXPECT_EQ(posix_fs().open_folder(std::string("/tmp\0x", 6), true).status().code(), Code::invalid);
}

TEST_F(PosixPathTest, FolderWithoutPermissionIsIo) {
  if (is_root()) GTEST_SKIP() << "root may open everything";
  ASSERT_EQ(::mkdir(path("closed").c_str(), 0), 0);
  const Status status = posix_fs().open_folder(path("closed"), false).status();
  EXPECT_EQ(status.code(), Code::io);
  EXPECT_EQ(status.system_error(), EACCES);
  EXPECT_EQ(::chmod(path("closed").c_str(), 0700), 0);
}

TEST_F(PosixWatchTest, ChangesAreSeenAndThenUsedUp) {
  const auto watch = must(root().watch());
  EXPECT_FALSE(must(watch->wait(0)));
  put("a", "1");
  EXPECT_TRUE(must(watch->wait(10'000)));
  EXPECT_FALSE(must(watch->wait(0)));
  EXPECT_EQ(must(open("a", Access::append)->append("2")), 1U);
  EXPECT_TRUE(must(watch->wait(10'000)));
  ASSERT_TRUE(root().remove("a").ok());
  EXPECT_TRUE(must(watch->wait(10'000)));
}

TEST_F(PosixWatchTest, OneWatchTellsOfSeveralFoldersAlsoWithoutTheirHandles) {
  const auto watch = must(posix_fs().new_watch());
  for (const char* name : {"one", "two"}) {
    ASSERT_TRUE(root().make_folder(name).ok());
    EXPECT_TRUE(watch->add(*must(root().open_folder(name))));
    EXPECT_TRUE(watch->add(*must(root().open_folder(name))));
  }
  EXPECT_FALSE(must(watch->wait(0)));
  put("elsewhere", "1");
  EXPECT_FALSE(must(watch->wait(0)));
  for (const char* name : {"one", "two"}) {
    EXPECT_TRUE(must(root().open_folder(name))->make_folder("inner").ok());
    EXPECT_TRUE(must(watch->wait(10'000)));
    EXPECT_FALSE(must(watch->wait(0)));
  }
}

TEST_F(PosixWatchTest, WhereWatchesRunOutAFolderIsNotWatched) {
  EXPECT_EQ(in_child([&] {
              const auto watch = must(posix_fs().new_watch());
              refuse_call(SYS_inotify_add_watch, ENOSPC);
              EXPECT_FALSE(watch->add(root()));
            }),
            0);
}

TEST_F(PosixWatchTest, QuietFolderTimesOut) {
  const auto watch = must(root().watch());
  const std::int64_t start_ns = posix_fs().monotonic_ns();
  EXPECT_FALSE(must(watch->wait(20)));
  EXPECT_GE(posix_fs().monotonic_ns() - start_ns, 20'000'000);
}

TEST_F(PosixWatchTest, ChangeEndsTheWait) {
  const auto watch = must(root().watch());
  std::thread writer([&] { put("a", "1"); });
  EXPECT_TRUE(must(watch->wait(10'000)));
  writer.join();
}

TEST_F(PosixWatchTest, WithoutInotifyEverythingMayHaveChanged) {
  EXPECT_EQ(in_child([&] {
              refuse_call(SYS_inotify_init1, EMFILE);
              EXPECT_TRUE(must(must(root().watch())->wait(1)));
            }),
            0);
}

TEST_F(PosixTraitsTest, LocalFileSystemIsDescribed) {
  const FsTraits traits = must(root().traits());
  EXPECT_FALSE(traits.type.empty());
  EXPECT_GT(traits.free_bytes, 0U);
  EXPECT_FALSE(traits.read_only);
  EXPECT_TRUE(traits.has_locks);
  EXPECT_EQ(traits.pads_well, traits.type == "ext4" || traits.type == "xfs");
  EXPECT_EQ(traits.has_birth_time, must(root().info()).id.birth_ns != 0);
}

TEST_F(PosixTraitsTest, UnknownTypeIsANumber) {
  const auto processes = must(posix_fs().open_folder("/proc", false));
  EXPECT_EQ(must(processes->traits()).type, "0x9fa0");
}

TEST(PosixFsTest, MonotonicClockSleepsLongEnough) {
  const std::int64_t start_ns = posix_fs().monotonic_ns();
  posix_fs().sleep_ns(-1);
  posix_fs().sleep_ns(2'000'000);
  EXPECT_GE(posix_fs().monotonic_ns() - start_ns, 2'000'000);
}

TEST(PosixFsTest, RandomNumbersDifferEvenWithoutTheKernel) {
  EXPECT_NE(posix_fs().random(), posix_fs().random());
  EXPECT_EQ(in_child([] {
              refuse_call(SYS_getrandom, ENOSYS);
              EXPECT_NE(posix_fs().random(), posix_fs().random());
            }),
            0);
}

TEST(PosixFsTest, ProcessTokenChangesInAForkedChild) {
  const std::uint64_t token = posix_fs().process_token();
  EXPECT_EQ(in_child([&] { EXPECT_NE(posix_fs().process_token(), token); }), 0);
  EXPECT_EQ(posix_fs().process_token(), token);
}

TEST(PosixFailureTest, MessageNamesTheErrorAndARemedy) {
  const Status full = posix::failure("cannot append to", "a.jsonl", ENOSPC);
  EXPECT_EQ(full.message(),
            "cannot append to a.jsonl: No space left on device (ENOSPC); no space left: free some, "
            "then try again");
  EXPECT_EQ(full.system_error(), ENOSPC);
  const Status unknown = posix::failure("cannot read", "a\n\x1b[2J", 9999);
  EXPECT_THAT(unknown.message(), StartsWith("cannot read a??[2J: Unknown error (9999)"));
}

TEST(PosixFailureTest, CodesAreThoseOfTheContract) {
  const std::map<int, Code> expected = {
      {ENOENT, Code::not_found},   {EEXIST, Code::conflict},    {EMFILE, Code::unavailable},
      {ENFILE, Code::unavailable}, {ENOMEM, Code::unavailable}, {EAGAIN, Code::unavailable},
      {EINTR, Code::unavailable},  {ENOTDIR, Code::invalid},    {EIO, Code::io},
      {ENOSPC, Code::io},          {EACCES, Code::io},          {EROFS, Code::io},
      {EDQUOT, Code::io},          {ENOTEMPTY, Code::io}};
  for (const auto& [error, code] : expected) {
    EXPECT_EQ(posix::failure("", "", error).code(), code) << error;
  }
}

TEST_F(PosixFolderTest, TooManyOpenFilesIsUnavailable) {
  put("a", "");
  EXPECT_EQ(in_child([&] {
              const rlimit none = {0, 0};
              EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
              const Status status = root().open("a", Access::read).status();
              EXPECT_EQ(status.code(), Code::unavailable);
              EXPECT_EQ(status.system_error(), EMFILE);
            }),
            0);
}

}  // namespace
}  // namespace everturn
