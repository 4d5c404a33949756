// SPDX-License-Identifier: Apache-2.0
// Locks of the production file system, between objects, processes and forked children.
#include <fcntl.h>
#include <sys/file.h>

#include <atomic>
#include <thread>
#include <vector>

#include "fs/posix_internal.h"
#include "fs/posix_test_help.h"

namespace everturn {
namespace {

using ::testing::StartsWith;

class PosixLockTest : public PosixTest {
 protected:
  [[nodiscard]] std::unique_ptr<LockFile> lock_file() const {
    return must(root().open_lock_file("lock", true));
  }
};
class PosixFlockTest : public PosixTest {};

TEST_F(PosixLockTest, LockExcludesAnotherObjectInThisProcess) {
  const auto ours = lock_file();
  const auto theirs = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  EXPECT_FALSE(must(theirs->try_lock(7)));
  EXPECT_TRUE(must(theirs->is_held(7)));
  EXPECT_FALSE(must(ours->is_held(7)));
  ASSERT_TRUE(ours->unlock(7).ok());
  EXPECT_TRUE(must(theirs->try_lock(7)));
}

TEST_F(PosixLockTest, LockTwiceIsHeldOnce) {
  const auto ours = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  EXPECT_TRUE(must(ours->try_lock(7)));
  ASSERT_TRUE(ours->unlock(7).ok());
  EXPECT_FALSE(must(lock_file()->is_held(7)));
}

TEST_F(PosixLockTest, SlotsAreIndependent) {
  const auto ours = lock_file();
  const auto theirs = lock_file();
  for (const std::uint64_t slot : {0, 1, 2}) EXPECT_TRUE(must(ours->try_lock(slot)));
  ASSERT_TRUE(ours->unlock(1).ok());
  EXPECT_TRUE(must(theirs->try_lock(1)));
  EXPECT_FALSE(must(theirs->try_lock(0)));
  EXPECT_FALSE(must(theirs->try_lock(2)));
}

TEST_F(PosixLockTest, LastSlotWorksAndTheNextIsInvalid) {
  const std::uint64_t limit = std::uint64_t{1} << 63U;
  const auto ours = lock_file();
  EXPECT_TRUE(must(ours->try_lock(limit - 1)));
  EXPECT_TRUE(must(lock_file()->is_held(limit - 1)));
  EXPECT_NE(lock_file()->holder(limit - 1), "another process");
  EXPECT_EQ(ours->try_lock(limit).status().code(), Code::invalid);
  EXPECT_EQ(ours->unlock(limit).code(), Code::invalid);
  EXPECT_EQ(ours->is_held(limit).status().code(), Code::invalid);
}

TEST_F(PosixLockTest, DestructorGivesTheLockBack) {
  auto ours = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  ours.reset();
  EXPECT_FALSE(must(lock_file()->is_held(7)));
}

TEST_F(PosixLockTest, MissingLockFileIsNotFoundUnlessItMayBeMade) {
  EXPECT_EQ(root().open_lock_file("lock", false).status().code(), Code::not_found);
  EXPECT_TRUE(root().open_lock_file("lock", true).ok());
  EXPECT_TRUE(root().open_lock_file("lock", false).ok());
  EXPECT_EQ(must(root().stat("lock")).mode, 0600U);
}

TEST_F(PosixLockTest, DeletedLockFileIsNoticed) {
  const auto ours = lock_file();
  EXPECT_EQ(must(ours->info()).links, 1U);
  EXPECT_EQ(must(ours->info()).id, must(root().stat("lock")).id);
  ASSERT_TRUE(root().remove("lock").ok());
  EXPECT_EQ(must(ours->info()).links, 0U);
}

TEST_F(PosixLockTest, HolderIsTheOtherProcess) {
  const LivingChild child([&] {
    static const auto theirs = lock_file();
    EXPECT_TRUE(must(theirs->try_lock(7)));
    EXPECT_TRUE(must(theirs->try_lock(8)));  // the kernel joins it with 7
  });
  const auto ours = lock_file();
  EXPECT_TRUE(must(ours->is_held(7)));
  const std::string expected = "process " + std::to_string(child.process()) + " (";
  EXPECT_THAT(ours->holder(7), StartsWith(expected));
  EXPECT_THAT(ours->holder(8), StartsWith(expected));
}

TEST_F(PosixLockTest, HolderMayBeAnotherObjectOfThisProcess) {
  const auto theirs = lock_file();
  EXPECT_TRUE(must(theirs->try_lock(7)));
  EXPECT_THAT(lock_file()->holder(7), StartsWith("process " + std::to_string(::getpid()) + " ("));
}

TEST_F(PosixLockTest, HolderIsNeverOurselvesNorSomeOtherSlotsHolder) {
  const auto ours = lock_file();
  const auto theirs = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  EXPECT_TRUE(must(theirs->try_lock(70)));
  EXPECT_EQ(ours->holder(7), "another process");
}

TEST_F(PosixLockTest, HolderWithAStrangeNameCannotDriveATerminal) {
  const LivingChild child([&] {
    static const auto theirs = lock_file();
    EXPECT_TRUE(must(theirs->try_lock(7)));
    ::prctl(PR_SET_NAME, "a\x1b[2J\xff)\n");
  });
  EXPECT_EQ(lock_file()->holder(7), "process " + std::to_string(child.process()) + " (a?[2J?)?)");
}

TEST_F(PosixLockTest, ForkedChildDoesNotKeepTheLock) {
  auto ours = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  const LivingChild child([] {});
  EXPECT_TRUE(must(lock_file()->is_held(7)));
  ours.reset();
  EXPECT_FALSE(must(lock_file()->is_held(7)));
}

TEST_F(PosixLockTest, ForkedChildAnswersInvalid) {
  const auto ours = lock_file();
  EXPECT_TRUE(must(ours->try_lock(7)));
  EXPECT_EQ(in_child([&] {
              EXPECT_EQ(ours->try_lock(7).status().code(), Code::invalid);
              EXPECT_EQ(ours->unlock(7).code(), Code::invalid);
              EXPECT_EQ(ours->is_held(7).status().code(), Code::invalid);
              EXPECT_EQ(ours->info().status().code(), Code::invalid);
              EXPECT_EQ(ours->holder(7), "another process");
              EXPECT_FALSE(must(lock_file()->try_lock(7)));
            }),
            0);
  EXPECT_TRUE(must(lock_file()->is_held(7)));
}

TEST_F(PosixLockTest, ForkedChildMayDestroyWhatItInherited) {
  auto first = lock_file();
  auto second = lock_file();
  auto whole = must(root().try_flock(""));
  EXPECT_EQ(in_child([&] {
              second.reset();
              const auto own = lock_file();  // takes a number that was just given back
              whole.reset();
              first.reset();
              EXPECT_TRUE(must(own->try_lock(7)));
            }),
            0);
  EXPECT_TRUE(must(second->try_lock(7)));
}

TEST_F(PosixLockTest, KilledHolderLosesTheLock) {
  const auto ours = lock_file();
  EXPECT_EQ(in_child([&] {
              EXPECT_TRUE(must(lock_file()->try_lock(7)));
              ::raise(SIGKILL);
            }),
            128 + SIGKILL);
  EXPECT_TRUE(must(ours->try_lock(7)));
}

TEST_F(PosixFlockTest, SecondTakerGetsNothing) {
  auto ours = must(root().try_flock("f.lock"));
  ASSERT_NE(ours, nullptr);
  EXPECT_EQ(must(root().try_flock("f.lock")), nullptr);
  ours.reset();
  EXPECT_NE(must(root().try_flock("f.lock")), nullptr);
  EXPECT_EQ(must(root().stat("f.lock")).mode, 0600U);
}

TEST_F(PosixFlockTest, FolderItselfCanBeLocked) {
  auto ours = must(root().try_flock(""));
  ASSERT_NE(ours, nullptr);
  EXPECT_EQ(must(root().try_flock("")), nullptr);
  EXPECT_NE(must(root().try_flock("f.lock")), nullptr);
  ours.reset();
  EXPECT_NE(must(root().try_flock("")), nullptr);
}

TEST_F(PosixFlockTest, PlainFlockOfAnotherProgramCounts) {
  put("f.lock", "content");
  const LivingChild child([&] {
    const int number = ::open(path("f.lock").c_str(), O_RDWR);
    EXPECT_EQ(::flock(number, LOCK_EX | LOCK_NB), 0);
  });
  EXPECT_EQ(must(root().try_flock("f.lock")), nullptr);
  EXPECT_EQ(get("f.lock"), "content");
}

TEST_F(PosixFlockTest, LockFileThatCanOnlyBeReadIsEnough) {
  if (is_root()) GTEST_SKIP() << "root may open everything";
  put("f.lock", "");
  ASSERT_EQ(::chmod(path("f.lock").c_str(), 0400), 0);
  EXPECT_NE(must(root().try_flock("f.lock")), nullptr);
}

TEST_F(PosixFlockTest, ForkedChildDoesNotKeepTheLock) {
  auto ours = must(root().try_flock("f.lock"));
  const LivingChild child([] {});
  EXPECT_EQ(must(root().try_flock("f.lock")), nullptr);
  ours.reset();
  EXPECT_NE(must(root().try_flock("f.lock")), nullptr);
}

TEST_F(PosixFlockTest, NewFileIsLockedAfterTheHeldOneWasUnlinked) {
  const auto ours = must(root().try_flock("f.lock"));
  ASSERT_TRUE(root().remove("f.lock").ok());
  EXPECT_NE(must(root().try_flock("f.lock")), nullptr);
}

// As some lock libraries do it: the holder unlinks the file before it gives the lock back.
TEST_F(PosixFlockTest, UnlinkedLockFileIsNoticed) {
  std::atomic<int> holders = 0;
  std::atomic<int> overlaps = 0;
  const auto take_turns = [&] {
    for (int taken = 0; taken < 2000;) {
      Result<std::unique_ptr<WholeLock>> lock = root().try_flock("f.lock");
      if (!lock.ok() || *lock == nullptr) continue;
      if (holders.fetch_add(1) != 0) ++overlaps;
      ++taken;
      holders.fetch_sub(1);
      EXPECT_TRUE(root().remove("f.lock").ok());
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 3; ++number) threads.emplace_back(take_turns);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(overlaps, 0);
}

}  // namespace
}  // namespace everturn
