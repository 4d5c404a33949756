// SPDX-License-Identifier: Apache-2.0
#include "server/hub.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/base64url.h"
#include "base/json_object.h"
#include "base/try.h"

namespace everturn::server {
namespace {

constexpr std::chrono::milliseconds kWatchStep(250);  // how soon stop() is noticed
constexpr std::chrono::milliseconds kGatherFollowed(1);
constexpr std::chrono::milliseconds kGather(20);
constexpr std::size_t kEventsKept = 1024;

}  // namespace

bool Feed::wait(std::uint64_t seen, std::uint64_t waiter, Wake wake) {
  const std::lock_guard guard(mutex_);
  if (changes_ != seen) return false;
  waiting_[waiter] = std::move(wake);
  return true;
}

void Feed::forget(std::uint64_t waiter) {
  const std::lock_guard guard(mutex_);
  waiting_.erase(waiter);
}

bool Feed::is_waited_for() {
  const std::lock_guard guard(mutex_);
  return !waiting_.empty();
}

void Feed::change() {
  std::map<std::uint64_t, Wake> woken;
  {
    const std::lock_guard guard(mutex_);
    ++changes_;
    woken.swap(waiting_);
  }
  for (const auto& [waiter, wake] : woken) wake();
}

void StoreFeed::add(std::string_view key) {
  {
    const std::lock_guard guard(events_mutex_);
    // One change of a session after the other says no more than one of them.
    if (!events_.empty() && events_.back() == key && !key.empty()) {
      events_.pop_back();
      events_.emplace_back(key);
    } else {
      events_.emplace_back(key);
    }
    ++next_;
    if (events_.size() > kEventsKept) events_.pop_front();
  }
  change();
}

std::pair<std::string, std::string> StoreFeed::read(const std::string& last) {
  const std::lock_guard guard(events_mutex_);
  const std::string newest = run_ + "-" + std::to_string(next_ - 1);
  if (last == newest) return {"", newest};
  const std::uint64_t first = next_ - events_.size();  // the number of the first that is kept
  std::uint64_t seen = 0;
  const bool is_ours = last.starts_with(run_ + "-") && last.size() > run_.size() + 1;
  if (is_ours) {
    for (const char c : last.substr(run_.size() + 1)) {
      const bool is_digit = c >= '0' && c <= '9' && seen <= next_;
      seen = is_digit ? seen * 10 + static_cast<std::uint64_t>(c - '0') : next_;
    }
  }
  if (!is_ours || seen + 1 < first || seen >= next_) {
    return {"id: " + newest + "\nevent: reset\ndata: {}\n\n", newest};
  }
  std::string text;
  for (std::uint64_t number = seen + 1; number < next_; ++number) {
    const std::string& key = events_[static_cast<std::size_t>(number - first)];
    JsonObject data;
    if (key.empty()) {
      data.add_raw("key", "null");
    } else {
      data.add("key", key).add("id", base64url_encode(key));
    }
    text += "id: " + run_ + "-" + std::to_string(number) +
            "\nevent: changed\ndata: " + data.text() + "\n\n";
  }
  return {text, newest};
}

Hub::Hub(Store& store, std::string run, std::function<void(const Status&)> report)
    : store_(store), report_(std::move(report)), store_feed_(std::move(run)) {}

Hub::~Hub() { stop(); }

Status Hub::start() {
  watch_ = TRY(store_.watch_all());
  thread_ = std::thread([this] { watch(); });
  return {};
}

void Hub::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<SessionFeed> Hub::feed(const std::string& key, const RecordStyle& style) {
  const std::string name = style.name();
  const std::lock_guard guard(mutex_);
  auto& of_key = feeds_[key];
  const auto [begin, end] = of_key.equal_range(name);
  for (auto it = begin; it != end; ++it) {
    if (auto feed = it->second.lock()) return feed;
  }
  auto feed = std::make_shared<SessionFeed>(store_, key, style);
  std::erase_if(of_key, [](const auto& entry) { return entry.second.expired(); });
  of_key.emplace(name, feed);
  return feed;
}

void Hub::watch() {
  while (!stopping_) {
    const Result<bool> any =
        watch_->next(kWatchStep, [this](std::string_view key) { changed(key); });
    if (any.ok()) {
      // Of many writes one after the other, each need not be told alone.
      if (*any) std::this_thread::sleep_for(is_followed() ? kGatherFollowed : kGather);
      continue;
    }
    report_(any.status());
    std::this_thread::sleep_for(kWatchStep);
    changed({});
  }
}

bool Hub::is_followed() {
  if (store_feed_.is_waited_for()) return true;
  const std::lock_guard guard(mutex_);
  return std::any_of(feeds_.begin(), feeds_.end(), [](const auto& of_key) {
    return std::any_of(of_key.second.begin(), of_key.second.end(),
                       [](const auto& one) { return !one.second.expired(); });
  });
}

void Hub::changed(std::string_view key) {
  std::vector<std::shared_ptr<SessionFeed>> feeds;
  {
    const std::lock_guard guard(mutex_);
    const auto add = [&feeds](auto& of_key) {
      for (auto& [name, weak] : of_key) {
        if (auto feed = weak.lock()) feeds.push_back(std::move(feed));
      }
    };
    if (key.empty()) {
      for (auto& [one, of_key] : feeds_) add(of_key);
      std::erase_if(feeds_, [](const auto& entry) {
        return std::all_of(entry.second.begin(), entry.second.end(),
                           [](const auto& one) { return one.second.expired(); });
      });
    } else if (const auto found = feeds_.find(std::string(key)); found != feeds_.end()) {
      add(found->second);
      if (feeds.empty()) feeds_.erase(found);
    }
  }
  for (const auto& feed : feeds) feed->refresh();
  store_feed_.add(key);
}

}  // namespace everturn::server
