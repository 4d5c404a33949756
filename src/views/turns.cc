// SPDX-License-Identifier: Apache-2.0
#include "views/turns.h"

#include "base/digest.h"
#include "views/blocks.h"
#include "views/dialects/dialect.h"
#include "views/title.h"

namespace everturn {
namespace {

bool is_turn(const Entry& entry) {
  constexpr EntryFlags kNoTurn =
      kInjected | kNotReplayed | kImage | kCopy | kReplacement | kSidechain | kDelivery;
  return entry.kind == EntryKind::user && (entry.flags & kNoTurn) == 0 &&
         !is_shell_command(entry) && is_prompt(readable_text(entry.text));
}

}  // namespace

bool TurnCounter::add(std::span<const Entry> of_one_record) {
  bool has_turn = false;
  for (const Entry& entry : of_one_record) {
    if (!is_turn(entry) || has_turn) continue;
    const std::uint64_t said = hash64(readable_text(entry.text));
    const bool is_queued = (entry.flags & kQueued) != 0;
    has_turn = is_queued ? queued_.insert(said).second : queued_.erase(said) == 0;
  }
  return has_turn;
}

bool TurnCounter::save(PackedWriter& out) const {
  if (queued_.size() > kMostSaved) return false;
  out.number(static_cast<std::uint8_t>(queued_.size()));
  for (const std::uint64_t said : queued_) out.number(said);
  return true;
}

bool TurnCounter::load(PackedReader& in) {
  std::uint8_t count = 0;
  in.number(count);
  for (; count > 0 && in.is_ok(); --count) {
    std::uint64_t said = 0;
    in.number(said);
    queued_.insert(said);
  }
  return in.is_ok();
}

}  // namespace everturn
