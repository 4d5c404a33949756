// SPDX-License-Identifier: Apache-2.0
// Locks: who holds them, what a fork does to them, and what happens when their files go away.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "store/session_locks.h"
#include "store/test_help.h"
#include "tests/traps/hook_fs.h"

namespace everturn {
namespace {

StoreOptions impatient() {
  StoreOptions options;
  options.lock_wait = std::chrono::milliseconds(20);
  return options;
}

// The byte of .everturn/lock that a session's writers lock.
std::uint64_t slot_of(std::string_view key) {
  return lock_slot(key) & ((std::uint64_t{1} << 62U) - 1);
}

class RealLocks : public PosixTest {
 protected:
  RealLocks() { EXPECT_TRUE(append_to(*open_store_here(), kKey, {text(1)}).ok()); }

  std::unique_ptr<Store> open_store_here(const StoreOptions& options = {}) {
    return must(open_store("dir:" + path("store"), options));
  }
  std::unique_ptr<LockFile> lock_file() {
    const auto side = must(posix_fs().open_folder(path("store/.everturn"), false));
    return must(side->open_lock_file("lock", false));
  }
};

TEST_F(RealLocks, HolderIsNamedInTheMessage) {
  std::unique_ptr<LockFile> lock;
  const LivingChild child([&] {
    lock = lock_file();
    EXPECT_TRUE(must(lock->try_lock(slot_of(kKey))));
  });
  const auto reply = append_to(*open_store_here(impatient()), kKey, {text(2)});
  EXPECT_EQ(code_of(reply), Code::unavailable);
  EXPECT_NE(reply.status().message().find(std::to_string(child.process())), std::string::npos)
      << reply.status().message();
}

TEST_F(RealLocks, LockOfOneSessionDoesNotStopAnother) {
  const auto lock = lock_file();
  ASSERT_TRUE(must(lock->try_lock(slot_of(kKey))));
  EXPECT_TRUE(append_to(*open_store_here(impatient()), kOtherKey, {text(1)}).ok());
}

TEST_F(RealLocks, ReadingTakesNoLock) {
  const auto lock = lock_file();
  ASSERT_TRUE(must(lock->try_lock(slot_of(kKey))));
  const auto store = open_store_here(impatient());
  EXPECT_EQ(load(*store, kKey).records, Texts{text(1)});
  EXPECT_EQ(must(store->list()).size(), 1U);
  EXPECT_TRUE(store->version(kKey).ok());
}

TEST_F(RealLocks, ForkOnlyChildAnswersInvalidToEveryCall) {
  const auto store = open_store_here();
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
  const auto writer = must(store->open_writer(kKey));
  EXPECT_EQ(in_child([&] {
              EXPECT_EQ(code_of(append_to(*store, kKey, {text(3)})), Code::invalid);
              EXPECT_EQ(code_of(append_to(*writer, {text(3)})), Code::invalid);
              EXPECT_EQ(code_of(try_load(*store, kKey)), Code::invalid);
              EXPECT_EQ(code_of(store->version(kKey)), Code::invalid);
              EXPECT_EQ(code_of(store->list()), Code::invalid);
              EXPECT_EQ(code_of(store->trash()), Code::invalid);
              EXPECT_EQ(code_of(store->remove(kKey)), Code::invalid);
              EXPECT_EQ(code_of(store->info()), Code::invalid);
              EXPECT_EQ(code_of(store->flush()), Code::invalid);
              EXPECT_EQ(code_of(store->adopt()), Code::invalid);
              EXPECT_EQ(code_of(store->watch(kKey)), Code::invalid);
            }),
            0);
  EXPECT_EQ(load(*store, kKey).records, texts(1, 2));
}

TEST_F(RealLocks, ForkOnlyChildDoesNotKeepLocks) {
  const auto folder = must(StoreFolder::open(posix_fs(), path("store"), {}));
  SessionLocks locks(posix_fs(), *folder);
  SessionLock held = must(locks.acquire(lock_slot(kKey), std::chrono::milliseconds(0)));
  const LivingChild child([] {});
  held.release();
  EXPECT_TRUE(append_to(*open_store_here(impatient()), kKey, {text(2)}).ok());
}

TEST_F(RealLocks, ForkedChildMayDestroyAStoreWhoseThreadsItLacks) {
  auto store = open_store_here();
  WriteOptions later;
  later.durability = {Level::interval, std::chrono::minutes(10)};
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}, later).ok());
  EXPECT_EQ(in_child([&] {
              ::alarm(10);  // instead of hanging
              store.reset();
            }),
            0);
}

