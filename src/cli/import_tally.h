// SPDX-License-Identifier: Apache-2.0
// Tells what `everturn import` does with each file, counts it, and keeps the exit status.
#ifndef EVERTURN_CLI_IMPORT_TALLY_H_
#define EVERTURN_CLI_IMPORT_TALLY_H_

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "cli/context.h"
#include "store/import.h"

namespace everturn::cli {

// A path as text: paths are bytes, JSON is not.
std::string json_text_of(const std::string& path);

class ImportTally {
 public:
  // `to`: the folder of the copy. `context` must outlive this.
  ImportTally(Context& context, std::string to) : context_(context), to_(std::move(to)) {}

  // What repeats pass for pass (failures, things left out) is told once.
  void add(const ImportEvent& event);
  void add_failure(const Status& status);
  // Prints the sums; unless it was following, also how the copy is read.
  void finish(bool is_following);
  // The code of the first failure.
  [[nodiscard]] int exit_status() const { return exit_status_; }

 private:
  void add_copy(const ImportEvent& event);
  void add_skipped(const ImportEvent& event);
  void print_json();
  void print_text();
  [[nodiscard]] std::uint64_t count(CopyOutcome outcome) const {
    return counts_.at(static_cast<std::size_t>(outcome));
  }

  Context& context_;
  const std::string to_;
  std::array<std::uint64_t, kCopyOutcomes> counts_ = {};
  std::uint64_t bytes_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t failures_ = 0;
  std::set<std::string> told_;
  int exit_status_ = kExitOk;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_IMPORT_TALLY_H_
