// SPDX-License-Identifier: Apache-2.0
#include "store/store_watch.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

class ListingWatch final : public StoreWatch {
 public:
  ListingWatch(Engine& engine, Fs& fs, std::chrono::milliseconds interval)
      : engine_(engine), fs_(fs), interval_ns_(interval.count() * 1'000'000) {}

  // The first look, against which the later ones are held.
  Status begin() {
    known_ = TRY(look());
    return {};
  }

  Result<bool> next(std::chrono::milliseconds timeout,
                    const std::function<void(std::string_view key)>& changed) override {
    const std::int64_t deadline_ns = fs_.monotonic_ns() + timeout.count() * 1'000'000;
    while (true) {
      Sessions now = TRY(look());
      const bool any = tell_differences(now, changed);
      known_ = std::move(now);
      if (any) return true;
      const std::int64_t left_ns = deadline_ns - fs_.monotonic_ns();
      if (left_ns <= 0) return false;
      fs_.sleep_ns(std::min(left_ns, interval_ns_));
    }
  }

 private:
  struct State {
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const State&) const = default;
  };
  using Sessions = std::map<std::string, State>;

  Result<Sessions> look() {
    Sessions sessions;
    for (const SessionInfo& info : TRY(engine_.list({}))) {
      sessions[info.key] = {info.bytes, info.modified_ns};
    }
    return sessions;
  }

  bool tell_differences(const Sessions& now,
                        const std::function<void(std::string_view key)>& changed) const {
    bool any = false;
    const auto tell = [&](const std::string& key) {
      any = true;
      changed(key);
    };
    for (const auto& [key, state] : now) {
      const auto before = known_.find(key);
      if (before == known_.end() || !(before->second == state)) tell(key);
    }
    for (const auto& [key, state] : known_) {
      if (!now.contains(key)) tell(key);
    }
    return any;
  }

  Engine& engine_;
  Fs& fs_;
  const std::int64_t interval_ns_;
  Sessions known_;
};

}  // namespace

Result<std::unique_ptr<StoreWatch>> make_listing_watch(Engine& engine, Fs& fs,
                                                       std::chrono::milliseconds interval) {
  auto watch = std::make_unique<ListingWatch>(engine, fs, interval);
  CHECK_OK(watch->begin());
  return std::unique_ptr<StoreWatch>(std::move(watch));
}

}  // namespace everturn
