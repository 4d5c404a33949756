// SPDX-License-Identifier: Apache-2.0
// Eight processes that append to one session as fast as they can.
#include <algorithm>
#include <array>
#include <atomic>

#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

constexpr std::size_t kWriters = 8;
constexpr std::size_t kMostAppends = 1000;

// What the writers note while they run.
struct Course {
  std::atomic<bool> finished = false;
  std::array<std::atomic<std::uint32_t>, kWriters> counts{};
  std::array<std::uint32_t, kWriters> counts_at_first_finish{};
  std::array<std::array<std::int64_t, kMostAppends>, kWriters> latencies_us{};
};

int write_all(const TemporaryFolder& folder, std::uint64_t writer, std::uint64_t count,
              const WriteOptions& how, Shared<Course>& course) {
  // Longer than the test takes: how long anybody waits is measured, not cut off.
  StoreOptions patient;
  patient.lock_wait = std::chrono::minutes(5);
  const std::unique_ptr<Store> store = open(folder, patient);
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::int64_t start = now_us();
    if (!append(*store, numbered(writer, number), how).ok()) return 1;
    course->latencies_us[writer][number] = now_us() - start;
    ++course->counts[writer];
  }
  if (!course->finished.exchange(true)) {
    for (std::size_t i = 0; i < kWriters; ++i) {
      course->counts_at_first_finish[i] = course->counts[i];
    }
  }
  return 0;
}

struct Race {
  std::uint32_t smallest_share = 0;  // records of the slowest when the fastest was done
  std::uint32_t fair_share = 0;
  std::int64_t median_us = 0;
  std::int64_t p999_us = 0;
  std::int64_t p999_turns = 0;  // how many appends there were in that time, on the average
  std::int64_t longest_us = 0;
};

Race sum_up(Shared<Course>& course, std::uint64_t count, std::int64_t elapsed_us) {
  std::vector<std::int64_t> latencies;
  for (const auto& mine : course->latencies_us) {
    latencies.insert(latencies.end(), mine.begin(),
                     mine.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::sort(latencies.begin(), latencies.end());
  const auto& shares = course->counts_at_first_finish;
  Race race;
  race.smallest_share = *std::min_element(shares.begin(), shares.end());
  for (const std::uint32_t share : shares) race.fair_share += share;
  race.fair_share /= kWriters;
  race.median_us = latencies[latencies.size() / 2];
  race.p999_us = latencies[latencies.size() * 999 / 1000];
  race.p999_turns = race.p999_us * static_cast<std::int64_t>(latencies.size()) / elapsed_us;
  race.longest_us = latencies.back();
  return race;
}

// Lets all writers go at once; expects that nothing is lost.
Race race(std::uint64_t count, const WriteOptions& how) {
  const TemporaryFolder folder;
  Shared<Course> course;
  Gate gate;
  std::vector<std::unique_ptr<Child>> writers;
  for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
    writers.push_back(std::make_unique<Child>([&, writer](const Report&) {
      gate.pass();
      return write_all(folder, writer, count, how, course);
    }));
  }
  const std::int64_t start = now_us();
  gate.open();
  for (const auto& writer : writers) EXPECT_EQ(writer->wait(), 0);
  const std::int64_t elapsed_us = now_us() - start;
  expect_complete(records(folder), kWriters, count);
  const Result<SealReport> seals = open(folder)->verify(kKey);
  EXPECT_TRUE(seals.ok() && !seals->is_alarm());
  const bool all_durable = how.durability.level == Level::power;
  EXPECT_TRUE(!all_durable || seals->unsealed_bytes == 0) << seals->unsealed_bytes;
  return sum_up(course, count, elapsed_us);
}

void note(const Race& race) {
  testing::Test::RecordProperty("smallest_share", std::to_string(race.smallest_share));
  testing::Test::RecordProperty("fair_share", std::to_string(race.fair_share));
  testing::Test::RecordProperty("median_us", std::to_string(race.median_us));
  testing::Test::RecordProperty("p999_us", std::to_string(race.p999_us));
  testing::Test::RecordProperty("p999_turns", std::to_string(race.p999_turns));
  testing::Test::RecordProperty("longest_us", std::to_string(race.longest_us));
}

// Who comes next is left to the scheduler here: an append takes a hundredth of a time slice.
TEST(EightProcesses, ThousandUnsyncedAppendsEachLoseNothing) {
  note(race(1000, at_level(Level::kernel)));
}

// The line that they form is no queue in order: those in it try again and again, and who has waited
// longest tries most often. So a fair share is not exact, and a wait has no end that is certain;
// both must stay far from one writer that shuts out another. Waits are also counted in appends of
// others, for disks differ: in a strict queue it would be 8, and 45 if each time one of seven were
// drawn.
TEST(EightProcesses, ThousandDurableAppendsEachLoseNothingAndAreFair) {
  constexpr std::uint64_t kAppends = 1000;
  const Race result = race(kAppends, at_level(Level::power));
  note(result);
  EXPECT_GE(result.smallest_share, result.fair_share / 3) << "of " << kAppends;
  EXPECT_LE(result.p999_us, 2'000'000) << "the median is " << result.median_us;
  EXPECT_LE(result.p999_turns, static_cast<std::int64_t>(kAppends * kWriters / 8));
}

}  // namespace
}  // namespace everturn::process_test
