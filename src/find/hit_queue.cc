// SPDX-License-Identifier: Apache-2.0
#include "find/hit_queue.h"

#include <utility>

namespace everturn {
namespace {

// About 10 MiB of hits.
constexpr std::size_t kWaitingMax = 16384;

}  // namespace

bool HitQueue::has_space(std::size_t session) const {
  if (is_stopped_ || !is_bounded_) return true;
  // The others wait for the session that is told of, so it may always go on a little.
  return session == head_ ? slots_[session].hits.size() < kWaitingMax : waiting_ < kWaitingMax;
}

bool HitQueue::put(std::size_t session, Found found) {
  std::unique_lock lock(mutex_);
  space_.wait(lock, [&] { return has_space(session); });
  if (is_stopped_) return false;
  slots_[session].hits.push_back(std::move(found));
  ++waiting_;
  if (session == head_) news_.notify_one();
  return true;
}

// Whoever takes is not woken for sessions without a hit.
void HitQueue::pass_ended() {
  const std::size_t before = head_;
  while (head_ < slots_.size() && slots_[head_].is_finished && slots_[head_].hits.empty()) {
    Slot& slot = slots_[head_];
    ended_.push_back({head_, std::move(slot.status), std::move(slot.damage)});
    slots_[head_++] = {};
  }
  if (head_ == before) return;
  if (has_news()) news_.notify_one();
  if (waiting_ > 0) space_.notify_all();
}

void HitQueue::finish(std::size_t session, Status status, UnsearchedDamage damage) {
  const std::lock_guard guard(mutex_);
  slots_[session].is_finished = true;
  slots_[session].status = std::move(status);
  slots_[session].damage = std::move(damage);
  if (session == head_) pass_ended();
}

void HitQueue::stop() {
  const std::lock_guard guard(mutex_);
  is_stopped_ = true;
  space_.notify_all();
}

bool HitQueue::is_stopped() {
  const std::lock_guard guard(mutex_);
  return is_stopped_;
}

void HitQueue::never_wait() {
  const std::lock_guard guard(mutex_);
  is_bounded_ = false;
}

HitQueue::Taken HitQueue::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [&] { return has_news(); });
  Taken taken;
  if (head_ < slots_.size() && !slots_[head_].hits.empty()) {
    taken.session = head_;
    taken.found = std::move(slots_[head_].hits.front());
    slots_[head_].hits.pop_front();
    if (waiting_-- >= kWaitingMax || slots_[head_].hits.size() + 1 == kWaitingMax) {
      space_.notify_all();
    }
    pass_ended();
  }
  taken.ended = std::exchange(ended_, {});
  taken.is_last = head_ == slots_.size();
  return taken;
}

}  // namespace everturn
