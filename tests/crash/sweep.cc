// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/sweep.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <system_error>

namespace everturn {
namespace {

// One way of making a call fail.
struct FaultPlan {
  int error = 0;
  bool for_ever = false;
  FailedSync failed_sync = FailedSync::zeros;
};

struct Run {
  SimFs disk;
  std::shared_ptr<const void> acks;
};

class Sweep {
 public:
  Sweep(const SweepOptions& options, const SweepWorkload& workload, const SweepContract& contract)
      : options_(options), workload_(workload), contract_(contract), seed_(options.seed) {
    if (const char* text = std::getenv("EVERTURN_SEED")) {
      seed_ = std::strtoull(text, nullptr, 10);
    }
  }

  SweepReport run() {
    for (const Profile profile : options_.profiles) {
      profile_ = profile;
      start_ = set_up();
      sweep_cuts();
      sweep_faults();
    }
    return report_;
  }

 private:
  [[nodiscard]] bool done() const { return !report_.holds(); }

  [[nodiscard]] DiskState set_up() const {
    SimFs disk(profile_, seed_);
    if (options_.setup) options_.setup(disk);
    disk.settle();
    return disk.power_cut().all_kept();
  }

  // The whole workload on a fresh disk, after `prepare` has set its cut or fault.
  Run run_workload(const std::function<void(SimFs&)>& prepare) const {
    Run run{SimFs::from(start_, profile_, seed_), nullptr};
    prepare(run.disk);
    run.acks = workload_(run.disk);
    run.disk.cut_power();
    return run;
  }

  void sweep_cuts() {
    if (options_.states_a_cut == 0) return;
    const std::uint64_t mutations = run_workload([](SimFs&) {}).disk.mutations();
    for (std::uint64_t cut = 1; cut <= mutations + 1 && !done(); ++cut) {
      const Run run = run_workload([&](SimFs& disk) { disk.cut_power_at(cut); });
      ++report_.cuts;
      const std::string where = "cut before mutation " + std::to_string(cut);
      report_.states += check_states(run, options_.states_a_cut, where, true);
    }
  }

  // Checks the contract on the states that the end of `run` may leave; says how many they were.
  std::uint64_t check_states(const Run& run, std::uint64_t limit, const std::string& where,
                             bool nested) {
    const PowerCut cut = run.disk.power_cut();
    std::uint64_t number = 0;
    return cut.for_each_state(limit, seed_, [&](const DiskState& state) {
      ++number;
      SimFs recovered = SimFs::from(state, profile_, seed_ + 1);
      const std::string broken = contract_(recovered, run.acks.get(), state);
      if (!broken.empty()) {
        report(broken, where + ", state " + std::to_string(number), run.disk, cut, state,
               recovered);
      } else if (nested && options_.states_a_nested_cut > 0) {
        check_nested(run, state, recovered.mutations(), where);
      }
      return !done();
    });
  }

  void check_nested(const Run& run, const DiskState& before, std::uint64_t mutations,
                    const std::string& where) {
    for (std::uint64_t at = 1; at <= mutations && !done(); ++at) {
      SimFs disk = SimFs::from(before, profile_, seed_ + 1);
      disk.cut_power_at(at);
      (void)contract_(disk, run.acks.get(), before);
      const PowerCut cut = disk.power_cut();
      report_.nested_states +=
          cut.for_each_state(options_.states_a_nested_cut, seed_, [&](const DiskState& state) {
            SimFs recovered = SimFs::from(state, profile_, seed_ + 2);
            const std::string broken = contract_(recovered, run.acks.get(), before);
            if (broken.empty()) return true;
            const std::string place =
                where + ", then cut before mutation " + std::to_string(at) + " of the recovery";
            report(broken, place, disk, cut, state, recovered);
            return false;
          });
    }
  }

  void sweep_faults() {
    if (options_.faults_once.empty() && options_.faults_for_ever.empty()) return;
    const SimFs probe = run_workload([](SimFs&) {}).disk;
    for (std::uint64_t number = 1; number <= probe.calls() && !done(); ++number) {
      const std::string_view name = probe.call(number)->name;
      for (const FaultPlan& plan : plans_for(name)) {
        if (!done()) sweep_fault(number, plan, probe);
      }
    }
  }

