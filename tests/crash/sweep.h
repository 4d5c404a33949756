// SPDX-License-Identifier: Apache-2.0
// Tries a workload against every crash and every fault that a simulated disk can deal it.
//
//   struct Acks { int appended = 0; };
//   const SweepReport report = sweep<Acks>(
//       {}, [](SimFs& disk, Acks& acks) { ...; ++acks.appended; },
//       [](SimFs& recovered, const Acks& acks, const DiskState& before) -> std::string {
//         return everything_is_there ? "" : "acknowledged append lost";
//       });
//   EXPECT_TRUE(report.holds()) << report.text();
//
// The workload notes in its Acks what it was promised, at once, and stops or goes on after an error
// as its author likes; without power every call fails, so it must come to an end then. The contract
// recovers and says in one sentence what is broken, "" if nothing is. It is run
//   - on each state that a cut before each mutation, and after the last, may leave;
//   - nested: on each state that a second cut during the contract's own mutations may leave. The
//     acknowledgements and `before` are those of the first cut; what an earlier run of the contract
//     wrote may be there or not;
//   - after each call has failed, once and for ever, on the states of a cut at the end and at
//     each mutation behind the fault, or a sample of those from the seed. A failed sync leaves
//     what FailedSync says, of a folder the old names; the next one says ok all the same.
// Both are run many times, always against a fresh disk, and should do the same each time: a
// workload with threads is swept too, but a violation in it need not come again with the same seed.
#ifndef EVERTURN_TESTS_CRASH_SWEEP_H_
#define EVERTURN_TESTS_CRASH_SWEEP_H_

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fs/sim_fs.h"

namespace everturn {

struct SweepOptions {
  std::vector<Profile> profiles = {Profile::strict_posix, Profile::journaling};
  // Makes what the workload finds, once a profile; all of it is durable when the workload starts.
  std::function<void(SimFs&)> setup;
  std::uint64_t states_a_cut = 400;        // 0: no cuts without a fault
  std::uint64_t states_a_nested_cut = 16;  // 0: no nested cuts
  std::vector<int> faults_once = {EIO, ENOSPC, EDQUOT, EMFILE, EINTR};
  std::vector<int> faults_for_ever = {EIO, ENOSPC, EDQUOT, EMFILE, EINTR};
  std::uint64_t states_a_fault = 24;
  std::uint64_t cuts_a_fault = 6;   // of the mutations behind the fault, besides the end
  std::uint64_t seed = 20'240'229;  // EVERTURN_SEED in the environment overrides it
};

struct SweepReport {
  std::uint64_t cuts = 0;
  std::uint64_t states = 0;
  std::uint64_t nested_states = 0;
  std::uint64_t fault_runs = 0;
  std::uint64_t fault_states = 0;
  // The first violation, told in full; the sweep ends there. "" if the contract held throughout.
  std::string violation;

  [[nodiscard]] bool holds() const { return violation.empty(); }
  // The counts in a line, and the violation.
  [[nodiscard]] std::string text() const;
};

// The same without a type for the acknowledgements.
using SweepWorkload = std::function<std::shared_ptr<const void>(SimFs&)>;
using SweepContract = std::function<std::string(SimFs&, const void*, const DiskState&)>;
SweepReport sweep_any(const SweepOptions& options, const SweepWorkload& workload,
                      const SweepContract& contract);

template <class Acks>
SweepReport sweep(
    const SweepOptions& options, const std::function<void(SimFs&, Acks&)>& workload,
    const std::function<std::string(SimFs&, const Acks&, const DiskState&)>& contract) {
  return sweep_any(
      options,
      [&](SimFs& disk) {
        auto acks = std::make_shared<Acks>();
        workload(disk, *acks);
        return acks;
      },
      [&](SimFs& recovered, const void* acks, const DiskState& before) {
        return contract(recovered, *static_cast<const Acks*>(acks), before);
      });
}

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_SWEEP_H_
