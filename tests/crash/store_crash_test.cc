// SPDX-License-Identifier: Apache-2.0
// P1 to P10: what a power cut may and may not take from a store, and a second one from its
// recovery. Every test checks the whole contract (store_check.h); its name says what its workload
// is about.
#include <gtest/gtest.h>

#include "tests/crash/store_check.h"

namespace everturn {
namespace {

// Prints what was tried and says whether the contract held.
void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

SweepOptions nested_sweep(std::uint64_t states) {
  SweepOptions options = store_sweep(states);
  options.states_a_nested_cut = sweep_limit(2);
  return options;
}

TEST(StoreCrash, P1_AcknowledgedAppendSurvivesEveryPowerCut) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40});
    process.append("a", {700});
    process.append("b", {40, 5000, 90});
    process.append("a", {40, 40});
  }));
}

TEST(StoreCrash, P1_EachOfSeveralAppendsAtOnceSurvivesEveryPowerCut) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append_each("a", {{40}, {700, 40}, {40}});
    process.append_each("a", {{600}, {40}}, {Level::kernel});
    process.append_each("a", {{40}, {5000}, {40, 40}}, {Level::power, Retry::operation});
    process.append_each("b", {{40}});
  }));
}

TEST(StoreCrash, P2_WeakAppendIsWholeOrMissingAndTheGapIsMarked) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40});
    process.append("a", {300, 300}, {Level::kernel});
    process.append("a", {1200}, {Level::kernel});
    process.append("a", {60}, {Level::interval});
    process.append("a", {60}, {Level::interval});
    process.flush();
    process.append("a", {60}, {Level::kernel});
  }));
}

TEST(StoreCrash, P3_RecordsStayInOrderAndUnalteredOverManySectors) {
  expect_holds(sweep_store(store_sweep(80), [](Process& process) {
    process.append("a", {40});
    process.append("a", {500, 30, 480, 30, 2100, 30});
    process.append("a", {4500, 30}, {Level::kernel});
    process.append("a", {500, 520});
  }));
}

TEST(StoreCrash, P4_RetryByVersionNeverDoubles) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40}, {Level::power, Retry::expected});
    process.append("a", {400, 200, 40}, {Level::power, Retry::expected});
    process.append_again();
    process.append("a", {40, 1200, 40}, {Level::power, Retry::expected});
  }));
}

TEST(StoreCrash, P4_RetryByOperationNeverDoubles) {
  expect_holds(sweep_store(store_sweep(80), [](Process& process) {
    process.append("a", {40}, {Level::power, Retry::operation});
    process.append("a", {400, 300, 40}, {Level::power, Retry::operation});
    process.append_again();
    process.append("a", {40, 1200, 40, 600}, {Level::kernel, Retry::operation});
  }));
}

TEST(StoreCrash, P4_RetryByMemberNeverDoubles) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40}, {Level::power, Retry::member});
    process.append("a", {400, 300, 40}, {Level::power, Retry::member});
    process.append_again();
    process.append("a", {40, 1200, 40}, {Level::kernel, Retry::member});
  }));
}

TEST(StoreCrash, P5_SaveLeavesTheOldOrTheNew) {
  expect_holds(sweep_store(nested_sweep(3), [](Process& process) {
    process.append("a", {40, 600});
    process.save("a", {40, 900, 40});
    process.append("a", {40}, {Level::kernel});
    process.save("a", {40});
    process.save("new", {40, 40});
  }));
}

TEST(StoreCrash, P5_MetadataIsOldOrNew) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40});
    process.set_title("a");
    process.append("a", {700});
    process.set_title("a");
    process.vacuum("a");
    process.append("a", {40});
  }));
}

TEST(StoreCrash, P6_DeletedSessionIsInTheTrashAndStaysAway) {
  expect_holds(sweep_store(nested_sweep(3), [](Process& process) {
    process.append("a", {40, 600});
    process.remove("a");
    process.undelete("a");
    process.append("a", {40}, {Level::kernel});
    process.remove("a");
    process.append("a", {40});
    process.remove("a");
    process.purge("a");
  }));
}

TEST(StoreCrash, P6_RecordsTakenOffComeBack) {
  expect_holds(sweep_store(nested_sweep(3), [](Process& process) {
    process.append("a", {40, 600, 40});
    process.set_title("a");
    process.pop("a", 2);
    process.undelete("a");
    process.append("a", {40});
    process.pop("a", 1);
    process.append("a", {40});
  }));
}

TEST(StoreCrash, P7_ForkAndRenameCopyWholeSessions) {
  expect_holds(sweep_store(nested_sweep(3), [](Process& process) {
    process.append("a", {40, 600});
    process.append("a", {40}, {Level::kernel});
    process.fork("a", "b");
    process.append("a", {40});
    process.append("b", {40});
    process.rename("b", "c");
    process.append("c", {40});
  }));
}

TEST(StoreCrash, P8_RecoveryConservesEveryByteAlsoWhenItIsCut) {
  expect_holds(sweep_store(nested_sweep(3), [](Process& process) {
    process.append("a", {40});
    process.append("a", {600, 700, 40});
  }));
}

TEST(StoreCrash, P9_EveryByteOfDamageIsTold) {
  expect_holds(sweep_store(store_sweep(90), [](Process& process) {
    process.append("a", {40});
    process.append("a", {500, 40, 900}, {Level::kernel});
    process.append("a", {40, 700, 40}, {Level::kernel});
    process.append("a", {40});
  }));
}

void write_padded(Process& process, Level level) {
  process.open_writer("a", Tail::padded);
  process.write({40});
  process.write({300});
  process.write({300, 40}, level);
  process.write({1200}, level);
  process.write({40}, level);
  process.write({40, 500});
}

DiskWorkload on_padded_disk(const StoreWorkload& workload) {
  return [workload](Fs& fs, SimFs& disk, Acks& acks) {
    FsTraits traits;
    traits.type = "simulated";
    traits.pads_well = true;
    disk.set_traits(traits);
    acks.padded = true;
    Process process(fs, disk, acks);
    workload(process);
  };
}

TEST(StoreCrash, P9_OverwrittenPaddingKeepsThePromises) {
  expect_holds(sweep_disk(store_sweep(60), on_padded_disk([](Process& process) {
                            write_padded(process, Level::power);
                            process.close_writer();
                            process.append("a", {40});
                          })));
}

TEST(StoreCrash, P9_OverwrittenPaddingShowsItsGaps) {
  expect_holds(sweep_disk(store_sweep(80), on_padded_disk([](Process& process) {
                            write_padded(process, Level::kernel);
                          })));
}

TEST(StoreCrash, P9_PaddingIsWrittenAgainWhenItIsUsedUp) {
  expect_holds(sweep_disk(store_sweep(40), on_padded_disk([](Process& process) {
                            process.open_writer("a", Tail::padded);
                            process.write({40});
                            process.write({40});
                            process.write({9000}, Level::kernel);
                            process.write({9000}, Level::kernel);
                            process.write({40});
                          })));
}

TEST(StoreCrash, P8_RecoveryOverPaddingMayBeCutToo) {
  expect_holds(sweep_disk(nested_sweep(3), on_padded_disk([](Process& process) {
                            process.open_writer("a", Tail::padded);
                            process.write({40});
                            process.write({300});
                            process.write({900, 40}, Level::kernel);
                          })));
}

}  // namespace
}  // namespace everturn
