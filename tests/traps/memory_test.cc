// SPDX-License-Identifier: Apache-2.0
// What reading a session costs in memory and time, however long and however broken it is.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::uint64_t peak_bytes() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

class Memory : public PosixTest {
 protected:
  Memory() {
    store_ = must(open_store("dir:" + path("store")));
    EXPECT_TRUE(append_to(*store_, kKey, {text(0)}).ok());
    name_ = session_file_name(kKey, false);
  }
  void append_raw(const std::string& bytes) {
    const auto folder = must(posix_fs().open_folder(path("store"), false));
    const auto file = must(folder->open(name_, Access::append));
    for (std::size_t at = 0; at < bytes.size();) {
      at += must(file->append(std::string_view(bytes).substr(at)));
    }
  }
  // A hole of this size behind the records; false where files cannot be sparse.
  bool append_hole(std::uint64_t bytes) {
    const auto folder = must(posix_fs().open_folder(path("store"), false));
    const auto file = must(folder->open(name_, Access::append));
    return file->truncate(must(file->info()).size + bytes).ok();
  }
  // How much a reading adds to the memory of a process of its own, in MiB.
  int cost_mib(const ReadOptions& how, std::uint64_t* records) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(
        in_child([&] {
          const std::uint64_t before = peak_bytes();
          const auto store = must(open_store("dir:" + path("store")));
          std::uint64_t cost[2] = {};
          EXPECT_TRUE(store->read(kKey, how, [&](const Record&) { return ++cost[1] > 0; }).ok());
          cost[0] = (peak_bytes() - before) / kMiB;
          EXPECT_EQ(::write(ends[1], cost, sizeof cost), long{sizeof cost});
        }),
        0);
    std::uint64_t cost[2] = {};
    EXPECT_EQ(::read(ends[0], cost, sizeof cost), long{sizeof cost});
    ::close(ends[0]);
    ::close(ends[1]);
    *records = cost[1];
    return static_cast<int>(cost[0]);
  }

  std::unique_ptr<Store> store_;
  std::string name_;
};

TEST_F(Memory, OfReadingStaysWithinTheBound) {
  std::string small;
  for (int i = 0; i < 100'000; ++i) small += text(i) + "\n";
  append_raw(small + record_of(20 * kMiB) + "\n");
  std::uint64_t records = 0;
  for (const bool backwards : {false, true}) {
    ReadOptions how;
    how.backwards = backwards;
    EXPECT_LT(cost_mib(how, &records), 16 + 3 + 12 * 20) << backwards;
    EXPECT_EQ(records, 100'002U);
  }
}

TEST_F(Memory, OfReadingBackwardsDoesNotGrowWithTheNumberOfLongRecords) {
  const std::string record = record_of(3 * kMiB);
  for (int i = 0; i < 60; ++i) append_raw(record + "\n");
  ReadOptions how;
  how.backwards = true;
  std::uint64_t records = 0;
  EXPECT_LT(cost_mib(how, &records), 16 + 12 * 3);
  EXPECT_EQ(records, 61U);
}

TEST_F(Memory, OfASessionFullOfDamageIsBounded) {
  std::string damage;
  for (int i = 0; i < 300'000; ++i) damage += "{\n";
  append_raw(damage);
  std::uint64_t records = 0;
  for (const bool backwards : {false, true}) {
    ReadOptions how;
    how.backwards = backwards;
    EXPECT_LT(cost_mib(how, &records), 16) << backwards;
    EXPECT_EQ(records, 1U);
  }
}

class HugeHole : public Memory {
 protected:
  static constexpr std::uint64_t kHole = 10ULL << 30U;
  bool prepare() {
    if (!append_hole(kHole)) return false;
    std::string tail = "\n";
    for (int i = 0; i < 60; ++i) tail += text(i) + "\n";
    append_raw(tail);
    return true;
  }
};

TEST_F(HugeHole, LastRecordsComeAtOnceAndCheaply) {
  if (!prepare()) GTEST_SKIP() << "no sparse files of 10 GiB in the temporary folder";
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t records = 0;
  EXPECT_LT(cost_mib(last(50), &records), 100);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(records, 50U);
  EXPECT_LT(took, std::chrono::milliseconds(200));
}

TEST_F(HugeHole, AppendIsNotDelayed) {
  if (!prepare()) GTEST_SKIP() << "no sparse files of 10 GiB in the temporary folder";
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(append_to(*store_, kKey, {text(60)}).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(load(*store_, kKey, last(2)).records, texts(59, 60));
}

}  // namespace
}  // namespace everturn
