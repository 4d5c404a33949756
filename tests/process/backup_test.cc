// SPDX-License-Identifier: Apache-2.0
// A backup while processes append, rename, rewrite, delete and bring back.
#include <signal.h>

#include <array>
#include <map>
#include <set>

#include "base/session_name.h"
#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

constexpr std::uint64_t kWriters = 3;

std::string key_of(std::uint64_t writer) { return "writer:" + std::to_string(writer); }

// Appends to its own session and to one they all share, for ever, and tells what was acknowledged.
int write_for_ever(const TemporaryFolder& folder, std::uint64_t writer, const Report& report) {
  const std::unique_ptr<Store> store = open(folder);
  for (std::uint64_t number = 0;; ++number) {
    const std::string record = numbered(writer, number);
    if (!append(*store, record).ok()) return 1;
    if (!store->append(key_of(writer), {record}).ok()) return 1;
    report.line(record);
  }
}

// Moves one session around: rename, delete, bring back, vacuum.
int move_for_ever(const TemporaryFolder& folder, const Report& report) {
  const std::unique_ptr<Store> store = open(folder);
  if (!store->append("here", {numbered(90, 0)}).ok()) return 1;
  for (std::uint64_t round = 0;; ++round) {
    if (!store->rename("here", "there").ok() || !store->rename("there", "here").ok()) return 1;
    const Result<TrashEntry> entry = store->remove("here");
    if (!entry.ok() || !store->undelete(entry->id).ok()) return 1;
    if (!store->update_metadata("here", {R"({"n":1})", {}}).ok()) return 1;
    if (!store->vacuum("here").ok()) return 1;
    report.line("moved " + std::to_string(round));
  }
}

std::set<std::string> records_of(Store& store, std::string_view key) {
  std::set<std::string> all;
  const Result<ReadReport> report = store.read(key, {}, [&all](const Record& record) {
    all.insert(std::string(record.bytes));
    return true;
  });
  if (!report.ok()) return all;
  EXPECT_EQ(report->damage_count, 0U);
  EXPECT_EQ(report->in_flight_bytes, 0U);
  return all;
}

// Of the session that moves, wherever the copy has it.
bool has_moving_session(Store& store) {
  const Result<std::vector<TrashEntry>> trash = store.trash();
  if (!trash.ok()) return false;
  for (const TrashEntry& entry : *trash) {
    if (entry.key == "here") return true;
  }
  return !records_of(store, "here").empty() || !records_of(store, "there").empty();
}

TEST(BackupUnderLoad, EveryRecordAcknowledgedBeforeItBeganIsInIt) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  const std::string backup = other.url().substr(4) + "-backup";
  std::array<std::unique_ptr<Child>, kWriters> writers;
  for (std::uint64_t i = 0; i < kWriters; ++i) {
    writers[i] = std::make_unique<Child>(
        [&, i](const Report& report) { return write_for_ever(folder, i, report); });
  }
  Child mover([&](const Report& report) { return move_for_ever(folder, report); });
  ASSERT_EQ(mover.next_line(), "moved 0");
  for (int round = 0; round < 4; ++round) {
    std::map<std::uint64_t, std::string> acknowledged;  // the last one of each writer
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      for (int n = 0; n < 5; ++n) acknowledged[i] = writers[i]->next_line().value_or("");
    }
    const Result<BackupReport> report = open(folder)->backup(backup);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->problems.empty());

    const std::string url = other.url() + std::to_string(round);
    const std::unique_ptr<Store> restored = *open_store(url);
    RestoreOptions how;
    how.apply = true;
    const Result<RestoreReport> back = restored->restore(backup, how);
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(back->damaged + back->conflicts, 0U);
    const std::set<std::string> shared = records_of(*restored, kKey);
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      const std::set<std::string> own = records_of(*restored, key_of(i));
      const auto last = number_of(acknowledged[i]).number;
      for (std::int64_t n = 0; n <= last; ++n) {
        const std::string record = numbered(i, static_cast<std::uint64_t>(n));
        EXPECT_TRUE(own.contains(record)) << "lost: " << record;
        EXPECT_TRUE(shared.contains(record)) << "lost: " << record;
      }
    }
    EXPECT_TRUE(has_moving_session(*restored));
  }
}

TEST(BackupUnderLoad, WhatStandsStillIsEqualByteForByte) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_TRUE(append(*open(folder), numbered(1, i)).ok());
  const std::string backup = other.url().substr(4) + "-backup";
  ASSERT_TRUE(open(folder)->backup(backup).ok());
  RestoreOptions how;
  how.apply = true;
  const std::unique_ptr<Store> restored = open(other);
  ASSERT_TRUE(restored->restore(backup, how).ok());
  const auto raw = [](Store& store) {
    std::string bytes;
    EXPECT_TRUE(store
                    .read_raw(kKey,
                              [&bytes](std::string_view piece) {
                                bytes += piece;
                                return true;
                              })
                    .ok());
    return bytes;
  };
  EXPECT_EQ(raw(*restored), raw(*open(folder)));
  // The age of a session is that of its last write, wherever it lies.
  EXPECT_EQ(restored->list()->front().modified_ns, open(folder)->list()->front().modified_ns);
}

}  // namespace
}  // namespace everturn::process_test
