// SPDX-License-Identifier: Apache-2.0
// How much of a session its own agent still finds: Claude Code and pi follow each record's parent
// from the newest back, and stop where one is gone. What stands before is in the file, and hidden.
#ifndef EVERTURN_VIEWS_CHAIN_CHECK_H_
#define EVERTURN_VIEWS_CHAIN_CHECK_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "everturn/entry.h"
#include "views/chain_link.h"
#include "views/chain_tail.h"
#include "views/name_filter.h"

namespace everturn {

struct ChainBreak {
  std::uint64_t offset = 0;  // of the record whose parent is gone
  std::uint64_t hidden = 0;  // messages before it that nothing leads to any more
  std::uint64_t before = 0;  // offset of the record that it follows in the file
};

struct ChainState {
  // In the order of the file. Only those that hide messages, or the way to such a one.
  std::vector<ChainBreak> breaks;
  // Records whose parent is not in the file, whether that hides something or not.
  std::uint64_t missing_parents = 0;
  // To go on from, if it was asked for; nothing if a later record may make a break of what is none
  // yet.
  std::optional<ChainTail> tail;
};

// One session, record by record; 40 bytes each are kept.
class ChainCheck {
 public:
  // `entries` of one record, at this offset, as the dialect reads them.
  void add(std::string_view dialect, std::span<const Entry> entries, std::uint64_t offset);
  [[nodiscard]] ChainState state(bool with_tail) const;
  // How many calls a record may be named by, and their names.
  [[nodiscard]] std::size_t call_names() const { return calls_.size(); }
  void tell_call_names(NameFilter& told) const;

 private:
  class Walk;

  std::vector<ChainLink> links_;
  // Tool calls, by the hashes of their ids, with their links: a result may name its call as parent.
  std::vector<std::pair<std::uint64_t, std::size_t>> calls_;
  std::vector<std::uint64_t> names_;  // of the record at hand
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CHAIN_CHECK_H_
