// SPDX-License-Identifier: Apache-2.0
// How much of a session its own agent still finds: Claude Code and pi follow each record's parent
// from the newest back, and stop where one is gone. What stands before is in the file, and hidden.
#ifndef EVERTURN_VIEWS_CHAIN_CHECK_H_
#define EVERTURN_VIEWS_CHAIN_CHECK_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "everturn/views.h"

namespace everturn {

struct ChainBreak {
  std::uint64_t offset = 0;  // of the record whose parent is gone
  std::uint64_t hidden = 0;  // messages before it that nothing leads to any more
  std::uint64_t before = 0;  // offset of the record that it follows in the file
};

// One session, record by record; 40 bytes each are kept.
class ChainCheck {
 public:
  // `entries` of one record, at this offset, as the dialect reads them.
  void add(std::string_view dialect, std::span<const Entry> entries, std::uint64_t offset);
  // In the order of the file. Only those that hide messages, or the way to such a one.
  [[nodiscard]] std::vector<ChainBreak> breaks() const;
  // Records whose parent is not in the file, whether that hides something or not.
  [[nodiscard]] std::uint64_t missing_parents() const;

 private:
  struct Link {
    std::uint64_t id = 0;  // hashes
    std::uint64_t parent = 0;
    std::uint64_t offset = 0;
    bool has_parent = false;
    bool is_root = false;  // says that it has none, and may
    bool is_sidechain = false;
    bool is_spoken = false;
    bool is_leaf = false;      // the newest may be one
    bool is_injected = false;  // only if there is no other
    bool ends_here = false;    // a compaction: the agent looks no further back
  };
  class Walk;

  std::vector<Link> links_;
  // Tool calls, by the hashes of their ids, with their links: a result may name its call as parent.
  std::vector<std::pair<std::uint64_t, std::size_t>> calls_;
  bool is_claude_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CHAIN_CHECK_H_
