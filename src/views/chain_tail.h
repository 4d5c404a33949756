// SPDX-License-Identifier: Apache-2.0
// The last links of a chain from which, and from whose newest link, the agent comes back to the
// beginning, no parent being gone on the way. As long as each link that comes names one of them,
// that is so of it too: nothing is hidden. One thread.
#ifndef EVERTURN_VIEWS_CHAIN_TAIL_H_
#define EVERTURN_VIEWS_CHAIN_TAIL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/packed.h"
#include "views/chain_link.h"
#include "views/name_filter.h"

namespace everturn {

class ChainTail {
 public:
  static constexpr std::size_t kNames = 64;  // that a parent is looked for among

  ChainTail() = default;
  struct Kind {
    bool has_main = false;  // somebody spoke who is no sub-agent; those are then not of the chain
    bool is_whole = false;  // no parent is gone at all
  };
  // `names`: of such links, in their order; those of its calls before a link's own.
  ChainTail(Kind kind, std::vector<std::uint64_t> names);

  // The next link, with the names of its calls; `told` has the names of all calls before it, and
  // gets those. False: what becomes of it depends on more than the last links.
  bool add(const ChainLink& link, std::span<const std::uint64_t> calls, NameFilter& told);

  void save(PackedWriter& out) const;
  bool load(PackedReader& in);  // false: these are not the bytes that save() made

 private:
  [[nodiscard]] bool has(std::uint64_t name) const;
  void keep_last();

  std::vector<std::uint64_t> names_;
  Kind kind_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CHAIN_TAIL_H_
