// SPDX-License-Identifier: Apache-2.0
// Eight writers that append, rewrite and delete on four sessions, and readers, each killed at
// random and replaced: what was acknowledged is in a session or in the trash, whoever died where.
#include "tests/lab/storm.h"

#include "tests/lab/campaign.h"

namespace everturn::lab {
namespace {

constexpr std::size_t kWriters = 8;
constexpr std::size_t kReaders = 2;
constexpr std::array<const char*, 4> kSessions = {"a", "b", "c", "d"};

std::vector<std::string> read_all(Store& store, const char* key, Version* version) {
  std::vector<std::string> records;
  const Result<ReadReport> report = store.read(key, {}, [&](const Record& record) {
    records.emplace_back(record.bytes);
    return true;
  });
  if (report) *version = report->version;
  return records;
}

// Puts what is there in place of what is there: nothing may be lost by it.
void rewrite(Store& store, const char* key) {
  WriteOptions how;
  Version version;
  const std::vector<std::string> records = read_all(store, key, &version);
  if (version == Version::none()) return;
  how.expected = version;
  static_cast<void>(
      store.save(key, std::vector<std::string_view>(records.begin(), records.end()), how));
}

class StormWriter {
 public:
  StormWriter(const std::string& folder, std::uint64_t life, int descriptor)
      : store_(open_for_storm(folder)),
        next_(life * kRecordsALife),
        random_(life),
        descriptor_(descriptor) {}

  [[noreturn]] void run() {
    while (true) {
      const char* const key = kSessions[random_() % kSessions.size()];
      const std::uint64_t what = random_() % 100;
      if (what < 90)
        append(key);
      else if (what < 93)
        static_cast<void>(store_->remove(key));
      else if (what < 96)
        static_cast<void>(store_->vacuum(key));
      else if (what < 99)
        rewrite(*store_, key);
      else
        static_cast<void>(store_->sweep());
    }
  }

 private:
  void append(const char* key) {
    WriteOptions how;
    constexpr std::array<Level, 4> kLevels = {Level::power, Level::power, Level::kernel,
                                              Level::interval};
    how.durability.level = kLevels[random_() % kLevels.size()];
    if (how.durability.level == Level::interval)
      how.durability.interval = std::chrono::milliseconds(5);
    const bool is_large = random_() % 40 == 0;
    std::vector<std::string> records;
    const std::uint64_t first = next_;
    for (std::uint64_t i = 0; i <= random_() % 3; ++i) {
      records.push_back(record_text(next_++, is_large ? 600'000 : 40 + random_() % 3000));
    }
    const std::vector<std::string_view> views(records.begin(), records.end());
    if (!store_->append(key, views, how)) return;
    for (std::uint64_t number = first; number < next_; ++number) say_number(descriptor_, number);
  }

  const std::unique_ptr<Store> store_;
  std::uint64_t next_;
  std::mt19937_64 random_;
  const int descriptor_;
};

// Reads for ever and says what it may not see.
[[noreturn]] void read_for_ever(const std::string& folder, int descriptor) {
  const std::unique_ptr<Store> store = open_for_storm(folder);
  while (true) {
    for (const char* const key : kSessions) {
      const std::string broken = broken_in(*store, key);
      if (!broken.empty()) say(descriptor, "!" + broken);
    }
  }
}

}  // namespace

Tally run_storms(const Context& context) {
  Tally tally;
  const TemporaryFolder folder(context.directory);
  const std::string store = folder.store();
  std::vector<StormWork> works;
  for (std::size_t i = 0; i < kWriters; ++i) {
    works.emplace_back([store](std::uint64_t life, int descriptor) {
      StormWriter(store, life, descriptor).run();
    });
  }
  for (std::size_t i = 0; i < kReaders; ++i) {
    works.emplace_back(
        [store](std::uint64_t, int descriptor) { read_for_ever(store, descriptor); });
  }
  const std::chrono::seconds time(context.scaled(4, 150));
  Storm storm(works, context.seed);
  storm.run(time);
  tally.kills = storm.kills();
  tally.acknowledged = storm.acknowledged().size();
  judge_storm(storm, store, "8 writers, 2 readers", tally);
  return tally;
}

}  // namespace everturn::lab
