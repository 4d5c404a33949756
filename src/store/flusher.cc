// SPDX-License-Identifier: Apache-2.0
#include "store/flusher.h"

#include <exception>

#include "store/open_session.h"

namespace everturn {
namespace {
constexpr std::size_t kThreadsMax = 16;
}

Flusher::~Flusher() {
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Flusher::schedule(const std::shared_ptr<OpenSession>& session,
                       std::chrono::milliseconds after) {
  const std::lock_guard guard(mutex_);
  if (scheduled_.contains(session.get())) return;
  // What throws comes first: a session that is only noted as scheduled would never be synced.
  if (idle_ == 0 && threads_.size() < kThreadsMax) start_thread();
  queue_.push({std::chrono::steady_clock::now() + after, session});
  scheduled_.insert(session.get());
  changed_.notify_one();
}

// One more; only the first is needed.
void Flusher::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::exception&) {
    if (threads_.empty()) throw;
  }
}

void Flusher::work() {
  std::unique_lock guard(mutex_);
  while (!stop_) {
    ++idle_;
    if (queue_.empty()) {
      changed_.wait(guard);
    } else if (queue_.top().at > std::chrono::steady_clock::now()) {
      const Time at = queue_.top().at;
      changed_.wait_until(guard, at);
    }
    --idle_;
    if (stop_ || queue_.empty() || queue_.top().at > std::chrono::steady_clock::now()) continue;
    const std::shared_ptr<OpenSession> session = queue_.top().session;
    queue_.pop();
    // Writes from here on may miss this sync, so they schedule the next one.
    scheduled_.erase(session.get());
    if (!queue_.empty()) changed_.notify_one();
    guard.unlock();
    // A failure is kept in the session: its next append and durable() tell.
    static_cast<void>(session->sync_pending());
    guard.lock();
  }
}

}  // namespace everturn
