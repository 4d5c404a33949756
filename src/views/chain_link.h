// SPDX-License-Identifier: Apache-2.0
// What a record is in the chain of its session: Claude Code and pi name each record's parent. Pure.
#ifndef EVERTURN_VIEWS_CHAIN_LINK_H_
#define EVERTURN_VIEWS_CHAIN_LINK_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "everturn/entry.h"

namespace everturn {

struct ChainLink {
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

// Of the entries of one record, at this offset. Nothing if it is none: records beside the chain,
// and all those of agents that have no chain.
std::optional<ChainLink> chain_link(std::string_view dialect, std::span<const Entry> entries,
                                    std::uint64_t offset);
// Adds the hashes of the ids of its tool calls by which a result may name it as its parent.
void add_call_names(std::string_view dialect, std::span<const Entry> entries,
                    std::vector<std::uint64_t>& names);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CHAIN_LINK_H_
