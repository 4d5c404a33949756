// SPDX-License-Identifier: Apache-2.0
// What one process does while another has the session open.
#include <signal.h>
#include <unistd.h>

#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

// Does `work` in a process of its own; its exit code.
int elsewhere(const std::function<bool()>& work) {
  return Child([&](const Report&) { return work() ? 0 : 1; }).wait();
}

Result<Appended> append(Writer& writer, const std::string& record) {
  const std::string_view view = record;
  return writer.append(std::span(&view, 1), {});
}

constexpr std::uint64_t kRounds = 50;

// One of two managers of conversations: both keep the store open all the time, and take turns.
// Reads, checks that it sees the other's last record, and appends to just that version.
std::string take_turn(Store& store, std::uint64_t turn) {
  Texts seen;
  const Result<ReadReport> report = store.read(kKey, {}, [&](const Record& record) {
    seen.emplace_back(record.bytes);
    return true;
  });
  if (!report.ok()) return report.status().message();
  if (seen.size() != turn) return "sees " + std::to_string(seen.size()) + " records";
  if (seen.back() != numbered(0, turn - 1)) return "does not see the last record";
  WriteOptions how;
  how.expected = report->version;
  return process_test::append(store, numbered(0, turn), how).status().message();
}

// Each line that comes is a turn to take; the answer tells of it.
int manage(const TemporaryFolder& folder, int turns, const Report& report) {
  const std::unique_ptr<Store> store = open(folder);
  std::uint64_t turn = 0;
  while (read(turns, &turn, sizeof turn) == static_cast<ssize_t>(sizeof turn)) {
    report.line(take_turn(*store, turn));
  }
  return 0;
}

TEST(TwoProcesses, ManagersTakingTurnsSeeEachOthersRecords) {
  const TemporaryFolder folder;
  ASSERT_TRUE(process_test::append(*open(folder), numbered(0, 0)).ok());
  int turns[2] = {-1, -1};
  ASSERT_EQ(pipe(turns), 0);
  Child other([&](const Report& report) {
    close(turns[1]);
    return manage(folder, turns[0], report);
  });
  close(turns[0]);
  const std::unique_ptr<Store> mine = open(folder);
  std::uint64_t turn = 1;
  while (turn < 2 * kRounds) {
    ASSERT_EQ(take_turn(*mine, turn), "") << "turn " << turn;
    ++turn;
    ASSERT_EQ(write(turns[1], &turn, sizeof turn), static_cast<ssize_t>(sizeof turn));
    ASSERT_EQ(other.next_line(), "") << "turn " << turn;
    ++turn;
  }
  close(turns[1]);
  EXPECT_EQ(other.wait(), 0);
  expect_complete(records(folder), 1, turn);
}

TEST(TwoProcesses, WriterOfASessionDeletedElsewhereDoesNotBringItBack) {
  const TemporaryFolder folder;
  const std::unique_ptr<Store> store = open(folder);
  const auto writer = store->open_writer(kKey);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(append(**writer, numbered(0, 0)).ok());
  ASSERT_EQ(elsewhere([&] { return open(folder)->remove(kKey).ok(); }), 0);
  EXPECT_EQ(append(**writer, numbered(0, 1)).status().code(), Code::not_found);
  EXPECT_EQ(append(**writer, numbered(0, 1)).status().code(), Code::not_found);
  EXPECT_EQ(*store->version(kKey), Version::none());
  EXPECT_EQ(store->list()->size(), 0U);
}

TEST(TwoProcesses, StoreBeginsAnewAfterADeletionElsewhere) {
  const TemporaryFolder folder;
  const std::unique_ptr<Store> store = open(folder);
  ASSERT_TRUE(process_test::append(*store, numbered(0, 7)).ok());
  ASSERT_EQ(elsewhere([&] { return open(folder)->remove(kKey).ok(); }), 0);
  EXPECT_TRUE(process_test::append(*store, numbered(1, 0)).ok());
  EXPECT_EQ(records(*store), Texts{numbered(1, 0)});
  EXPECT_EQ(store->trash()->size(), 1U);
}

// True if every call of a store that was opened before the fork answers `invalid`.
bool all_answer_invalid(Store& store, Writer& writer) {
  return process_test::append(store, numbered(0, 9)).status().code() == Code::invalid &&
         append(writer, numbered(0, 9)).status().code() == Code::invalid &&
         store.remove(kKey).status().code() == Code::invalid &&
         store.update_metadata(kKey, {}).status().code() == Code::invalid;
}

TEST(TwoProcesses, StoreUsedAfterForkAnswersInvalid) {
  const TemporaryFolder folder;
  const std::unique_ptr<Store> store = open(folder);
  const auto writer = store->open_writer(kKey);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(append(**writer, numbered(0, 0)).ok());
  ASSERT_TRUE(process_test::append(*store, numbered(0, 1)).ok());
  EXPECT_EQ(elsewhere([&] { return all_answer_invalid(*store, **writer); }), 0);
  EXPECT_TRUE(process_test::append(*store, numbered(0, 2)).ok()) << "the parent goes on";
  EXPECT_TRUE(append(**writer, numbered(0, 3)).ok());
  expect_complete(records(*store), 1, 4);
}

TEST(TwoProcesses, ForkedChildHoldsNoLockOfItsParent) {
  const TemporaryFolder folder;
  const std::unique_ptr<Store> store = open(folder);
  ASSERT_TRUE(process_test::append(*store, numbered(0, 0)).ok());
  const Child bystander([](const Report&) -> int {
    while (true) pause();
  });
  ASSERT_TRUE(process_test::append(*store, numbered(0, 1)).ok());
  EXPECT_EQ(elsewhere([&] { return process_test::append(*open(folder), numbered(0, 2)).ok(); }), 0);
  expect_complete(records(*store), 1, 3);
}

TEST(TwoProcesses, ForkedChildOpensAStoreOfItsOwn) {
  const TemporaryFolder folder;
  const std::unique_ptr<Store> store = open(folder);
  ASSERT_TRUE(process_test::append(*store, numbered(0, 0)).ok());
  EXPECT_EQ(elsewhere([&] { return process_test::append(*open(folder), numbered(0, 1)).ok(); }), 0);
  expect_complete(records(*store), 1, 2);
}

}  // namespace
}  // namespace everturn::process_test
