// SPDX-License-Identifier: Apache-2.0
// P4, P11 and P12: calls that fail, once or for ever, and a power cut behind them.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "tests/crash/store_check.h"

namespace everturn {
namespace {

void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

// Every kind of failure, once and for ever, at every call; behind it the power goes at the end and
// at other mutations.
SweepOptions fault_sweep() {
  SweepOptions options = store_sweep(0);
  options.faults_once = options.faults_for_ever = {EIO, ENOSPC, EDQUOT, EMFILE, EINTR};
  options.states_a_fault = sweep_limit(2);
  options.cuts_a_fault = sweep_limit(2);
  return options;
}

void expect_holds_behind_faults(const StoreWorkload& before, const StoreWorkload& workload) {
  expect_holds(sweep_store_after(fault_sweep(), before, workload));
}

void nothing(Process&) {}

void one_session(Process& process) {
  process.append("a", {40, 600, 40});
  process.set_title("a");
}

void one_deleted_session(Process& process) {
  one_session(process);
  process.remove("a");
}

TEST(StoreFaults, P4_FailedFirstAppendMakesAWholeSessionOrNone) {
  expect_holds_behind_faults(nothing, [](Process& process) {
    process.append("a", {40});
    process.append("a", {40});
  });
}

TEST(StoreFaults, P4_FailedAppendsAtOnceLoseNoAcknowledgedOne) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.append_each("a", {{40}, {600, 40}});
    process.append_each("a", {{40}, {40}}, {Level::power, Retry::operation});
    process.append_each("b", {{40}, {40}}, {Level::kernel});
    process.append("a", {40});
  });
}

TEST(StoreFaults, P4_FailedAppendNeverLosesAnAcknowledgedOne) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.append("a", {40});
    process.append("a", {600}, {Level::kernel});
    process.append("b", {40});
    process.append("a", {40});
  });
}

TEST(StoreFaults, P4_FailedBatchIsThereByWholeRecords) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.append("a", {600, 40, 700});
    process.append("a", {40, 40}, {Level::interval});
    process.flush();
    process.append("a", {40});
  });
}

TEST(StoreFaults, P4_RetryBehindAFaultNeverDoubles) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.append("a", {40, 700}, {Level::power, Retry::operation});
    process.append_again();
    process.append("a", {40}, {Level::power, Retry::member});
    process.append_again();
    process.append("a", {40}, {Level::power, Retry::expected});
    process.append_again();
  });
}

TEST(StoreFaults, P5_FailedSaveLeavesTheOldOrTheNew) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.save("a", {40, 40});
    process.append("a", {40});
    process.save("new", {40});
  });
}

TEST(StoreFaults, P5_FailedChangeOfMetadataLeavesTheOldOrTheNew) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.set_title("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P5_FailedVacuumLosesNothing) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.vacuum("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P6_FailedDeleteLosesNothing) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.remove("a");
    process.remove("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P6_FailedUndeleteLosesNothing) {
  expect_holds_behind_faults(one_deleted_session, [](Process& process) {
    process.undelete("a");
    process.undelete("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P6_FailedPurgeLosesNothingElse) {
  expect_holds_behind_faults(one_deleted_session, [](Process& process) {
    process.append("a", {40});
    process.purge("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P6_FailedRewindLosesNothing) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.rewind("a", 2);
    process.undelete("a");
    process.append("a", {40});
  });
}

TEST(StoreFaults, P6_FailedPopLosesNothing) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.pop("a", 1);
    process.append("a", {40});
  });
}

TEST(StoreFaults, P7_FailedForkLeavesTheSourceAlone) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.fork("a", "b");
    process.append("b", {40});
  });
}

TEST(StoreFaults, P7_FailedRenameLeavesTheSessionUnderOneName) {
  expect_holds_behind_faults(one_session, [](Process& process) {
    process.rename("a", "c");
    process.append("c", {40});
  });
}

