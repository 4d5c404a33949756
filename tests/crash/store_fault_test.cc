// SPDX-License-Identifier: Apache-2.0
// P4, P11 and P12: calls that fail, once or for ever, and a power cut behind them.
#include <gtest/gtest.h>

#include "tests/crash/store_check.h"

namespace everturn {
namespace {

void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

SweepOptions fault_sweep(std::vector<int> once, std::vector<int> for_ever) {
  SweepOptions options = store_sweep(2);
  options.cuts_a_fault = sweep_limit(1) - 1;  // by default only one behind the end
  options.faults_once = std::move(once);
  options.faults_for_ever = std::move(for_ever);
  options.states_a_fault = sweep_limit(1);
  return options;
}

void append_in_all_ways(Process& process) {
  process.append("a", {40});
  process.append("a", {600, 40}, {Level::kernel});
  process.append("a", {40, 700, 40}, {Level::power, Retry::operation});
  process.append_again();
  process.append("a", {40}, {Level::power, Retry::expected});
  process.append_again();
}

TEST(StoreFaults, P4_FailedDeviceNeverLosesAnAcknowledgedAppend) {
  expect_holds(sweep_store(fault_sweep({EIO}, {EIO}), append_in_all_ways));
}

TEST(StoreFaults, P4_InterruptedCallNeitherLosesNorDoubles) {
  expect_holds(sweep_store(fault_sweep({EINTR, EMFILE}, {}), append_in_all_ways));
}

TEST(StoreFaults, P11_FullDiskNeverLosesAnAcknowledgedAppend) {
  expect_holds(sweep_store(fault_sweep({ENOSPC, EDQUOT}, {ENOSPC}), append_in_all_ways));
}

TEST(StoreFaults, P5_FailedRewriteLeavesTheOldOrTheNew) {
  expect_holds(sweep_store(fault_sweep({EIO, ENOSPC}, {ENOSPC}), [](Process& process) {
    process.append("a", {40, 600});
    process.save("a", {40, 40});
    process.set_title("a");
    process.append("a", {40});
    process.vacuum("a");
    process.append("a", {40});
  }));
}

TEST(StoreFaults, P6_FailedDeleteLosesNothing) {
  expect_holds(sweep_store(fault_sweep({EIO, ENOSPC}, {}), [](Process& process) {
    process.append("a", {40, 600});
    process.remove("a");
    process.remove("a");
    process.undelete("a");
    process.append("a", {40});
  }));
}

TEST(StoreFaults, P6_FailedRewindLosesNothing) {
  expect_holds(sweep_store(fault_sweep({EIO, ENOSPC}, {}), [](Process& process) {
    process.append("a", {40, 600, 40});
    process.pop("a", 2);
    process.undelete("a");
    process.append("a", {40});
  }));
}

TEST(StoreFaults, P7_FailedForkLeavesTheSourceAlone) {
  expect_holds(sweep_store(fault_sweep({EIO, ENOSPC}, {}), [](Process& process) {
    process.append("a", {40, 600});
    process.fork("a", "b");
    process.append("b", {40});
    process.rename("b", "c");
    process.append("c", {40});
  }));
}

TEST(StoreFaults, P12_PaddedTailKeepsThePromisesBehindFaults) {
  expect_holds(
      sweep_disk(fault_sweep({EIO, ENOSPC, EINTR}, {}), [](Fs& fs, SimFs& disk, Acks& acks) {
        FsTraits traits;
        traits.type = "simulated";
        traits.pads_well = true;
        disk.set_traits(traits);
        Process process(fs, disk, acks);
        process.open_writer("a", Tail::padded);
        process.write({40});
        process.write({300});
        process.write({900, 40}, Level::kernel);
        process.write({40, 40});
        process.close_writer();
        process.append("a", {40});
      }));
}

// A workload between a fault and the check at the end of its disk.
struct Trial {
  explicit Trial(Profile profile) : disk(profile), process(disk, disk, acks) {}

  std::string check_after_power_cut() {
    std::string broken;
    disk.clear_faults();
    disk.power_cut().for_each_state(sweep_limit(20), 1, [&](const DiskState& state) {
      SimFs recovered = SimFs::from(state, disk.profile());
      broken = check_store(recovered, recovered, acks, state);
      if (!broken.empty()) broken += "\n" + disk.trace() + state.text();
      return broken.empty();
    });
    return broken;
  }

