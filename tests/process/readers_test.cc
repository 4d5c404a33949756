// SPDX-License-Identifier: Apache-2.0
// Readers in other processes, which take no lock, while writers append.
#include <signal.h>

#include <atomic>
#include <map>

#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

constexpr std::uint64_t kWriters = 2;

struct Course {
  std::atomic<bool> done = false;
};

// Appends until the course is done, one to three records a batch; some of them durable.
int write_until_done(const TemporaryFolder& folder, std::uint64_t writer, Tail tail,
                     Shared<Course>& course) {
  const std::unique_ptr<Store> store = open(folder);
  const auto opened = store->open_writer(kKey, {Create::if_missing, tail});
  if (!opened.ok()) return 1;
  for (std::uint64_t number = 0; !course->done;) {
    Texts batch;
    for (std::uint64_t i = 0; i <= number % 3; ++i) batch.push_back(numbered(writer, number + i));
    number += batch.size();
    const std::vector<std::string_view> views(batch.begin(), batch.end());
    const Level level = number % 5 == 0 ? Level::power : Level::kernel;
    if (!(*opened)->append(views, at_level(level)).ok()) return 2;
  }
  return (*opened)->close().ok() ? 0 : 3;
}

std::string damage_text(const Damage& damage) {
  return std::string(damage_reason_name(damage.reason)) + " (" + damage.detail + "), " +
         std::to_string(damage.length) + " bytes at " + std::to_string(damage.offset);
}

// What is wrong with one reading, "" if nothing: each writer's records are whole, in order and
// without a hole, and none that was seen before is gone.
std::string violation_in(Store& store, std::uint64_t* seen) {
  std::string violation;
  std::map<std::int64_t, std::int64_t> next;
  const Result<ReadReport> report = store.read(kKey, {}, [&](const Record& record) {
    const Number found = number_of(record.bytes);
    if (found.writer < 0) violation = "no whole record: " + std::string(record.bytes);
    if (found.number != next[found.writer]++) violation = "out of order";
    return violation.empty();
  });
  if (!report.ok()) return report.status().message();
  if (report->damage_count > 0) return damage_text(report->damage.front());
  if (violation.empty() && report->records < *seen) violation = "a record is gone";
  *seen = report->records;
  return violation;
}

int read_until(const TemporaryFolder& folder, std::int64_t end_us, const StoreOptions& options,
               const Report& report) {
  const std::unique_ptr<Store> store = open(folder, options);
  std::uint64_t seen = 0;
  std::uint64_t readings = 0;
  for (; now_us() < end_us; ++readings) {
    const std::string violation = violation_in(*store, &seen);
    if (violation.empty()) continue;
    report.line((options.read_only ? "read only, " : "") + violation + ", reading " +
                std::to_string(readings));
    return 1;
  }
  report.line(std::to_string(readings) + " readings");
  return 0;
}

// Two writers, and three readers with those options.
void read_while_writing(Tail tail, const StoreOptions& options) {
  const TemporaryFolder folder;
  ASSERT_TRUE(append(*open(folder), numbered(kWriters, 0)).ok());
  Shared<Course> course;
  std::vector<std::unique_ptr<Child>> writers;
  for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
    writers.push_back(std::make_unique<Child>(
        [&, writer](const Report&) { return write_until_done(folder, writer, tail, course); }));
  }
  std::vector<std::unique_ptr<Child>> readers;
  const std::int64_t end_us = now_us() + 1'500'000;
  for (int reader = 0; reader < 3; ++reader) {
    readers.push_back(std::make_unique<Child>(
        [&](const Report& report) { return read_until(folder, end_us, options, report); }));
  }
  for (const auto& reader : readers) {
    const std::string told = reader->next_line().value_or("nothing");
    EXPECT_EQ(reader->wait(), 0) << told;
    testing::Test::RecordProperty("reader", told);
  }
  course->done = true;
  for (const auto& writer : writers) EXPECT_EQ(writer->wait(), 0);
  EXPECT_GT(records(folder).size(), 10U);
}

class ReadersDuringWrites : public testing::TestWithParam<Tail> {};

TEST_P(ReadersDuringWrites, SeeOnlyWholeRecords) { read_while_writing(GetParam(), {}); }

TEST_P(ReadersDuringWrites, SeeOnlyWholeRecordsInAReadOnlyStore) {
  StoreOptions options;
  options.read_only = true;
  read_while_writing(GetParam(), options);
}

INSTANTIATE_TEST_SUITE_P(Tails, ReadersDuringWrites, testing::Values(Tail::plain, Tail::padded),
                         [](const testing::TestParamInfo<Tail>& tail) {
                           return tail.param == Tail::plain ? "plain" : "padded";
                         });

}  // namespace
}  // namespace everturn::process_test