TEST_F(RealLocks, KilledHolderLosesTheLock) {
  {
    std::unique_ptr<LockFile> lock;
    const LivingChild child([&] {
      lock = lock_file();
      EXPECT_TRUE(must(lock->try_lock(slot_of(kKey))));
    });
    ::kill(child.process(), SIGKILL);
  }
  EXPECT_TRUE(append_to(*open_store_here(impatient()), kKey, {text(2)}).ok());
}

class Locks : public SimStoreTest {
 protected:
  Locks() { EXPECT_TRUE(append_to(*open(), kKey, {text(1)}).ok()); }
  [[nodiscard]] bool nanobot_may_lock() {
    return must(must(disk_.open_folder(folder_, false))->try_flock(".session-files.lock")) !=
           nullptr;
  }
};

TEST_F(Locks, RemovedLockFileIsNoticedBeforeAcknowledging) {
  for (const char* const gone : {".everturn/lock", ".everturn"}) {
    HookFs fs(disk_);
    const auto store = open_on(fs);
    ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
    fs.before("sync_data", [&] { disk_.erase(path(gone)); });
    EXPECT_EQ(code_of(append_to(*store, kKey, {text(3)})), Code::io) << gone;
    EXPECT_TRUE(fs.is_done());
    EXPECT_TRUE(append_to(*store, kKey, {text(4)}).ok()) << gone;
  }
}

TEST_F(Locks, ReplacedLockFileIsNoticedBeforeAcknowledging) {
  HookFs fs(disk_);
  const auto store = open_on(fs);
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
  fs.before("sync_data", [&] {
    disk_.erase(path(".everturn/lock"));
    disk_.write_file(path(".everturn/lock"), "");
  });
  EXPECT_EQ(code_of(append_to(*store, kKey, {text(3)})), Code::io);
}

TEST_F(Locks, FolderThatWasRemovedIsMadeAgain) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
  disk_.erase(path(".everturn"));
  ASSERT_TRUE(append_to(*store, kKey, {text(3)}).ok());
  EXPECT_EQ(disk_.read_file(path(".everturn/format")), "everturn 1\n");
  EXPECT_EQ(load(*open(), kKey).records, texts(1, 3));
}

TEST_F(Locks, NanobotsLockIsHeldThroughCheckWriteAndSync) {
  for (const bool own : {true, false}) {
    disk_.write_file(path(".session-files.lock"), "");
    if (!own) disk_.erase(path(".everturn"));
    for (const char* const call : {"read_at", "append", "sync_data"}) {
      HookFs fs(disk_);
      const auto store = open_on(fs);
      bool free = true;
      fs.before(call, [&] { free = nanobot_may_lock(); });
      ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
      EXPECT_TRUE(fs.is_done()) << call;
      EXPECT_FALSE(free) << call << " own: " << own;
      EXPECT_TRUE(nanobot_may_lock()) << call;
    }
  }
}

TEST_F(Locks, NanobotsLockStopsUsAndIsNamed) {
  disk_.write_file(path(".session-files.lock"), "");
  const auto folder = must(disk_.open_folder(folder_, false));
  const auto lock = must(folder->try_flock(".session-files.lock"));
  EXPECT_EQ(code_of(append_to(*open(impatient()), kKey, {text(2)})), Code::unavailable);
}

TEST_F(Locks, TwoSessionsAreLockedInOneOrderByForksBothWays) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kOtherKey, {text(1)}).ok());
  std::vector<std::thread> threads;
  for (const bool there : {true, false}) {
    threads.emplace_back([&, there] {
      for (int i = 0; i < 50; ++i) {
        const std::string fresh = "fork" + std::to_string(i) + (there ? "a" : "b");
        EXPECT_TRUE(store->fork(there ? kKey : kOtherKey, fresh).ok());
        static_cast<void>(there ? store->fork(kKey, kOtherKey) : store->fork(kOtherKey, kKey));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Threads of one store that retry the same operation at the same moment.
TEST_F(Locks, OneOperationOfManyThreadsIsThereOnce) {
  const auto store = open();
  for (int round = 0; round < 30; ++round) {
    WriteOptions how;
    how.once.operation = "operation " + std::to_string(round);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] { EXPECT_TRUE(append_to(*store, kKey, {text(round)}, how).ok()); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(load(*store, kKey).records.size(), 31U);
}

}  // namespace
}  // namespace everturn
