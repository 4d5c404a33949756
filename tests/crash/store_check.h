// SPDX-License-Identifier: Apache-2.0
// The durability contract, checked on a disk after a crash: what a workload was promised holds, and
// the store goes on working.
#ifndef EVERTURN_TESTS_CRASH_STORE_CHECK_H_
#define EVERTURN_TESTS_CRASH_STORE_CHECK_H_

#include <functional>
#include <string>

#include "fs/sim_fs.h"
#include "tests/crash/seeded_bugs.h"
#include "tests/crash/store_workload.h"
#include "tests/crash/store_world.h"
#include "tests/crash/sweep.h"

namespace everturn {

// "" or one sentence. Reads, compares with `acks`, retries the last append, appends to each
// session, brings back what lies in the trash and sweeps. `before`: the disk when it was switched
// on first.
std::string check_store(Fs& fs, SimFs& disk, const Acks& acks, const DiskState& before);

// Limits for a sweep of a store: `states` a cut, times the environment's EVERTURN_SWEEP_LIMIT;
// no nested cuts and no faults unless the test adds them.
SweepOptions store_sweep(std::uint64_t states);
std::uint64_t sweep_limit(std::uint64_t states);

// Runs the workload in a process of a store with `bug` in it, against every crash and every fault.
using StoreWorkload = std::function<void(Process&)>;
SweepReport sweep_store(const SweepOptions& options, const StoreWorkload& workload,
                        Bug bug = Bug::none);
// The same behind a workload `before` that nothing happens to, and whose effects are durable.
SweepReport sweep_store_after(SweepOptions options, const StoreWorkload& before,
                              const StoreWorkload& workload);
// The same for workloads that make their processes themselves.
using DiskWorkload = std::function<void(Fs&, SimFs&, Acks&)>;
SweepReport sweep_disk(const SweepOptions& options, const DiskWorkload& workload,
                       Bug bug = Bug::none);

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_STORE_CHECK_H_
