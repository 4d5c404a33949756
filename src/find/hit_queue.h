// SPDX-License-Identifier: Apache-2.0
// From the threads that search sessions to the one that gives the hits to the caller, in the order
// of the sessions. Any number of threads put; one takes.
#ifndef EVERTURN_FIND_HIT_QUEUE_H_
#define EVERTURN_FIND_HIT_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "everturn/status.h"
#include "find/record_search.h"

namespace everturn {

class HitQueue {
 public:
  explicit HitQueue(std::size_t sessions) : slots_(sessions) {}

  // The hit of session number `session`. Waits while too many hits wait to be taken. False: nobody
  // wants more.
  bool put(std::size_t session, Found found);
  void finish(std::size_t session, Status status, UnsearchedDamage damage = {});
  void stop();
  [[nodiscard]] bool is_stopped();
  // From now on put() never waits: who takes is who puts.
  void never_wait();

  struct Ended {
    std::size_t session = 0;
    Status status;
    UnsearchedDamage damage;
  };
  struct Taken {
    std::size_t session = 0;  // of `found`
    std::optional<Found> found;
    std::vector<Ended> ended;  // sessions all of whose hits were taken
    bool is_last = false;      // all of them ended
  };
  // The next hit; or none, within `patience` or because there will be none.
  Taken take(std::chrono::milliseconds patience);

 private:
  struct Slot {
    std::deque<Found> hits;
    bool is_finished = false;
    Status status;
    UnsearchedDamage damage;
  };
  void pass_ended();
  [[nodiscard]] bool has_news() const {
    return head_ == slots_.size() || !slots_[head_].hits.empty();
  }
  [[nodiscard]] bool has_space(std::size_t session) const;

  std::mutex mutex_;
  std::condition_variable news_;   // for take()
  std::condition_variable space_;  // for put()
  std::vector<Slot> slots_;
  std::vector<Ended> ended_;
  std::size_t head_ = 0;  // the session whose hits are taken
  std::size_t waiting_ = 0;
  bool is_stopped_ = false;
  bool is_bounded_ = true;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_HIT_QUEUE_H_
