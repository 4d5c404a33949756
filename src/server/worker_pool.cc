// SPDX-License-Identifier: Apache-2.0
#include "server/worker_pool.h"

#include <utility>

namespace everturn::server {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() { finish(); }

bool WorkerPool::post(std::function<void()> call) {
  {
    const std::lock_guard guard(mutex_);
    if (finished_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(call));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::finish() {
  {
    const std::lock_guard guard(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard guard(mutex_);
  return queue_.size();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return finished_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::function<void()> call = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    call();
    lock.lock();
  }
}

}  // namespace everturn::server
