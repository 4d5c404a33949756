// SPDX-License-Identifier: Apache-2.0
#include "server/append_queue.h"

#include <new>
#include <utility>

namespace everturn::server {

bool AppendQueue::post(const Request& request, const Admitted& admitted, Finish finish) {
  const std::lock_guard guard(mutex_);
  const auto [place, is_idle] = sessions_.try_emplace(admitted.key);
  if (is_idle && !pool_.post([this, key = admitted.key] { write(key); })) {
    sessions_.erase(place);
    return false;
  }
  Waiting& waiting = place->second;
  waiting.finish.push_back(std::move(finish));
  try {
    waiting.asked.push_back({&request, &admitted, {}});
  } catch (const std::bad_alloc&) {
    waiting.finish.pop_back();
    throw;
  }
  return true;
}

// False: nothing waits, and the next append finds the session idle.
bool AppendQueue::take(const std::string& key, Waiting& taken) {
  const std::lock_guard guard(mutex_);
  const auto place = sessions_.find(key);
  if (place->second.asked.empty()) {
    sessions_.erase(place);
    return false;
  }
  std::swap(taken, place->second);
  return true;
}

void AppendQueue::write(const std::string& key) {
  Waiting taken;
  while (take(key, taken)) {
    api_.handle_together(taken.asked);
    for (std::size_t i = 0; i < taken.asked.size(); ++i) {
      taken.finish[i](*std::move(taken.asked[i].response));
    }
    taken.asked.clear();
    taken.finish.clear();
    // A busy session must not keep a worker from the others.
    if (pool_.waiting() > 0 && pool_.post([this, key] { write(key); })) return;
  }
}

}  // namespace everturn::server
