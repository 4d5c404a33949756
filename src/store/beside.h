// SPDX-License-Identifier: Apache-2.0
// Work on a thread of its own that nobody waits for to begin: where the processors are busy, who
// needs the result first does the work.
#ifndef EVERTURN_STORE_BESIDE_H_
#define EVERTURN_STORE_BESIDE_H_

#include <atomic>
#include <functional>
#include <future>
#include <memory>

#include "everturn/status.h"

namespace everturn {

class Beside {
 public:
  // What `work` refers to must outlive this. Without `on_thread`, and where no thread can be had,
  // get() does the work.
  Beside(bool on_thread, std::function<Status()> work);
  Beside(Beside&&) noexcept = default;
  Beside& operator=(Beside&&) = delete;
  // Waits for work that has begun; work that has not never will.
  ~Beside();

  // Once: the result of the work, or what it threw.
  Status get();

 private:
  struct Shared {
    std::atomic<bool> taken = false;
    std::function<Status()> work;
    std::promise<Status> result;
    void run();
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_BESIDE_H_
