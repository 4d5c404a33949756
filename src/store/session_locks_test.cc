// SPDX-License-Identifier: Apache-2.0
#include "store/session_locks.h"

#include <chrono>

#include "store/test_help.h"

namespace everturn {
namespace {

using std::chrono::milliseconds;

class SessionLocksTest : public SimStoreTest {
 protected:
  // The locks of one process.
  struct Process {
    Process(Fs& fs, const std::string& path)
        : folder(must(StoreFolder::open(fs, path, {}))), locks(fs, *folder) {
      EXPECT_TRUE(folder->prepare_to_write().ok());
    }
    Result<SessionLock> acquire(std::uint64_t slot) { return locks.acquire(slot, milliseconds(5)); }
    std::unique_ptr<StoreFolder> folder;
    SessionLocks locks;
  };

  SessionLocksTest() { disk_.write_file(path(".everturn/format"), "everturn 1\n"); }
};

TEST_F(SessionLocksTest, OneProcessExcludesAnother) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  {
    const SessionLock lock = must(a.acquire(7));
    EXPECT_EQ(code_of(b.acquire(7)), Code::unavailable);
  }
  EXPECT_TRUE(b.acquire(7).ok());
}

TEST_F(SessionLocksTest, OneThreadExcludesAnother) {
  Process a(disk_, folder_);
  const SessionLock lock = must(a.acquire(7));
  EXPECT_EQ(code_of(a.acquire(7)), Code::unavailable);
}

TEST_F(SessionLocksTest, FailedWaitLeavesNothingLocked) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  {
    const SessionLock lock = must(a.acquire(7));
    EXPECT_FALSE(b.acquire(7).ok());
    EXPECT_FALSE(b.acquire(7).ok());
  }
  EXPECT_TRUE(b.acquire(7).ok());
  EXPECT_TRUE(a.acquire(7).ok());
}

TEST_F(SessionLocksTest, DifferentSessionsDoNotMeet) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  const SessionLock lock = must(a.acquire(7));
  EXPECT_TRUE(b.acquire(8).ok());
}

TEST_F(SessionLocksTest, TwoSessionsAreLockedOnceIfTheyAreOne) {
  Process a(disk_, folder_);
  EXPECT_TRUE(a.locks.acquire_two(7, 7, milliseconds(5)).ok());
  EXPECT_TRUE(a.acquire(7).ok());
}

TEST_F(SessionLocksTest, TwoSessionsAreBothLockedAndBothGivenBack) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  {
    const auto pair = must(a.locks.acquire_two(8, 7, milliseconds(5)));
    EXPECT_FALSE(b.acquire(7).ok());
    EXPECT_FALSE(b.acquire(8).ok());
  }
  EXPECT_TRUE(b.acquire(7).ok());
  EXPECT_TRUE(b.acquire(8).ok());
}

TEST_F(SessionLocksTest, SecondOfTwoThatCannotBeHadGivesTheFirstBack) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  const SessionLock lock = must(a.acquire(8));
  EXPECT_EQ(code_of(b.locks.acquire_two(7, 8, milliseconds(5))), Code::unavailable);
  EXPECT_TRUE(a.acquire(7).ok());
}

TEST_F(SessionLocksTest, HeldLockIsConfirmed) {
  Process a(disk_, folder_);
  SessionLock lock = must(a.acquire(7));
  EXPECT_TRUE(lock.confirm().ok());
}

TEST_F(SessionLocksTest, LockWhoseFileIsGoneIsNotConfirmed) {
  for (const char* const gone : {".everturn/lock", ".everturn"}) {
    Process a(disk_, folder_);
    SessionLock lock = must(a.acquire(7));
    disk_.erase(path(gone));
    EXPECT_EQ(code_of(lock.confirm()), Code::io) << gone;
  }
}

TEST_F(SessionLocksTest, RemovedLockFileIsMadeAgainAndExcludes) {
  Process a(disk_, folder_);
  Process b(disk_, folder_);
  static_cast<void>(must(a.acquire(7)));
  static_cast<void>(must(b.acquire(7)));
  disk_.erase(path(".everturn/lock"));
  disk_.sleep_ns(10'000'000);
  const SessionLock lock = must(a.acquire(7));
  EXPECT_EQ(code_of(b.acquire(7)), Code::unavailable);
}

TEST_F(SessionLocksTest, NanobotsLockIsTakenToo) {
  disk_.write_file(path(".session-files.lock"), "");
  Process a(disk_, folder_);
  const auto folder = must(disk_.open_folder(folder_, false));
  {
    const SessionLock lock = must(a.acquire(7));
    EXPECT_EQ(must(folder->try_flock(".session-files.lock")), nullptr);
  }
  const auto theirs = must(folder->try_flock(".session-files.lock"));
  ASSERT_NE(theirs, nullptr);
  EXPECT_EQ(code_of(a.acquire(7)), Code::unavailable);
}

TEST_F(SessionLocksTest, ErrorOfTheLockCallIsAnErrorAndNotALock) {
  Process a(disk_, folder_);
  disk_.fail_always("try_lock", EIO);
  EXPECT_EQ(code_of(a.acquire(7)), Code::io);
  disk_.clear_faults();
  EXPECT_TRUE(a.acquire(7).ok());
}

}  // namespace
}  // namespace everturn
