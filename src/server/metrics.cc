// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.h"

#include "base/digest.h"

namespace everturn::server {
namespace {

constexpr std::size_t kDamageKept = 100'000;  // sessions

void head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += "# HELP " + std::string(name) + " " + std::string(help) + "\n";
  text += "# TYPE " + std::string(name) + " " + std::string(type) + "\n";
}

void single(std::string& text, std::string_view name, std::string_view type, std::string_view help,
            std::uint64_t value) {
  head(text, name, type, help);
  text += std::string(name) + " " + std::to_string(value) + "\n";
}

std::uint64_t at_least_none(std::int64_t value) {
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

// "0.0025" for 2500.
std::string seconds(std::uint64_t microseconds) {
  std::string fraction = std::to_string(microseconds % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return std::to_string(microseconds / 1'000'000) + "." + fraction;
}

}  // namespace

void Metrics::count_append(std::uint64_t records, std::uint64_t bytes, std::int64_t duration_ns,
                           bool durable) {
  appends_ += 1;
  appended_records_ += records;
  appended_bytes_ += bytes;
  if (!durable) return;
  const std::int64_t duration_us = duration_ns / 1000;
  std::size_t bucket = 0;
  while (bucket < kBounds_us.size() && duration_us > kBounds_us.at(bucket)) ++bucket;
  durations_.at(bucket) += 1;
  duration_sum_us_ += at_least_none(duration_us);
}

void Metrics::count_request(std::string_view operation, int status) {
  const std::lock_guard guard(mutex_);
  ++requests_[{operation, status}];
}

void Metrics::note_damage(std::string_view key, std::uint64_t damage_count) {
  const std::uint64_t name = hash64(key);
  const std::lock_guard guard(mutex_);
  if (damage_count == 0) {
    damage_.erase(name);
  } else if (damage_.size() < kDamageKept || damage_.contains(name)) {
    damage_[name] = damage_count;
  }
}

std::string Metrics::text() const {
  std::string text;
  single(text, "everturn_appends_total", "counter", "Appends and saves that were acknowledged.",
         appends_);
  single(text, "everturn_appended_records_total", "counter", "Records in them.", appended_records_);
  single(text, "everturn_appended_bytes_total", "counter", "Bytes of these records.",
         appended_bytes_);
  head(text, "everturn_sync_seconds", "histogram",
       "From the start of a durable write to its acknowledgement, its sync included.");
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kBounds_us.size(); ++i) {
    count += durations_.at(i);
    text += "everturn_sync_seconds_bucket{le=\"" +
            seconds(static_cast<std::uint64_t>(kBounds_us.at(i))) + "\"} " + std::to_string(count) +
            "\n";
  }
  count += durations_.back();
  text += "everturn_sync_seconds_bucket{le=\"+Inf\"} " + std::to_string(count) + "\n";
  text += "everturn_sync_seconds_sum " + seconds(duration_sum_us_) + "\n";
  text += "everturn_sync_seconds_count " + std::to_string(count) + "\n";
  single(text, "everturn_connections", "gauge", "Open connections.", at_least_none(connections));
  single(text, "everturn_followers", "gauge", "Streams of events among them.",
         at_least_none(followers));
  single(text, "everturn_waiting_calls", "gauge", "Calls that wait for a thread.",
         at_least_none(waiting_calls));
  const std::lock_guard guard(mutex_);
  std::uint64_t ranges = 0;
  for (const auto& [name, damage] : damage_) ranges += damage;
  single(text, "everturn_damaged_sessions", "gauge",
         "Sessions in which the last whole reading by this server found damage.", damage_.size());
  single(text, "everturn_damaged_ranges", "gauge", "Damaged ranges in them.", ranges);
  head(text, "everturn_requests_total", "counter", "Requests by operation and status.");
  for (const auto& [what, number] : requests_) {
    text += "everturn_requests_total{operation=\"" + std::string(what.first) + "\",status=\"" +
            std::to_string(what.second) + "\"} " + std::to_string(number) + "\n";
  }
  return text;
}

}  // namespace everturn::server
