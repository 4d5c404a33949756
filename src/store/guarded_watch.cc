// SPDX-License-Identifier: Apache-2.0
#include "store/guarded_watch.h"

#include <utility>

#include "store/guarded.h"

namespace everturn {
namespace {

class GuardedWatch final : public Watch {
 public:
  explicit GuardedWatch(std::unique_ptr<Watch> watch) : watch_(std::move(watch)) {}
  Result<WatchEvent> next(std::chrono::milliseconds timeout, const RecordSink& sink) override {
    return guarded([&] { return watch_->next(timeout, sink); });
  }
  [[nodiscard]] Position position() const override { return watch_->position(); }

 private:
  std::unique_ptr<Watch> watch_;
};

class GuardedStoreWatch final : public StoreWatch {
 public:
  explicit GuardedStoreWatch(std::unique_ptr<StoreWatch> watch) : watch_(std::move(watch)) {}
  Result<bool> next(std::chrono::milliseconds timeout,
                    const std::function<void(std::string_view key)>& changed) override {
    return guarded([&] { return watch_->next(timeout, changed); });
  }
  [[nodiscard]] bool is_prompt() const override { return watch_->is_prompt(); }

 private:
  std::unique_ptr<StoreWatch> watch_;
};

}  // namespace

std::unique_ptr<Watch> guarded_watch(std::unique_ptr<Watch> watch) {
  return std::make_unique<GuardedWatch>(std::move(watch));
}

std::unique_ptr<StoreWatch> guarded_watch(std::unique_ptr<StoreWatch> watch) {
  return std::make_unique<GuardedStoreWatch>(std::move(watch));
}

}  // namespace everturn
