// SPDX-License-Identifier: Apache-2.0
// Opening, reading, writing and describing files of the production file system.
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "fs/posix_internal.h"
#include "fs/posix_test_help.h"

namespace everturn {
namespace {

using ::testing::HasSubstr;

constexpr Access kExisting[] = {Access::read, Access::append, Access::write};

class PosixOpenTest : public PosixTest {
 protected:
  // However it is opened, `name` is refused as being of kind `words`.
  void expect_refused(const std::string& name, const std::string& words) const {
    for (const Access access : kExisting) {
      const Status status = root().open(name, access).status();
      EXPECT_EQ(status.code(), Code::invalid) << status.message();
      EXPECT_THAT(status.message(), HasSubstr("is not a regular file (it is " + words + ")"));
    }
  }
};
class PosixFileTest : public PosixTest {};
class PosixAttributesTest : public PosixTest {};

TEST_F(PosixOpenTest, MissingFileIsNotFound) {
  for (const Access access : kExisting) {
    const Status status = root().open("a", access).status();
    EXPECT_EQ(status.code(), Code::not_found);
    EXPECT_EQ(status.system_error(), ENOENT);
    EXPECT_THAT(status.message(), HasSubstr("/a: No such file or directory (ENOENT)"));
  }
}

TEST_F(PosixOpenTest, ReadingLeavesTheTimeOfAccess) {
  put("x", "content");
  const timespec long_ago[2] = {{1000, 0}, {2000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("x").c_str(), long_ago, 0), 0);
  const std::unique_ptr<File> file = must(root().open("x", Access::read));
  char bytes[7];
  EXPECT_EQ(must(file->read_at(0, bytes, sizeof bytes)), sizeof bytes);
  struct stat after = {};
  ASSERT_EQ(::stat(path("x").c_str(), &after), 0);
  EXPECT_EQ(after.st_atim.tv_sec, 1000);
  EXPECT_EQ(after.st_mtim.tv_sec, 2000);
}

TEST_F(PosixOpenTest, ATimeInTheFarFutureStaysInTheFuture) {
  put("x", "content");
  const timespec year_2400[2] = {{13'569'465'600, 0}, {13'569'465'600, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("x").c_str(), year_2400, 0), 0);
  EXPECT_GT(must(root().stat("x")).modified_ns, posix_fs().now_ns());
}

TEST_F(PosixOpenTest, TakenNameIsAConflict) {
  put("a", "text");
  EXPECT_EQ(root().open("a", Access::create_new).status().code(), Code::conflict);
  EXPECT_EQ(get("a"), "text");
}

TEST_F(PosixOpenTest, FifoIsRefusedAndDoesNotHang) {
  ASSERT_EQ(::mkfifo(path("x.jsonl").c_str(), 0600), 0);
  expect_refused("x.jsonl", "a FIFO");
  EXPECT_EQ(root().open_lock_file("x.jsonl", true).status().code(), Code::invalid);
  EXPECT_EQ(root().try_flock("x.jsonl").status().code(), Code::invalid);
}

TEST_F(PosixOpenTest, FolderIsRefused) {
  ASSERT_TRUE(root().make_folder("a").ok());
  expect_refused("a", "a folder");
}

TEST_F(PosixOpenTest, SymlinkIsRefused) {
  put("a", "text");
  ASSERT_EQ(::symlink("a", path("link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", path("dangling").c_str()), 0);
  expect_refused("link", "a symbolic link");
  expect_refused("dangling", "a symbolic link");
  EXPECT_EQ(root().open("dangling", Access::create_new).status().code(), Code::conflict);
  EXPECT_EQ(root().open_lock_file("dangling", true).status().code(), Code::invalid);
}

TEST_F(PosixOpenTest, SocketIsRefused) {
  const posix::Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = path("a");
  if (name.size() >= sizeof address.sun_path) GTEST_SKIP() << "TMPDIR is too long for a socket";
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto* const plain = reinterpret_cast<const sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.number(), plain, sizeof address), 0);
  expect_refused("a", "a socket");
}

TEST_F(PosixOpenTest, NewFileHasMode0600WhateverTheUmask) {
  EXPECT_EQ(in_child([&] {
              ::umask(0777);
              put("narrow", "x");
              EXPECT_TRUE(root().open_lock_file("narrow_lock", true).ok());
              ::umask(0);
              put("wide", "x");
            }),
            0);
  EXPECT_EQ(must(root().stat("narrow")).mode, 0600U);
  EXPECT_EQ(must(root().stat("narrow_lock")).mode, 0600U);
  EXPECT_EQ(must(root().stat("wide")).mode, 0600U);
}

TEST_F(PosixOpenTest, WithoutOpenat2LinksAreStillRefused) {
  put("a", "text");
  ASSERT_EQ(::symlink("a", path("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(in_child([&] {
              posix::openat2_refused() = true;
              EXPECT_EQ(get("a"), "text");
              expect_refused("link", "a symbolic link");
              expect_refused("fifo", "a FIFO");
              EXPECT_EQ(root().open_folder("link").status().code(), Code::invalid);
            }),
            0);
}

TEST_F(PosixOpenTest, RefusedOpenat2IsRemembered) {
  put("a", "text");
  for (const int error : {ENOSYS, EPERM}) {
    EXPECT_EQ(in_child([&] {
                refuse_call(SYS_openat2, error);
                posix::openat2_refused() = false;
                EXPECT_EQ(get("a"), "text");
                EXPECT_TRUE(posix::openat2_refused());
              }),
              0);
  }
}

TEST_F(PosixOpenTest, FileThatMayNotBeOpenedIsNoReasonToGiveUpOpenat2) {
  put("a", "text");
  if (posix::openat2_refused()) GTEST_SKIP() << "this system has no openat2";
  const posix::Descriptor file(::open(path("a").c_str(), O_RDONLY | O_CLOEXEC));
  int flags = FS_IMMUTABLE_FL;
  if (::ioctl(file.number(), FS_IOC_SETFLAGS, &flags) != 0) GTEST_SKIP() << "not allowed here";
  const Status status = root().open("a", Access::append).status();
  flags = 0;
  EXPECT_EQ(::ioctl(file.number(), FS_IOC_SETFLAGS, &flags), 0);
  EXPECT_EQ(status.system_error(), EPERM);
  EXPECT_FALSE(posix::openat2_refused());
}

TEST_F(PosixFileTest, ReadEndsWithTheFile) {
  put("a", "0123456789");
  const auto file = open("a", Access::read);
  char into[8];
  EXPECT_EQ(must(file->read_at(4, into, 8)), 6U);
  EXPECT_EQ(std::string_view(into, 6), "456789");
  EXPECT_EQ(must(file->read_at(10, into, 8)), 0U);
  EXPECT_EQ(must(file->read_at(1000, into, 8)), 0U);
}

TEST_F(PosixFileTest, AppendAddsBehindWhatOthersAppended) {
  put("a", "1");
  const auto first = open("a", Access::append);
  const auto second = open("a", Access::append);
  EXPECT_EQ(must(first->append("2")), 1U);
  EXPECT_EQ(must(second->append("3")), 1U);
  EXPECT_EQ(must(first->append("4")), 1U);
  EXPECT_EQ(get("a"), "1234");
}

TEST_F(PosixFileTest, WriteAtOverwritesInPlace) {
  put("a", "0123456789");
  EXPECT_EQ(must(open("a", Access::write)->write_at(3, "xyz")), 3U);
  EXPECT_EQ(get("a"), "012xyz6789");
}

TEST_F(PosixFileTest, WritingOtherwiseThanOpenedIsInvalid) {
  put("a", "text");
  EXPECT_EQ(open("a", Access::read)->append("x").status().code(), Code::invalid);
  EXPECT_EQ(open("a", Access::write)->append("x").status().code(), Code::invalid);
  EXPECT_EQ(open("a", Access::read)->write_at(0, "x").status().code(), Code::invalid);
  EXPECT_EQ(open("a", Access::append)->write_at(0, "x").status().code(), Code::invalid);
  EXPECT_EQ(get("a"), "text");
}

TEST_F(PosixFileTest, SyncDropCacheAndTruncateLeaveTheRest) {
  put("a", "0123456789");
  const auto file = open("a", Access::append);
  EXPECT_TRUE(file->sync_data().ok());
  EXPECT_TRUE(file->drop_cache().ok());
  EXPECT_TRUE(file->truncate(4).ok());
  EXPECT_EQ(get("a"), "0123");
}

TEST_F(PosixFileTest, ClosedFileIsInvalid) {
  const auto file = open("a", Access::create_new);
  const auto model = open("a", Access::read);
  EXPECT_TRUE(file->close().ok());
  char into[1];
  EXPECT_EQ(file->close().code(), Code::invalid);
  EXPECT_EQ(file->read_at(0, into, 1).status().code(), Code::invalid);
  EXPECT_EQ(file->append("x").status().code(), Code::invalid);
  EXPECT_EQ(file->sync_data().code(), Code::invalid);
  EXPECT_EQ(file->drop_cache().code(), Code::invalid);
  EXPECT_EQ(file->truncate(0).code(), Code::invalid);
  EXPECT_EQ(file->lease(true).status().code(), Code::invalid);
  EXPECT_EQ(file->info().status().code(), Code::invalid);
  EXPECT_EQ(file->copy_attributes(*model).code(), Code::invalid);
}

TEST_F(PosixFileTest, InterruptedWriteTookNothing) {
  EXPECT_EQ(in_child([&] {
              const auto file = open("a", Access::create_new);
              constexpr std::uint32_t kSize = 12345;
              refuse_write_of(kSize, EINTR);
              EXPECT_EQ(must(file->append(std::string(kSize, 'x'))), 0U);
            }),
            0);
}

TEST_F(PosixFileTest, FailedSyncIsReported) {
  EXPECT_EQ(in_child([&] {
              const auto file = open("a", Access::create_new);
              refuse_call(SYS_fdatasync, EIO);
              EXPECT_EQ(file->sync_data().code(), Code::io);
              refuse_call(SYS_fsync, EIO);
              EXPECT_EQ(root().sync().code(), Code::io);
            }),
            0);
}

TEST_F(PosixFileTest, FailedCloseIsReportedAndNotTriedAgain) {
  EXPECT_EQ(in_child([&] {
              const auto file = open("a", Access::create_new);
              refuse_call(SYS_close, EIO);
              EXPECT_EQ(file->close().system_error(), EIO);
              EXPECT_EQ(file->close().code(), Code::invalid);
            }),
            0);
}

TEST_F(PosixFileTest, RemovedFileHasNoLinks) {
  const auto file = open("a", Access::create_new);
  ASSERT_TRUE(root().remove("a").ok());
  EXPECT_EQ(must(file->info()).links, 0U);
}

void limit_file_size(rlim_t bytes) {
  const rlimit limit = {bytes, bytes};
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

bool is_size_signal(int (*ask)(sigset_t*)) {
  sigset_t signals;
  EXPECT_EQ(ask(&signals), 0);
  return sigismember(&signals, SIGXFSZ) == 1;
}

int blocked_signals(sigset_t* into) { return ::pthread_sigmask(SIG_BLOCK, nullptr, into); }

TEST_F(PosixFileTest, SizeLimitIsAnErrorAndNotADeath) {
  EXPECT_EQ(in_child([&] {
              const auto file = open("a", Access::create_new);
              limit_file_size(100);
              EXPECT_EQ(must(file->append(std::string(200, 'x'))), 100U);
              EXPECT_EQ(file->append("x").status().system_error(), EFBIG);
              EXPECT_EQ(file->truncate(101).system_error(), EFBIG);
              EXPECT_EQ(open("a", Access::write)->write_at(100, "x").status().code(), Code::io);
            }),
            0);
}

TEST_F(PosixFileTest, SizeLimitLeavesTheSignalSettingsAlone) {
  EXPECT_EQ(in_child([&] {
              ::signal(SIGXFSZ, SIG_DFL);
              const auto file = open("a", Access::create_new);
              limit_file_size(0);
              EXPECT_EQ(file->append("x").status().system_error(), EFBIG);
              struct sigaction action = {};
              EXPECT_EQ(::sigaction(SIGXFSZ, nullptr, &action), 0);
              EXPECT_EQ(action.sa_handler, SIG_DFL);
              EXPECT_FALSE(is_size_signal(blocked_signals));
              EXPECT_FALSE(is_size_signal(::sigpending));
            }),
            0);
}

TEST_F(PosixFileTest, SizeLimitKeepsASignalThatWaitedBefore) {
  EXPECT_EQ(in_child([&] {
              sigset_t signals;
              sigemptyset(&signals);
              sigaddset(&signals, SIGXFSZ);
              ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
              const auto file = open("a", Access::create_new);
              limit_file_size(0);
              EXPECT_EQ(file->append("x").status().system_error(), EFBIG);
              EXPECT_FALSE(is_size_signal(::sigpending));
              ::raise(SIGXFSZ);
              EXPECT_EQ(file->append("x").status().system_error(), EFBIG);
              EXPECT_TRUE(is_size_signal(::sigpending));
              EXPECT_TRUE(is_size_signal(blocked_signals));
            }),
            0);
}

TEST_F(PosixFileTest, LeaseIsRefusedWhileAnotherDescriptorIsOpen) {
  const auto file = open("a", Access::create_new);
  if (!must(file->lease(true))) GTEST_SKIP() << "no leases here";
  EXPECT_TRUE(must(file->lease(false)));
  const auto reader = open("a", Access::read);
  EXPECT_FALSE(must(file->lease(true)));
}

std::atomic<bool> lease_asked_for = false;

TEST_F(PosixFileTest, OpeningWaitsForALease) {
  const auto file = open("a", Access::create_new);
  if (!must(file->lease(true))) GTEST_SKIP() << "no leases here";
  lease_asked_for = false;
  const auto before = ::signal(SIGURG, [](int) { lease_asked_for = true; });
  std::thread reader([&] { EXPECT_TRUE(root().open("a", Access::read).ok()); });
  while (!lease_asked_for) posix_fs().sleep_ns(100'000);
  EXPECT_TRUE(must(file->lease(false)));
  reader.join();
  ::signal(SIGURG, before);
}

TEST_F(PosixFileTest, BrokenLeaseDoesNotEndTheProcess) {
  put("a", "x");
  EXPECT_EQ(in_child([&] {
              const auto file = open("a", Access::append);
              if (!must(file->lease(true))) return;
              EXPECT_EQ(::open(path("a").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), -1);
              EXPECT_EQ(errno, EWOULDBLOCK);
            }),
            0);
}

TEST_F(PosixAttributesTest, ModeIsKept) {
  const auto model = open("model", Access::create_new);
  ASSERT_EQ(::chmod(path("model").c_str(), 0640), 0);
  const auto file = open("a", Access::create_new);
  EXPECT_TRUE(file->copy_attributes(*model).ok());
  EXPECT_EQ(must(root().stat("a")).mode, 0640U);
}

TEST_F(PosixAttributesTest, OwnerAndSetIdBitsAreKept) {
  if (!is_root()) GTEST_SKIP() << "only root may give files away";
  const auto model = open("model", Access::create_new);
  ASSERT_EQ(::chown(path("model").c_str(), 1, 2), 0);
  ASSERT_EQ(::chmod(path("model").c_str(), 06750), 0);
  const auto file = open("a", Access::create_new);
  EXPECT_TRUE(file->copy_attributes(*model).ok());
  const FileInfo kept = must(root().stat("a"));
  EXPECT_EQ(kept.owner, 1U);
  EXPECT_EQ(kept.group, 2U);
  EXPECT_EQ(kept.mode, 06750U);
}

TEST_F(PosixAttributesTest, OwnerThatMayNotBeGivenIsIo) {
  if (!is_root()) GTEST_SKIP() << "needs a file of somebody else";
  const auto model = open("model", Access::create_new);
  const auto file = open("a", Access::create_new);
  ASSERT_EQ(::chown(path("a").c_str(), 65534, 65534), 0);
  EXPECT_EQ(in_child([&] {
              EXPECT_EQ(::setgid(65534), 0);
              EXPECT_EQ(::setuid(65534), 0);
              const Status status = file->copy_attributes(*model);
              EXPECT_EQ(status.code(), Code::io);
              EXPECT_THAT(status.message(), HasSubstr("cannot keep the owner and group 0:0 of"));
            }),
            0);
}

// user::rw-, user:1:r--, group::---, mask::r--, other::--- as the kernel stores it.
constexpr unsigned char kAccessList[] = {
    2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,   4,  0, 1, 0, 0,   0,   4,   0,
    0, 0, 255, 255, 255, 255, 16, 0, 4,   0,   255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};
constexpr const char* kAccessName = "system.posix_acl_access";

std::string access_list_of(const std::string& path) {
  char list[256];
  const ssize_t size = ::getxattr(path.c_str(), kAccessName, list, sizeof list);
  return std::string(list, size < 0 ? 0 : static_cast<std::size_t>(size));
}

TEST_F(PosixAttributesTest, AccessListIsKept) {
  const auto model = open("model", Access::create_new);
  if (::setxattr(path("model").c_str(), kAccessName, kAccessList, sizeof kAccessList, 0) != 0) {
    GTEST_SKIP() << "no access control lists here";
  }
  const auto file = open("a", Access::create_new);
  EXPECT_TRUE(file->copy_attributes(*model).ok());
  EXPECT_EQ(access_list_of(path("a")).size(), sizeof kAccessList);
  EXPECT_EQ(access_list_of(path("a")), access_list_of(path("model")));
}

TEST_F(PosixAttributesTest, AccessListThatTheModelLacksIsTakenAway) {
  const auto file = open("a", Access::create_new);
  if (::setxattr(path("a").c_str(), kAccessName, kAccessList, sizeof kAccessList, 0) != 0) {
    GTEST_SKIP() << "no access control lists here";
  }
  const auto model = open("model", Access::create_new);
  EXPECT_TRUE(file->copy_attributes(*model).ok());
  EXPECT_EQ(access_list_of(path("a")), "");
  EXPECT_EQ(must(root().stat("a")).mode, 0600U);
}

}  // namespace
}  // namespace everturn
