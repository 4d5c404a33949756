// SPDX-License-Identifier: Apache-2.0
// Writers that are stopped and killed in the middle of their work. What a writer was told is sent
// through a pipe to the test, the only one that knows it afterwards.
#include <poll.h>
#include <signal.h>

#include <array>
#include <random>
#include <set>

#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

// Appends until it is killed, telling each record that was acknowledged.
int write_for_ever(const TemporaryFolder& folder, std::uint64_t writer, const Report& report) {
  const std::unique_ptr<Store> store = open(folder);
  for (std::uint64_t number = 0;; ++number) {
    const std::string record = numbered(writer, number);
    const Level level = number % 4 == 3 ? Level::kernel : Level::power;
    if (!append(*store, record, at_level(level)).ok()) return 1;
    report.line(record);
  }
}

StoreOptions waiting(std::chrono::milliseconds wait) {
  StoreOptions options;
  options.lock_wait = wait;
  return options;
}

// Appends for ever at the disk's pace and tells nothing after the first record.
int write_silently(const TemporaryFolder& folder, const Report& report) {
  const std::unique_ptr<Store> store = open(folder);
  for (std::uint64_t number = 0;; ++number) {
    if (!append(*store, numbered(1, number)).ok()) return 1;
    if (number == 0) report.line("begun");
  }
}

// Stops `writer` at a moment when it holds the session's lock: most of its time.
bool stop_with_lock(Child& writer, Store& impatient) {
  for (std::uint64_t number = 0; number < 1000; ++number) {
    writer.stop();
    if (!append(impatient, numbered(2, number)).ok()) return true;
    writer.signal(SIGCONT);
  }
  return false;
}

TEST(KilledWriters, KilledLockHolderFreesTheSessionAtOnce) {
  const TemporaryFolder folder;
  Child holder([&](const Report& report) { return write_silently(folder, report); });
  ASSERT_EQ(holder.next_line(), "begun");
  ASSERT_TRUE(stop_with_lock(holder, *open(folder, waiting(std::chrono::milliseconds(1)))));

  const std::unique_ptr<Store> store = open(folder, waiting(std::chrono::milliseconds(300)));
  const std::int64_t start = now_us();
  const Result<Appended> refused = append(*store, numbered(3, 0));
  const std::int64_t waited_us = now_us() - start;
  EXPECT_EQ(refused.status().code(), Code::unavailable);
  const std::string who = "process " + std::to_string(holder.id());
  EXPECT_NE(refused.status().message().find(who), std::string::npos) << refused.status().message();
  EXPECT_GE(waited_us, 300'000);
  EXPECT_LT(waited_us, 2'000'000);

  holder.signal(SIGKILL);
  const std::int64_t killed = now_us();
  EXPECT_TRUE(append(*open(folder), numbered(3, 0)).ok());
  EXPECT_LT(now_us() - killed, 1'000'000);
  EXPECT_EQ(holder.wait(), 128 + SIGKILL);
}

// Four writers, one session, and what they were told.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed) {
    for (auto& writer : writers_) writer = start();
  }
  void run(std::chrono::milliseconds time) {
    const std::int64_t end = now_us() + time.count() * 1000;
    while (now_us() < end) {
      listen(static_cast<int>(5 + random_() % 60));
      kill_and_restart(random_() % kWriters);
    }
    for (auto& writer : writers_) kill_one(*writer);
  }
  [[nodiscard]] const std::set<std::string>& acknowledged() const { return acknowledged_; }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] int kills() const { return kills_; }

 private:
  static constexpr std::size_t kWriters = 4;

  std::unique_ptr<Child> start() {
    const std::uint64_t name = lives_++;
    return std::make_unique<Child>(
        [this, name](const Report& report) { return write_for_ever(folder_, name, report); });
  }
  void listen(int time_ms) {
    const std::int64_t end = now_us() + time_ms * 1000;
    for (std::int64_t left = time_ms; left > 0; left = (end - now_us()) / 1000) {
      std::array<pollfd, kWriters> ready = {};
      for (std::size_t i = 0; i < kWriters; ++i) ready[i] = {writers_[i]->descriptor(), POLLIN, 0};
      poll(ready.data(), ready.size(), static_cast<int>(left));
      for (std::size_t i = 0; i < kWriters; ++i) {
        bool ended = false;
        if (ready[i].revents != 0) acknowledge(writers_[i]->take_lines(&ended));
        ASSERT_FALSE(ended) << "a writer ended by itself: " << writers_[i]->wait();
      }
    }
  }
  void kill_one(Child& writer) {
    writer.signal(SIGKILL);
    acknowledge(writer.rest_of_lines());
    EXPECT_EQ(writer.wait(), 128 + SIGKILL);
    ++kills_;
  }
  void kill_and_restart(std::size_t index) {
    kill_one(*writers_[index]);
    writers_[index] = start();
  }
  void acknowledge(Texts lines) {
    for (std::string& line : lines) acknowledged_.insert(std::move(line));
  }

  TemporaryFolder folder_;
  std::mt19937_64 random_;
  std::uint64_t lives_ = 0;
  int kills_ = 0;
  std::set<std::string> acknowledged_;
  std::array<std::unique_ptr<Child>, kWriters> writers_;
};

TEST(KilledWriters, KillStormLosesNothingAcknowledged) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Storm storm(seed);
  storm.run(std::chrono::seconds(4));
  EXPECT_GT(storm.kills(), 20);
  EXPECT_GT(storm.acknowledged().size(), 100U);
  // A kill between two pages of one write can leave a fragment; it is no record and takes none.
  const std::unique_ptr<Store> store = open(storm.folder());
  std::set<std::string> loaded;
  const Result<ReadReport> report = store->read(kKey, {}, [&](const Record& record) {
    EXPECT_GE(number_of(record.bytes).writer, 0) << "nobody wrote " << record.bytes;
    EXPECT_TRUE(loaded.insert(std::string(record.bytes)).second) << "twice: " << record.bytes;
    return true;
  });
  ASSERT_TRUE(report.ok()) << report.status().message();
  for (const std::string& record : storm.acknowledged()) {
    EXPECT_TRUE(loaded.contains(record)) << "lost: " << record;
  }
  EXPECT_TRUE(append(*store, numbered(9, 0)).ok()) << "the session goes on";
  const Result<SealReport> seals = store->verify(kKey);
  ASSERT_TRUE(seals.ok()) << seals.status().message();
  EXPECT_FALSE(seals->is_alarm());
  EXPECT_EQ(seals->unsealed_bytes, 0U);
}

}  // namespace
}  // namespace everturn::process_test