  [[nodiscard]] std::vector<FaultPlan> plans_for(std::string_view call_name) const {
    std::vector<FaultPlan> plans;
    for (const int error : options_.faults_once) {
      plans.push_back({error, false, FailedSync::zeros});
      if (!call_name.starts_with("sync") || error != EIO) continue;
      plans.push_back({error, false, FailedSync::kept});
      if (call_name == "sync_data") plans.push_back({error, false, FailedSync::gone});
    }
    for (const int error : options_.faults_for_ever) {
      plans.push_back({error, true, FailedSync::zeros});
    }
    return plans;
  }

  void sweep_fault(std::uint64_t number, const FaultPlan& plan, const SimFs& probe) {
    const auto prepare = [&](SimFs& disk) {
      disk.set_failed_sync(plan.failed_sync);
      if (plan.for_ever) {
        disk.fail_from(number, plan.error);
      } else {
        disk.fail_call(number, plan.error);
      }
    };
    const Run whole = run_workload(prepare);
    ++report_.fault_runs;
    const std::string where = fault_text(number, plan, probe);
    report_.fault_states +=
        check_states(whole, options_.states_a_fault, where + ", cut at the end", false);
    for (const std::uint64_t cut : cuts_behind(number, plan, whole.disk)) {
      if (done()) return;
      const Run run = run_workload([&](SimFs& disk) {
        prepare(disk);
        disk.cut_power_at(cut);
      });
      ++report_.fault_runs;
      report_.fault_states +=
          check_states(run, options_.states_a_fault,
                       where + ", cut before mutation " + std::to_string(cut), false);
    }
  }

  static std::string fault_text(std::uint64_t number, const FaultPlan& plan, const SimFs& probe) {
    constexpr std::string_view kLeft[] = {"zeros", "the old", "the new"};
    std::string text = std::generic_category().message(plan.error);
    text += plan.for_ever ? " from call " : " at call ";
    const auto call = probe.call(number);
    text += std::to_string(number) + " (" + std::string(call->name) + " " + call->subject + ")";
    if (call->name.starts_with("sync")) {
      const bool names = call->name == "sync_folder" && plan.failed_sync == FailedSync::zeros;
      const FailedSync left = names ? FailedSync::gone : plan.failed_sync;
      text += " leaving " + std::string(kLeft[static_cast<int>(left)]);
    }
    return text;
  }

  // Mutations behind call `number`: all of them, or a sample that differs from fault to fault.
  [[nodiscard]] std::set<std::uint64_t> cuts_behind(std::uint64_t number, const FaultPlan& plan,
                                                    const SimFs& disk) const {
    std::uint64_t first = 1;
    for (std::uint64_t at = number; at > 0 && first == 1; --at) {
      const auto call = disk.call(at);
      if (call && call->mutation != 0) first = call->mutation + 1;
    }
    std::set<std::uint64_t> cuts;
    const std::uint64_t last = disk.mutations();
    if (first > last) return cuts;
    const std::uint64_t size = last - first + 1;
    std::mt19937_64 random(seed_ + number * 1'000 + static_cast<std::uint64_t>(plan.error) * 4 +
                           static_cast<std::uint64_t>(plan.failed_sync));
    while (cuts.size() < std::min(size, options_.cuts_a_fault)) {
      cuts.insert(size <= options_.cuts_a_fault ? first + cuts.size() : first + random() % size);
    }
    return cuts;
  }

  void report(const std::string& broken, const std::string& where, const SimFs& disk,
              const PowerCut& cut, const DiskState& state, const SimFs& recovered) {
    report_.violation = broken + "\nprofile " + std::string(profile_name(profile_)) + ", " + where +
                        "; again with EVERTURN_SEED=" + std::to_string(seed_) +
                        "\n-- last calls before the cut\n" + disk.trace(15) +
                        "-- what became of the pending operations\n" + cut.describe(state) +
                        "-- the disk after the cut\n" + state.text() +
                        "-- last calls of the recovery\n" + recovered.trace(15);
  }

  const SweepOptions& options_;
  const SweepWorkload& workload_;
  const SweepContract& contract_;
  std::uint64_t seed_;
  Profile profile_ = Profile::strict_posix;
  DiskState start_;  // what setup leaves
  SweepReport report_;
};

}  // namespace

std::string SweepReport::text() const {
  return std::to_string(cuts) + " cuts, " + std::to_string(states) + " states, " +
         std::to_string(nested_states) + " nested states, " + std::to_string(fault_runs) +
         " fault runs, " + std::to_string(fault_states) + " states behind faults" +
         (holds() ? "" : "\nVIOLATED: " + violation);
}

SweepReport sweep_any(const SweepOptions& options, const SweepWorkload& workload,
                      const SweepContract& contract) {
  return Sweep(options, workload, contract).run();
}

}  // namespace everturn
