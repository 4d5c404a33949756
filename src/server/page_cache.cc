// SPDX-License-Identifier: Apache-2.0
#include "server/page_cache.h"

#include <chrono>
#include <utility>

namespace everturn::server {
namespace {

constexpr std::size_t kLargestReply = 64 << 10;
constexpr std::size_t kOverhead = 512;  // of one that is kept, beside its body

}  // namespace

PageCache::PageCache(std::unique_ptr<StoreWatch> watch, std::size_t max_bytes)
    : watch_(std::move(watch)), max_bytes_(max_bytes) {}

std::shared_ptr<const Response> PageCache::find(std::string_view target) {
  const std::lock_guard guard(mutex_);
  if (by_target_.empty()) return nullptr;
  look_for_changes();
  const auto found = by_target_.find(target);
  if (found == by_target_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->response;
}

std::uint64_t PageCache::begin() {
  const std::lock_guard guard(mutex_);
  // Of a store that was not there yet, the watch begins when it is asked.
  if (watch_ != nullptr && !watch_->is_prompt()) {
    static_cast<void>(watch_->next(std::chrono::milliseconds(0), [](std::string_view) {}).ok());
    ++changes_;
  }
  look_for_changes();
  return changes_;
}

void PageCache::put(std::string_view target, std::string_view key, const Response& response,
                    std::uint64_t begun) {
  const bool fits = response.status == 200 && response.stream == nullptr &&
                    response.events == nullptr && response.body.size() <= kLargestReply;
  if (!fits) return;
  const std::lock_guard guard(mutex_);
  look_for_changes();
  if (changes_ != begun || watch_ == nullptr || !watch_->is_prompt()) return;
  if (const auto known = by_target_.find(target); known != by_target_.end()) drop(known->second);
  auto copy = std::make_shared<Response>();
  copy->headers = response.headers;
  copy->set("X-Content-Type-Options", "nosniff");
  copy->body = response.body;
  const std::size_t bytes = copy->body.size() + target.size() + key.size() + kOverhead;
  order_.push_front({std::string(target), std::string(key), std::move(copy), bytes});
  by_target_[order_.front().target] = order_.begin();
  bytes_ += bytes;
  while (bytes_ > max_bytes_) drop(std::prev(order_.end()));
}

void PageCache::look_for_changes() {
  if (watch_ == nullptr || !watch_->is_prompt()) {
    drop_session({});
    return;
  }
  const Result<bool> any = watch_->next(std::chrono::milliseconds(0), [this](std::string_view key) {
    ++changes_;
    drop_session(key);
  });
  if (any.ok()) return;
  ++changes_;
  drop_session({});
}

void PageCache::drop(Order::iterator kept) {
  bytes_ -= kept->bytes;
  by_target_.erase(kept->target);
  order_.erase(kept);
}

void PageCache::drop_session(std::string_view key) {
  for (auto kept = order_.begin(); kept != order_.end();) {
    const auto next = std::next(kept);
    if (key.empty() || kept->key == key) drop(kept);
    kept = next;
  }
}

}  // namespace everturn::server
