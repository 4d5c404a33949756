// SPDX-License-Identifier: Apache-2.0
// The test of the tests: the contract, swept over a store with a mistake in it, must be broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/store_check.h"

namespace everturn {
namespace {

void use_everything(Process& process) {
  process.append("a", {40});
  process.append("a", {600, 40});
  process.save("a", {40, 700});
  process.append("a", {40});
  process.remove("a");
  process.append("a", {40});
}

SweepOptions whole_sweep() {
  SweepOptions options = store_sweep(12);
  options.faults_once = {EIO};
  // The store is there: the mistakes shall show in sessions.
  options.setup = [](SimFs& disk) {
    disk.write_file("/store/.everturn/format", "everturn 1\n");
    disk.write_file("/store/.everturn/lock", "");
  };
  return options;
}

TEST(StoreBugs, StoreWithoutABugHolds) {
  const SweepReport report = sweep_store(whole_sweep(), use_everything);
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

// By P8 and not by luck: the store itself is content with the file that the bug leaves.
TEST(StoreBugs, RecoveryThatDropsBytesIsFoundByTheirConservation) {
  const SweepReport report = sweep_store(whole_sweep(), use_everything, Bug::drops_bytes);
  EXPECT_THAT(report.violation, testing::HasSubstr("bytes before it changed"));
}

class TheSweepFinds : public testing::TestWithParam<Bug> {};

TEST_P(TheSweepFinds, TheSeededBug) {
  const SweepReport report = sweep_store(whole_sweep(), use_everything, GetParam());
  std::printf("%s\n", report.text().substr(0, 200).c_str());
  EXPECT_FALSE(report.holds());
}

INSTANTIATE_TEST_SUITE_P(StoreBugs, TheSweepFinds,
                         testing::Values(Bug::no_sync, Bug::no_sync_before_rename,
                                         Bug::no_folder_sync_after_rename,
                                         Bug::no_folder_sync_after_create,
                                         Bug::no_folder_sync_after_unlink, Bug::truncate_in_place,
                                         Bug::sync_retried, Bug::drops_bytes),
                         [](const auto& bug) { return std::string(bug_name(bug.param)); });

}  // namespace
}  // namespace everturn
