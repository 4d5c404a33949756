// SPDX-License-Identifier: Apache-2.0
// Threads for calls that may wait for a disk or a lock, so that those that serve connections never
// do. Any number of threads may post.
#ifndef EVERTURN_SERVER_WORKER_POOL_H_
#define EVERTURN_SERVER_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace everturn::server {

class WorkerPool {
 public:
  // At most `queue_max` calls wait.
  WorkerPool(std::size_t threads, std::size_t queue_max);
  // As finish().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: too many wait already, or the pool is finished; `call` will not run. It must not throw.
  bool post(std::function<void()> call);
  // Runs what was posted, and ends the threads.
  void finish();
  [[nodiscard]] std::size_t waiting() const;

 private:
  void work();

  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool finished_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_WORKER_POOL_H_
