// SPDX-License-Identifier: Apache-2.0
// What UsageCounter keeps of a session to go on in it later.
#include "base/packed.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::size_t kMostText = 512;  // of an id, and of the object that holds the totals

enum Flags : std::uint8_t {
  kFork = 1,
  kReplay = 2,
  kTimedTurns = 4,
  kBeforeOwnTurns = 8,
};

}  // namespace

bool UsageCounter::save(PackedWriter& out) const {
  out.number(static_cast<std::uint8_t>(last_told_.size()));
  for (const std::uint64_t name : last_told_) {
    out.number(name);
    pack_usage(out, known_.at(name).usage);
  }
  if (dialect_->usage != UsageRule::turns) return true;
  out.text(own_id_);
  out.text(last_total_);
  out.number(fork_ns_);
  out.number(last_ns_);
  std::uint8_t flags = is_fork_ ? kFork : 0;
  if (is_replay_) flags |= kReplay;
  if (has_timed_turns_) flags |= kTimedTurns;
  if (is_before_own_turns_) flags |= kBeforeOwnTurns;
  out.number(flags);
  return own_id_.size() <= kMostText && last_total_.size() <= kMostText;
}

bool UsageCounter::load(PackedReader& in, const NameFilter& told) {
  told_before_ = &told;
  models_.emplace_back();  // whose they were is not kept
  unnamed_.emplace_back();
  std::uint8_t count = 0;
  in.number(count);
  for (; count > 0 && in.is_ok(); --count) {
    std::uint64_t name = 0;
    in.number(name);
    pack_usage(in, known_[name].usage);
    note_told(name);
  }
  if (dialect_->usage != UsageRule::turns) return in.is_ok();
  in.text(own_id_);
  in.text(last_total_);
  in.number(fork_ns_);
  in.number(last_ns_);
  std::uint8_t flags = 0;
  in.number(flags);
  is_fork_ = (flags & kFork) != 0;
  is_replay_ = (flags & kReplay) != 0;
  has_timed_turns_ = (flags & kTimedTurns) != 0;
  is_before_own_turns_ = (flags & kBeforeOwnTurns) != 0;
  return in.is_ok();
}

void UsageCounter::tell_names(NameFilter& told) const {
  for (const auto& [name, response] : known_) told.add(name);
}

}  // namespace everturn
