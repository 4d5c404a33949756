// SPDX-License-Identifier: Apache-2.0
// Eight writers that append, rewrite, repair, undo and delete on four sessions, somebody who
// damages them from outside, and readers, each killed at random and replaced: what was acknowledged
// is in a session or in the trash, whoever died where.
#include "tests/lab/storm.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/session_name.h"
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

// A receipt that somebody else has used, or whose session has changed, is refused.
void undo_something(Store& store, std::uint64_t random) {
  const Result<std::vector<RepairReceipt>> receipts = store.receipts();
  if (!receipts || receipts->empty()) return;
  static_cast<void>(store.undo_repair((*receipts)[random % receipts->size()].id));
}

class StormWriter {
 public:
  StormWriter(const std::string& folder, std::uint64_t life, int descriptor)
      : store_(open_for_storm(folder)),
        next_(life * kRecordsALife),
        group_(life),
        random_(life),
        descriptor_(descriptor) {}

  [[noreturn]] void run() {
    while (true) {
      const char* const key = kSessions[random_() % kSessions.size()];
      const std::uint64_t what = random_() % 100;
      if (what < 78)
        append(key);
      else if (what < 82)
        append_together(key);
      else if (what < 90)
        repair(key);
      else if (what < 92)
        undo_something(*store_, random_());
      else if (what < 94)
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

  // Group commit.
  void append_together(const char* key) {
    WriterOptions how;
    how.tail = random_() % 2 == 0 ? Tail::plain : Tail::padded;
    const Result<std::unique_ptr<Writer>> writer = store_->open_writer(key, how);
    for (int i = 0; i < 3 && writer; ++i) {
      if (!group_.append(**writer, {}, descriptor_)) return;
    }
  }

  // A conflict: somebody else has rewritten it meanwhile.
  void repair(const char* key) {
    RepairOptions how;
    how.in_place = random_() % 2 == 0;
    const Status status = store_->repair(key, how).status();
    const bool is_usual = status.ok() || status.code() == Code::conflict ||
                          status.code() == Code::not_found || status.code() == Code::unavailable;
    if (!is_usual) say(descriptor_, "!repair: " + status.message());
  }

  const std::unique_ptr<Store> store_;
  std::uint64_t next_;
  StormGroup group_;
  std::mt19937_64 random_;
  const int descriptor_;
};

// Adds half records, NUL bytes and other files' blocks to the ends of sessions, without a lock.
[[noreturn]] void damage_for_ever(const std::string& folder, std::uint64_t life) {
  std::mt19937_64 random(life);
  const std::array<std::string, 3> kinds = {record_text(1, 200).substr(0, 120),
                                            std::string(600, '\0'), "%PDF-1.7 of another file\n"};
  while (true) {
    const std::string name = session_file_name(kSessions[random() % kSessions.size()], false);
    const int file = open((folder + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const std::string& bytes = kinds[random() % kinds.size()];
    if (file >= 0) static_cast<void>(::write(file, bytes.data(), bytes.size()));
    if (file >= 0) close(file);
    usleep(20'000);  // not a rush: there shall be repairs between
  }
}

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
  const TemporaryFolder folder(place_in_memory(context.directory));
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
  works.emplace_back([store](std::uint64_t life, int) { damage_for_ever(store, life); });
  const std::chrono::seconds time(context.scaled(4, 150));
  Storm storm(works, context.seed);
  storm.run(time);
  tally.kills = storm.kills();
  tally.acknowledged = storm.acknowledged().size();
  const Result<std::vector<RepairReceipt>> receipts = open_for_storm(store)->receipts();
  if (receipts) tally.notes = {std::to_string(receipts->size()) + " repairs left a receipt"};
  judge_storm(storm, store, "8 writers, 2 readers, damage from outside", tally);
  return tally;
}

}  // namespace everturn::lab
