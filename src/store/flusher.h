// SPDX-License-Identifier: Apache-2.0
// The background syncs of level `interval`: each session is synced when its oldest acknowledged
// write is as old as its interval. Many sessions are synced side by side, by up to 16 threads that
// are started when they are needed: one thread that syncs file after file would be several times
// slower.
#ifndef EVERTURN_STORE_FLUSHER_H_
#define EVERTURN_STORE_FLUSHER_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <unordered_set>
#include <vector>

namespace everturn {

class OpenSession;

class Flusher {
 public:
  Flusher() = default;
  ~Flusher();  // stops; what is due then is for the owner to sync
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;
  // Any thread. A session that is scheduled already keeps its earlier time.
  void schedule(const std::shared_ptr<OpenSession>& session, std::chrono::milliseconds after);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Due {
    Time at;
    std::shared_ptr<OpenSession> session;
    bool operator<(const Due& other) const { return at > other.at; }
  };
  void start_thread();
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Due> queue_;
  std::unordered_set<OpenSession*> scheduled_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stop_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_FLUSHER_H_
