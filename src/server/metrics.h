// SPDX-License-Identifier: Apache-2.0
// What the server counts, as Prometheus reads it. Any number of threads.
#ifndef EVERTURN_SERVER_METRICS_H_
#define EVERTURN_SERVER_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace everturn::server {

class Metrics {
 public:
  // One append or save, acknowledged; `durable`: it was synced before its reply.
  void count_append(std::uint64_t records, std::uint64_t bytes, std::int64_t duration_ns,
                    bool durable);
  // One answered request. `operation` is that of its route, which lives on, "" for none.
  void count_request(std::string_view operation, int status);
  // What a whole reading of a session found; none of it takes the session out of the count.
  void note_damage(std::string_view key, std::uint64_t damage_count);

  // How many there are now.
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> followers{0};
  std::atomic<std::int64_t> waiting_calls{0};

  [[nodiscard]] std::string text() const;

 private:
  // Upper bounds in microseconds; one more bucket is behind the last.
  static constexpr std::array<std::int64_t, 14> kBounds_us = {
      100,    250,    500,     1'000,   2'500,     5'000,     10'000,
      25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

  std::atomic<std::uint64_t> appends_{0};
  std::atomic<std::uint64_t> appended_records_{0};
  std::atomic<std::uint64_t> appended_bytes_{0};
  std::array<std::atomic<std::uint64_t>, kBounds_us.size() + 1> durations_{};
  std::atomic<std::uint64_t> duration_sum_us_{0};

  mutable std::mutex mutex_;
  // By operation, whose text lives as long as the table of routes, and status.
  std::map<std::pair<std::string_view, int>, std::uint64_t> requests_;
  std::map<std::uint64_t, std::uint64_t> damage_;  // by the hash of the key
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_METRICS_H_