TEST(StoreFaults, P8_FailedSweepLosesNothing) {
  SweepOptions options = fault_sweep();
  Acks start;
  options.setup = [&](SimFs& disk) {
    start = Acks();
    Process process(disk, disk, start);
    one_deleted_session(process);
    one_session(process);
    disk.write_file(temporary_path("a"), "a rewrite that was cut short");
  };
  expect_holds(sweep_disk(options, [&](Fs& fs, SimFs& disk, Acks& acks) {
    acks = start;
    Process process(fs, disk, acks);
    process.sweep();
    process.append("a", {40});
  }));
}

TEST(StoreFaults, P12_PaddedTailKeepsThePromisesBehindFaults) {
  expect_holds(sweep_disk(fault_sweep(), [](Fs& fs, SimFs& disk, Acks& acks) {
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

TEST_P(StoreFaultsOn, P12_NameWhoseSyncFailedIsDurableForWhoeverComesNext) {
  Trial trial(GetParam());
  trial.process.append("a", {40});
  trial.disk.fail_next("sync_folder", EIO, "/store/");
  EXPECT_FALSE(trial.process.append("b", {40}));
  EXPECT_EQ(trial.disk.durable_file(session_path("b")), trial.disk.read_file(session_path("b")));
  trial.disk.fail_next("sync_folder", EIO, "/store/");
  EXPECT_FALSE(trial.process.save("a", {40, 40}));
  EXPECT_EQ(trial.disk.durable_file(session_path("a")), trial.disk.read_file(session_path("a")));
}

using Operation = std::function<Status(Store&)>;

Status use_store(SimFs& disk, const Operation& operation, std::unique_ptr<Store>* used) {
  *used = std::move(*open_simulated_store(disk));
  EXPECT_TRUE((*used)->append("a", {R"({"n":1})", R"({"n":2})"}).ok());
  return operation(**used);
}

// Fails each sync of the operation in turn.
void expect_every_failed_sync_closes_the_store(Profile profile, const char* name,
                                               const Operation& operation) {
  std::unique_ptr<Store> store;
  SimFs probe(profile);
  EXPECT_TRUE(use_store(
                  probe, [](Store&) { return Status(); }, &store)
                  .ok());
  const std::uint64_t before = probe.calls();
  EXPECT_TRUE(operation(*store).ok()) << name;
  int failed = 0;
  for (std::uint64_t number = before + 1; number <= probe.calls(); ++number) {
    if (!probe.call(number)->name.starts_with("sync")) continue;
    SimFs disk(profile);
    disk.fail_call(number, EIO);
    EXPECT_FALSE(use_store(disk, operation, &store).ok()) << name << number;
    EXPECT_EQ(store->append("b", {R"({"n":3})"}).status().code(), Code::io) << name << "\n"
                                                                            << disk.trace(60);
    store.reset();
    ++failed;
  }
  EXPECT_GT(failed, 0) << name;
}

TEST_P(StoreFaultsOn, P12_FailedSyncOfAnyCallClosesTheStore) {
  const std::map<const char*, Operation> operations = {
      {"append", [](Store& store) { return store.append("a", {R"({"n":4})"}).status(); }},
      {"create", [](Store& store) { return store.append("c", {R"({"n":4})"}).status(); }},
      {"metadata",
       [](Store& store) {
         MetadataChange change;
         change.merge = R"({"title":"x"})";
         return store.update_metadata("a", change).status();
       }},
      {"save",
       [](Store& store) {
         WriteOptions how;
         how.expected = *store.version("a");
         const std::string_view record = R"({"n":4})";
         return store.save("a", {&record, 1}, how).status();
       }},
      {"remove", [](Store& store) { return store.remove("a").status(); }},
      {"pop", [](Store& store) { return store.pop("a", 1).status(); }},
      {"fork", [](Store& store) { return store.fork("a", "c").status(); }},
      {"rename", [](Store& store) { return store.rename("a", "c").status(); }},
      {"undelete",
       [](Store& store) {
         const Result<TrashEntry> entry = store.remove("a");
         return entry ? store.undelete(entry->id) : entry.status();
       }},
      {"purge",
       [](Store& store) {
         const Result<TrashEntry> entry = store.remove("a");
         return entry ? store.purge(entry->id) : entry.status();
       }},
  };
  for (const auto& [name, operation] : operations) {
    expect_every_failed_sync_closes_the_store(GetParam(), name, operation);
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
