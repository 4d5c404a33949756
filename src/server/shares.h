// SPDX-License-Identifier: Apache-2.0
// What a connection takes of what all of them share, given back when it goes. Any thread.
#ifndef EVERTURN_SERVER_SHARES_H_
#define EVERTURN_SERVER_SHARES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace everturn::server {

// The part of the memory for bodies that one request takes.
class BodyShare {
 public:
  BodyShare(std::atomic<std::size_t>& total, std::size_t max) : total_(total), max_(max) {}
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() { total_ -= taken_; }
  bool grow_to(std::size_t size) {
    if (size <= taken_) return true;
    total_ += size - taken_;
    taken_ = size;
    return total_ <= max_;
  }

 private:
  std::atomic<std::size_t>& total_;
  const std::size_t max_;
  std::size_t taken_ = 0;
};

// Counts one more while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::int64_t>& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::atomic<std::int64_t>& count_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_SHARES_H_
