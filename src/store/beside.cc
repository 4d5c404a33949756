// SPDX-License-Identifier: Apache-2.0
#include "store/beside.h"

#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace everturn {

void Beside::Shared::run() {
  try {
    result.set_value(work());
  } catch (...) {
    result.set_exception(std::current_exception());
  }
}

Beside::Beside(bool on_thread, std::function<Status()> work) : shared_(std::make_shared<Shared>()) {
  shared_->work = std::move(work);
  if (!on_thread) return;
  try {
    std::thread([shared = shared_] {
      if (!shared->taken.exchange(true)) shared->run();
    }).detach();
  } catch (const std::system_error&) {
    // Then get() does it.
  }
}

Beside::~Beside() {
  if (shared_ == nullptr || !shared_->taken.exchange(true)) return;
  shared_->result.get_future().wait();
}

Status Beside::get() {
  const std::shared_ptr<Shared> shared = std::exchange(shared_, nullptr);
  if (!shared->taken.exchange(true)) shared->run();
  return shared->result.get_future().get();
}

}  // namespace everturn
