// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "tests/lab/campaign.h"

namespace everturn::lab {

const std::vector<Campaign>& campaigns() {
  static const std::vector<Campaign> all = {
      {"kills", "SIGKILL at every system call of every operation", "P1 P2 P3 P4 P5 P6 P7 P8 P9 P10",
       false, &run_kills},
      {"companions", "the same beside a process that has the session open and goes on",
       "P1 P2 P3 P8 P9 P10 P13 P14 P15", false, &run_companions},
      {"faults", "an error at every system call, once and for ever, and short writes",
       "P3 P4 P5 P6 P7 P8 P9 P10 P11 P12", false, &run_faults},
      {"memory", "every allocation fails, once and for ever", "P3 P4 P5 P6 P7 P8 P9 P10", false,
       &run_memory},
      {"limits", "the size limit for files of a process, at every size", "P3 P8 P9 P10 P11", false,
       &run_limits},
      {"storms",
       "8 writers, readers, repairs, rewrites and deletes on 4 sessions, each killed at random",
       "P1 P2 P3 P6 P9 P10 P13 P15", false, &run_storms},
      {"tails", "padded tails: killed writers, lock-free readers, a foreign appender",
       "P1 P2 P3 P9 P10 P13 P15", false, &run_tails},
      {"simulated", "power cuts at every call of every operation, on the simulated disk",
       "P1 P2 P3 P4 P5 P6 P7 P8 P9 P10", false, &run_simulated},
      {"rivals", "three other ways to keep a session lose records in the same lab", "", false,
       &run_rivals},
      {"shutdown", "ext4 and xfs cut off at every system call", "P1 P2 P3 P5 P6 P7 P8 P9 P10", true,
       &run_shutdown},
      {"replay", "ext4, xfs, btrfs and others: blocks lost, torn and out of order within a flush",
       "P1 P2 P3 P5 P6 P7 P8 P9 P10", true, &run_replay},
      {"device errors", "a block device that fails a write or a flush, once and for ever",
       "P1 P3 P4 P5 P8 P9 P10 P12", true, &run_device_errors},
      {"full disks", "ext4, xfs, btrfs and tmpfs without a free byte", "P3 P8 P9 P10 P11", true,
       &run_full_disks},
      {"lying disk", "a block device that ignores flushes breaks the promise", "P16", true,
       &run_lying_disk},
  };
  return all;
}

bool Context::wants_part(std::string_view name) const {
  if (is_time_up() || name.find(part) == name.npos) return false;
  return only.empty() || only.substr(0, only.rfind('/')) == name;
}
std::uint64_t Context::place() const {
  return std::strtoull(only.c_str() + only.rfind('/') + 1, nullptr, 10);
}

Row& Tally::row_named(const std::string& name) {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.name == name; });
  if (found != rows_.end()) return *found;
  rows_.push_back({name, 0, 0});
  return rows_.back();
}

void Tally::count(const std::string& row, const std::string& name, const Finding& finding) {
  count(row, 1, finding.holds() ? 0 : 1);
  lost += finding.lost;
  unreadable += finding.unreadable;
  unaccounted_bytes += finding.unaccounted_bytes;
  if (finding.holds() || !first_failure.empty()) return;
  first_failure = name + ": " + finding.broken;
  first_case = name;
  first_seed = round_seed;
}

void Tally::count(const std::string& row, std::uint64_t states, std::uint64_t broken) {
  Row& counted = row_named(row);
  counted.states += states;
  counted.broken += broken;
}

void Tally::add(const Tally& other) {
  kills += other.kills;
  faults += other.faults;
  simulated += other.simulated;
  mounted += other.mounted;
  acknowledged += other.acknowledged;
  lost += other.lost;
  unreadable += other.unreadable;
  unaccounted_bytes += other.unaccounted_bytes;
  seconds += other.seconds;
  count("all", other.states(), other.broken());
}

std::uint64_t Tally::states() const {
  return std::accumulate(rows_.begin(), rows_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Row& row) { return sum + row.states; });
}
std::uint64_t Tally::broken() const {
  return std::accumulate(rows_.begin(), rows_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Row& row) { return sum + row.broken; });
}

bool Tally::holds() const {
  if (!wants_losses) return broken() == 0 && lost == 0 && first_failure.empty();
  return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.broken > 0; });
}

}  // namespace everturn::lab
