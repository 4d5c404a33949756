// SPDX-License-Identifier: Apache-2.0
// The scripts once more, on the disk in memory that loses power at every call that changes it
// (tests/crash/sweep.h): what no real file system shows within a lifetime.
#include <algorithm>

#include "tests/crash/store_check.h"
#include "tests/lab/campaign.h"
#include "tests/lab/script.h"

namespace everturn::lab {
namespace {

bool is_small(const Step& step) {
  return step.act != Act::litter && step.act != Act::group &&
         std::all_of(step.sizes.begin(), step.sizes.end(),
                     [](std::size_t size) { return size < 10'000; });
}
bool damages(const Step& step) { return is_damage(step.act); }

// At `interval` nothing is synced until the end here: an hour is never over. The hand that damages
// from outside does not feel when the power is off: only the beginning, done in peace, may damage.
bool is_for_the_simulated_disk(const Script& script) {
  return std::ranges::all_of(script.before, is_small) &&
         std::ranges::all_of(script.steps, is_small) && std::ranges::none_of(script.steps, damages);
}

everturn::Retry retry_of(const Step& step) {
  if (step.retry == Retry::operation) return everturn::Retry::operation;
  return step.retry == Retry::member ? everturn::Retry::member : everturn::Retry::none;
}

void write_step(Process& process, const Step& step, const std::vector<std::size_t>& sizes) {
  const How how{step.level, retry_of(step)};
  if (step.act == Act::append) process.append(step.key, sizes, how);
  if (step.act == Act::save) process.save(step.key, sizes);
  if (step.act == Act::write) process.write(sizes, step.level);
  if (step.act != Act::each) return;
  std::vector<std::vector<std::size_t>> batches;
  for (const std::size_t size : sizes) batches.push_back({size});
  process.append_each(step.key, batches, how);
}

void do_step(Process& process, const Step& step, std::uint64_t seed) {
  std::vector<std::size_t> sizes = step.sizes;
  for (std::size_t& size : sizes) size += seed * 7919 % (size / 2 + 1);
  switch (step.act) {
    case Act::title:
      process.set_title(step.key);
      return;
    case Act::pop:
      process.pop(step.key, step.count);
      return;
    case Act::remove:
      process.remove(step.key);
      return;
    case Act::undelete:
      process.undelete(step.key);
      return;
    case Act::purge:
      process.purge(step.key);
      return;
    case Act::fork:
      process.fork(step.key, step.new_key);
      return;
    case Act::rename:
      process.rename(step.key, step.new_key);
      return;
    case Act::vacuum:
      process.vacuum(step.key);
      return;
    case Act::flush:
      process.flush();
      return;
    case Act::reopen:
      process.reopen();
      return;
    case Act::open_writer:
      process.open_writer(step.key, step.tail);
      return;
    case Act::close_writer:
      process.close_writer();
      return;
    case Act::repair:
      process.repair(step.key);
      return;
    case Act::repair_in_place: {
      RepairOptions how;
      how.in_place = true;
      process.repair(step.key, how);
      return;
    }
    case Act::undo:
      process.undo_repair(step.key);
      return;
    default:
      write_step(process, step, sizes);
  }
}

void do_steps(Process& process, const Script& script, std::size_t begin, std::size_t end,
              std::uint64_t seed) {
  for (std::size_t i = begin; i < end; ++i) {
    const Step& step = script.step(i);
    if (is_damage(step.act)) {
      process.spoil(step.key, damage_of(script, i, seed), records_of(script, i, seed));
    } else {
      do_step(process, step, seed);
    }
  }
}

SweepReport sweep_steps(const SweepOptions& options, const Script& script, std::uint64_t seed) {
  if (std::ranges::none_of(script.before, damages)) {
    return sweep_store(
        options, [&](Process& process) { do_steps(process, script, 0, script.size(), seed); });
  }
  return sweep_store_after(
      options,
      [&](Process& process) {
        do_steps(process, script, 0, script.before.size(), seed);
        if (conserves(script, "a")) process.watch_bytes("a");
      },
      [&](Process& process) {
        do_steps(process, script, script.before.size(), script.size(), seed);
      });
}

void sweep_script(const Context& context, const Script& script, std::uint64_t round, Tally& tally) {
  const std::uint64_t seed = context.seed + round;
  // Looking at a damaged session repairs it, undoes that and repairs it again, and each of these
  // calls is cut off in turn.
  const bool is_repaired = std::ranges::any_of(script.before, damages) && conserves(script, "a");
  SweepOptions options = store_sweep(context.scaled(12, is_repaired ? 12 : 400));
  options.seed = seed;
  options.states_a_nested_cut = context.scaled(0, 1);
  const SweepReport report = sweep_steps(options, script, seed);
  const std::uint64_t states = report.states + report.nested_states + report.fault_states;
  tally.simulated += states;
  tally.count(script.name, states, report.holds() ? 0 : 1);
  if (!report.holds() && tally.first_failure.empty()) {
    tally.first_case = script.name + "/" + std::to_string(round);
    tally.first_failure = tally.first_case + ": " + report.violation;
  }
}

}  // namespace

Tally run_simulated(const Context& context) {
  constexpr std::uint64_t kWanted = 1'000'000;  // of the long run
  Tally tally;
  std::uint64_t round = context.only.empty() ? 0 : context.place();
  do {
    for (const Script& script : scripts()) {
      if (!is_for_the_simulated_disk(script) || !context.wants_part(script.name)) continue;
      sweep_script(context, script, round, tally);
    }
    ++round;
  } while (context.goes_on(tally.simulated, kWanted) && tally.first_failure.empty());
  return tally;
}

}  // namespace everturn::lab
