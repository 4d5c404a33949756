// SPDX-License-Identifier: Apache-2.0
// A campaign tries one kind of disaster many times and counts. Campaigns are plain functions in the
// table of campaigns.cc, one file each.
#ifndef EVERTURN_TESTS_LAB_CAMPAIGN_H_
#define EVERTURN_TESTS_LAB_CAMPAIGN_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lab/oracle.h"

namespace everturn::lab {

// What is tried, where, and how hard.
struct Context {
  std::uint64_t seed = 1;
  bool full = false;      // the long run
  std::string directory;  // for temporary files; empty: the system's
  std::string only;       // one case, "append/17", to look at a failure again
  std::string part;       // only parts that have this in their names; empty: all

  // Once this has passed, no further part of a campaign is begun.
  std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();

  // "append" of "append/17", and 17.
  [[nodiscard]] bool wants_part(std::string_view name) const;
  [[nodiscard]] bool is_time_up() const { return std::chrono::steady_clock::now() > end; }
  [[nodiscard]] std::uint64_t place() const;
  [[nodiscard]] std::uint64_t scaled(std::uint64_t usual, std::uint64_t long_run) const {
    return full ? long_run : usual;
  }
  // In the long run: another round, with another seed, until there are enough.
  [[nodiscard]] bool goes_on(std::uint64_t tried, std::uint64_t wanted) const {
    return full && only.empty() && part.empty() && !is_time_up() && tried > 0 && tried < wanted;
  }
};

// A part of a campaign: a script, a file system, a rival.
struct Row {
  std::string name;
  std::uint64_t states = 0;
  std::uint64_t broken = 0;
};

class Tally {
 public:
  std::uint64_t kills = 0;
  std::uint64_t faults = 0;     // injected errors
  std::uint64_t simulated = 0;  // crash states of the simulated disk
  std::uint64_t mounted = 0;    // crash states that a kernel has mounted
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t unaccounted_bytes = 0;
  std::string skipped;             // why the whole campaign cannot run here
  std::vector<std::string> notes;  // what a reader should know
  std::string first_failure;       // its case, and what is broken
  std::string first_case;
  // Of the round that runs, and of the one that failed first; 0: the context's.
  std::uint64_t round_seed = 0;
  std::uint64_t first_seed = 0;
  // Losses are what the campaign is to show: of a rival, of a disk that lies.
  bool wants_losses = false;
  double seconds = 0;

  // A state of part `row` was looked at.
  void count(const std::string& row, const std::string& name, const Finding& finding);
  void count(const std::string& row, std::uint64_t states, std::uint64_t broken);
  // The figures of another campaign on top.
  void add(const Tally& other);
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] std::uint64_t states() const;
  [[nodiscard]] std::uint64_t broken() const;
  // Every state kept its promises; or, where losses are wanted, each part has lost something.
  [[nodiscard]] bool holds() const;

 private:
  Row& row_named(const std::string& name);
  std::vector<Row> rows_;
};

struct Campaign {
  std::string_view name;
  std::string_view what;
  std::string_view checks;  // sentences of doc/durability.md: "P1 P2"
  bool needs_root;
  Tally (*run)(const Context& context);
};
const std::vector<Campaign>& campaigns();

Tally run_kills(const Context& context);
Tally run_companions(const Context& context);
Tally run_faults(const Context& context);
Tally run_memory(const Context& context);
Tally run_limits(const Context& context);
Tally run_storms(const Context& context);
Tally run_tails(const Context& context);
Tally run_simulated(const Context& context);
Tally run_rivals(const Context& context);
Tally run_shutdown(const Context& context);
Tally run_replay(const Context& context);
Tally run_device_errors(const Context& context);
Tally run_full_disks(const Context& context);
Tally run_lying_disk(const Context& context);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_CAMPAIGN_H_