  SimFs disk;
  Acks acks;
  Process process;
};

class StoreFaultsOn : public testing::TestWithParam<Profile> {};
INSTANTIATE_TEST_SUITE_P(Profiles, StoreFaultsOn,
                         testing::Values(Profile::strict_posix, Profile::journaling),
                         [](const auto& profile) {
                           return std::string(profile_name(profile.param));
                         });

TEST_P(StoreFaultsOn, P11_SessionAcceptsAppendsAgainWhenSpaceWasFreed) {
  for (std::uint64_t free_bytes = 0; free_bytes < 1200; free_bytes += 53) {
    Trial trial(GetParam());
    trial.process.append("a", {40});
    trial.disk.set_free_bytes(free_bytes, free_bytes % 2 == 0);
    while (trial.process.append("a", {40, 300})) {
    }
    EXPECT_EQ(trial.process.last().code(), Code::io) << free_bytes;
    EXPECT_EQ(trial.process.last().system_error(), ENOSPC) << free_bytes;
    trial.disk.set_free_bytes(1 << 20);
    EXPECT_TRUE(trial.process.append("a", {40})) << trial.process.last().message();
    EXPECT_EQ(trial.check_after_power_cut(), "") << free_bytes;
  }
}

TEST_P(StoreFaultsOn, P11_OtherCallsOnAFullDiskLoseNothing) {
  for (std::uint64_t free_bytes = 0; free_bytes < 1500; free_bytes += 101) {
    Trial trial(GetParam());
    trial.process.append("a", {40, 300});
    trial.disk.set_free_bytes(free_bytes, true);
    trial.process.pop("a", 1);
    trial.process.save("a", {40, 40});
    trial.process.fork("a", "b");
    trial.process.remove("a");
    trial.disk.set_free_bytes(1 << 20);
    trial.process.append("a", {40});
    EXPECT_EQ(trial.check_after_power_cut(), "") << free_bytes;
  }
}

// What a Writer says after `call` has failed with `error`, and the store behind it.
struct AfterFailure {
  bool writer_accepts = false;
  bool store_accepts = false;
};

AfterFailure fail_a_writer(Profile profile, const char* call, int error, FailedSync left) {
  Trial trial(profile);
  AfterFailure after;
  Store& store = *trial.process.store();
  trial.process.append("a", {40});
  trial.process.append("a", {40}, {Level::kernel});
  const auto writer = store.open_writer("a");
  const std::string_view record = R"({"failed":1})";
  trial.disk.set_failed_sync(left);
  trial.disk.fail_next(call, error);
  EXPECT_FALSE((*writer)->append({&record, 1}, {}).ok());
  for (const Level level : {Level::power, Level::kernel}) {
    WriteOptions how;
    how.durability.level = level;
    after.writer_accepts = after.writer_accepts || (*writer)->append({&record, 1}, how).ok();
  }
  after.store_accepts = store.append("b", {R"({"n":1})"}).ok();
  return after;
}

TEST_P(StoreFaultsOn, P12_NothingIsAcknowledgedBehindAFailure) {
  for (const char* call : {"append", "sync_data"}) {
    for (const int error : {EIO, ENOSPC, EDQUOT}) {
      const AfterFailure after = fail_a_writer(GetParam(), call, error, FailedSync::zeros);
      EXPECT_FALSE(after.writer_accepts) << call << error;
      EXPECT_EQ(after.store_accepts, error != EIO) << call << error;
    }
  }
}

TEST_P(StoreFaultsOn, P12_ReopenedStoreShowsTheHoleThatAFailedSyncLeft) {
  for (const FailedSync left : {FailedSync::zeros, FailedSync::gone, FailedSync::kept}) {
    Trial trial(GetParam());
    trial.disk.set_failed_sync(left);
    trial.process.append("a", {40});
    trial.process.append("a", {600}, {Level::kernel});
    trial.disk.fail_next("sync_data", EIO);
    EXPECT_FALSE(trial.process.append("a", {40}));
    EXPECT_TRUE(trial.process.append("a", {40})) << trial.process.last().message();
    EXPECT_TRUE(trial.process.append("b", {40})) << trial.process.last().message();
    EXPECT_EQ(trial.check_after_power_cut(), "") << static_cast<int>(left);
  }
}

TEST_P(StoreFaultsOn, P12_FailedFolderSyncClosesTheStore) {
  Trial trial(GetParam());
  Store& store = *trial.process.store();
  EXPECT_TRUE(store.append("a", {R"({"n":1})"}).ok());
  trial.disk.set_failed_sync(FailedSync::gone);
  trial.disk.fail_next("sync_folder", EIO);
  EXPECT_FALSE(store.append("b", {R"({"n":2})"}).ok());
  EXPECT_EQ(store.append("b", {R"({"n":3})"}).status().code(), Code::io);
  EXPECT_EQ(store.append("a", {R"({"n":4})"}).status().code(), Code::io);
}

}  // namespace
}  // namespace everturn
