// SPDX-License-Identifier: Apache-2.0
#include "views/chain_tail.h"

#include <algorithm>
#include <utility>

namespace everturn {

ChainTail::ChainTail(Kind kind, std::vector<std::uint64_t> names)
    : names_(std::move(names)), kind_(kind) {
  keep_last();
}

bool ChainTail::has(std::uint64_t name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void ChainTail::keep_last() {
  if (names_.size() <= kNames) return;
  names_.erase(names_.begin(), names_.end() - static_cast<std::ptrdiff_t>(kNames));
}

bool ChainTail::add(const ChainLink& link, std::span<const std::uint64_t> calls, NameFilter& told) {
  // With the first who is no sub-agent, all that sub-agents said leaves the chain.
  if (!kind_.has_main && link.is_spoken && !link.is_sidechain) return false;
  if (kind_.has_main && link.is_sidechain) return true;
  if (has(link.id)) return false;
  const bool needs_parent = !link.ends_here && !link.is_root;
  if (needs_parent && !(link.has_parent && has(link.parent))) return false;
  for (const std::uint64_t call : calls) {
    // The name of a call leads to the first that has it, if no record has it for its own: such a
    // one is somewhere else, and none is where something is hidden only if the chain is whole.
    if (kind_.is_whole && !told.may_have(call)) names_.push_back(call);
    told.add(call);
  }
  names_.push_back(link.id);
  keep_last();
  return true;
}

void ChainTail::save(PackedWriter& out) const {
  out.number(static_cast<std::uint8_t>((kind_.has_main ? 1 : 0) + (kind_.is_whole ? 2 : 0)));
  out.number(static_cast<std::uint8_t>(names_.size()));
  for (const std::uint64_t name : names_) out.number(name);
}

bool ChainTail::load(PackedReader& in) {
  std::uint8_t kind = 0;
  std::uint8_t count = 0;
  in.number(kind);
  in.number(count);
  if (count > kNames) return false;
  names_.resize(count);
  for (std::uint64_t& name : names_) in.number(name);
  kind_ = {(kind & 1U) != 0, (kind & 2U) != 0};
  return in.is_ok();
}

}  // namespace everturn
