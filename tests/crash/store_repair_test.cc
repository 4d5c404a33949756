// SPDX-License-Identifier: Apache-2.0
// P8 of repairs: whatever cuts them off, every byte of the damaged session is in it or in
// quarantine, every whole record is there in order, and the repair can be run again and be undone.
#include <gtest/gtest.h>

#include <vector>

#include "tests/crash/gated_fs.h"
#include "tests/crash/store_check.h"

namespace everturn {
namespace {

void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

void make_damaged(SimFs& disk) {
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file("/store/.everturn/lock", "");
  disk.write_file(session_path("a"), damaged_session("a"));
}

SweepOptions damaged_sweep(std::uint64_t states) {
  SweepOptions options = store_sweep(states);
  options.setup = make_damaged;
  return options;
}

SweepOptions fault_sweep(std::vector<int> once, std::vector<int> for_ever) {
  SweepOptions options = damaged_sweep(1);
  options.cuts_a_fault = sweep_limit(1) - 1;
  options.faults_once = std::move(once);
  options.faults_for_ever = std::move(for_ever);
  options.states_a_fault = sweep_limit(1);
  return options;
}

RepairOptions in_place() {
  RepairOptions how;
  how.in_place = true;
  return how;
}

void repair(Process& process) {
  process.find_damaged("a");
  process.repair("a");
  process.append("a", {40});
}

void repair_in_place(Process& process) {
  process.find_damaged("a");
  process.repair("a", in_place());
  process.append("a", {40});
}

void repair_and_undo(Process& process) {
  process.find_damaged("a");
  process.repair("a");
  process.append("a", {40});
  process.undo_repair("a");
  process.append("a", {40});
}

TEST(StoreRepair, P8_RepairConservesEveryByte) {
  expect_holds(sweep_store(damaged_sweep(20), repair));
}

TEST(StoreRepair, P8_RepairInPlaceConservesEveryByte) {
  expect_holds(sweep_store(damaged_sweep(20), repair_in_place));
}

TEST(StoreRepair, P8_UndoConservesEveryByte) {
  expect_holds(sweep_store(damaged_sweep(10), repair_and_undo));
}

TEST(StoreRepair, P8_RepairOfASessionThatGrewConservesEveryByte) {
  expect_holds(sweep_store(damaged_sweep(10), [](Process& process) {
    process.find_damaged("a");
    process.append("a", {40, 600});
    process.repair("a");
    process.repair("a");
    process.append("a", {40});
  }));
}

TEST(StoreRepair, P8_RepairAfterACutRepairMayBeCutToo) {
  SweepOptions options = damaged_sweep(2);
  options.states_a_nested_cut = sweep_limit(1);
  expect_holds(sweep_store(options, repair));
}

class RepairFaults : public testing::TestWithParam<StoreWorkload> {};

TEST_P(RepairFaults, P8_FailedDeviceLosesNoByte) {
  expect_holds(sweep_store(fault_sweep({EIO}, {EIO}), GetParam()));
}

TEST_P(RepairFaults, P8_FullDiskLosesNoByte) {
  expect_holds(sweep_store(fault_sweep({ENOSPC, EDQUOT}, {ENOSPC, EDQUOT}), GetParam()));
}

TEST_P(RepairFaults, P8_InterruptedCallLosesNoByte) {
  expect_holds(sweep_store(fault_sweep({EINTR, EMFILE}, {EMFILE}), GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Workloads, RepairFaults,
                         testing::Values(repair, repair_in_place, repair_and_undo));

TEST(StoreRepair, FullDiskRefusesARepairAndNothingChanges) {
  for (const RepairOptions& how : {RepairOptions(), in_place()}) {
    SimFs disk;
    make_damaged(disk);
    const auto store = std::move(*open_simulated_store(disk));
    const auto before = disk.files();
    disk.set_free_bytes(100);
    EXPECT_EQ(store->repair("a", how).status().code(), Code::io);
    EXPECT_EQ(disk.files(), before);
    disk.set_free_bytes(1 << 20);
    EXPECT_TRUE(store->repair("a", how).ok());
  }
}

// Somebody clears the lock file away, at any call of the repair.
TEST(StoreRepair, P8_LossOfTheLockFileDuringARepairLosesNoRecord) {
  bool is_lost = true;
  for (std::uint64_t at = 1; is_lost; ++at) {
    SimFs disk;
    make_damaged(disk);
    is_lost = false;
    GatedFs fs(disk, [&](std::uint64_t number) {
      if (number == at) disk.erase("/store/.everturn/lock");
      is_lost = is_lost || number == at;
      return true;
    });
    const auto store = std::move(*open_simulated_store(fs));
    const Result<RepairReport> report = store->repair("a");
    const std::string& message = report.status().message();
    ASSERT_TRUE(report.ok() || message.find("lock file") != message.npos) << message;
    const auto again = std::move(*open_simulated_store(disk));
    ASSERT_TRUE(again->repair("a").ok()) << "call " << at;
    std::uint64_t records = 0;
    ASSERT_TRUE(again->read("a", {}, [&](const Record&) { return ++records > 0; }).ok());
    ASSERT_EQ(records, 6U) << "call " << at;
  }
}

class TheRepairSweepFinds : public testing::TestWithParam<Bug> {};

TEST_P(TheRepairSweepFinds, TheSeededBug) {
  const SweepReport report = sweep_store(damaged_sweep(8), repair, GetParam());
  std::printf("%s\n", report.text().substr(0, 200).c_str());
  EXPECT_FALSE(report.holds());
}

INSTANTIATE_TEST_SUITE_P(Bugs, TheRepairSweepFinds,
                         testing::Values(Bug::quarantine_not_synced, Bug::no_sync,
                                         Bug::no_folder_sync_after_rename, Bug::truncate_in_place),
                         [](const auto& bug) { return std::string(bug_name(bug.param)); });

}  // namespace
}  // namespace everturn
