// SPDX-License-Identifier: Apache-2.0
// From what was counted in a session to findings: their grades and their sentences. Pure.
#ifndef EVERTURN_VIEWS_EXAMINATION_FINDINGS_H_
#define EVERTURN_VIEWS_EXAMINATION_FINDINGS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "everturn/seal.h"
#include "views/chain_check.h"
#include "views/examination.h"

namespace everturn {

// Where a record's time is earlier than that of the record before.
struct ClockSteps {
  std::uint64_t count = 0;
  std::uint64_t offset = 0;  // of the first
  std::int64_t largest_ns = 0;
};

class FindingList {
 public:
  void add_damage(const ReadReport& report);
  // Is the damage what a crash leaves, or was it durable before? Nothing if no seals tell.
  void add_standing(const ReadReport& report, const SealReport& seals);
  void add_chain(const std::vector<ChainBreak>& breaks, std::uint64_t missing_parents);
  void add_calls(const std::vector<std::uint64_t>& open_calls);
  void add_clock(const ClockSteps& small, const ClockSteps& large);
  void add_drift(std::uint64_t records, std::uint64_t first, std::string_view dialect);
  void add_notes(const ReadReport& report);
  // Worst first, each grade in the order of the file.
  [[nodiscard]] std::vector<Finding> sorted() const;

 private:
  void add(Grade grade, std::string_view kind, std::uint64_t count, std::uint64_t offset,
           std::string text);
  std::vector<Finding> findings_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_EXAMINATION_FINDINGS_H_
