// SPDX-License-Identifier: Apache-2.0
#include "views/usage.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"

namespace everturn {
namespace {

// Ids of this length, quotes included, are UUIDs: no two sessions have the same by chance.
constexpr std::size_t kUniqueId = 34;

// What names a response: the message and the request, or the id of a record that is updated. A
// short id is only unique in its session, and copies of a record have its time as well.
std::string name_of(const Entry& entry) {
  if (is_string(entry.message))
    return std::string(entry.message) + ' ' + std::string(entry.request);
  if (!is_string(entry.id) || !entry.message.empty()) return {};
  std::string name = std::string(entry.id) + ' ' + std::string(entry.request);
  if (entry.id.size() < kUniqueId) name += std::string(entry.time);
  return name;
}

constexpr std::int64_t kMillisecond = 1'000'000;
// A fork's copy of its parent is written at once; no model answers as fast as this.
constexpr std::int64_t kPauseNs = 250 * kMillisecond;

// A UUID of version 7, raw.
bool begins_with_time(std::string_view id) {
  return id.size() == 38 && id[9] == '-' && id[14] == '-' && id[15] == '7';
}

// Its time, in milliseconds since 1970: the first twelve hexadecimal digits.
std::int64_t time_of(std::string_view id) {
  const std::string digits = std::string(id.substr(1, 8)) + std::string(id.substr(10, 4));
  std::int64_t time = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), time, 16);
  return time;
}

std::optional<std::int64_t> nanoseconds_of(std::string_view raw_time) {
  const std::optional<std::string> text = decode_json_string(raw_time);
  return text ? parse_iso_time(*text) : std::nullopt;
}

}  // namespace

void add_usage(Usage& sum, const Usage& one) {
  sum.input += one.input;
  sum.output += one.output;
  sum.cache_read += one.cache_read;
  sum.cache_write += one.cache_write;
}

void UsageCounter::begin_session(const Dialect& dialect) {
  dialect_ = &dialect;
  own_id_.clear();
  last_model_.clear();
  last_total_.clear();
  is_fork_ = is_replay_ = has_timed_turns_ = is_before_own_turns_ = is_inherited_ = false;
  fork_ns_ = last_ns_ = 0;
}

std::uint32_t UsageCounter::model_of(const Entry& entry) {
  const std::string name = is_string(entry.model) ? json_text(entry.model) : last_model_;
  const auto found = std::find(models_.begin(), models_.end(), name);
  if (found != models_.end()) return static_cast<std::uint32_t>(found - models_.begin());
  models_.push_back(name);
  unnamed_.emplace_back();
  return static_cast<std::uint32_t>(models_.size() - 1);
}

std::int64_t UsageCounter::count(const Entry& entry) {
  const Usage one = read_usage(entry.usage);
  add_usage(unnamed_[model_of(entry)], one);
  ++responses_;
  return one.output;
}

std::int64_t UsageCounter::add_response(const Entry& entry) {
  const std::string name = name_of(entry);
  if (name.empty()) return count(entry);
  const std::uint64_t hash = hash64(name);
  const auto [known, is_new] = known_.try_emplace(hash);
  if (is_new) {
    ++responses_;
    is_unsure_ = is_unsure_ || (told_before_ != nullptr && told_before_->may_have(hash));
  }
  note_told(hash);
  const Usage one = read_usage(entry.usage);
  const std::int64_t more = one.output - known->second.usage.output;
  if (!is_new && more < 0) return 0;
  known->second = {one, model_of(entry)};
  return more;
}

void UsageCounter::note_told(std::uint64_t name) {
  if (!last_told_.empty() && last_told_.back() == name) return;
  const auto known = std::find(last_told_.begin(), last_told_.end(), name);
  if (known != last_told_.end()) {
    last_told_.erase(known);
  } else if (last_told_.size() == kLastTold) {
    last_told_.erase(last_told_.begin());
  }
  last_told_.push_back(name);
}

// The last report again, unchanged: Codex writes it when a session goes on, or its limits change.
bool UsageCounter::repeats_total(const Entry& entry) {
  const std::string_view info = find_member(entry.raw, "info").value_or("");
  const std::string_view total = find_member(info, "total_token_usage").value_or("");
  if (is_object(total) && total == last_total_) return true;
  last_total_ = total;
  return false;
}

// The first record of a session: who it is.
void UsageCounter::begin_turns(const Entry& entry) {
  own_id_ = entry.id;
  const std::optional<std::int64_t> time = nanoseconds_of(entry.time);
  is_fork_ = is_given(entry.parent);
  is_replay_ = is_before_own_turns_ = is_fork_;
  fork_ns_ = last_ns_ = time.value_or(0);
}

// The parent's records have times from before the fork, or were written with it in one go.
void UsageCounter::follow_replay(std::string_view raw_time) {
  const std::optional<std::int64_t> time = is_replay_ ? nanoseconds_of(raw_time) : std::nullopt;
  if (!time || fork_ns_ == 0) return;
  is_replay_ = *time <= fork_ns_ || *time - last_ns_ <= kPauseNs;
  last_ns_ = *time;
}

// A fork begins with its parent's records. Their turns have ids from before the fork where ids are
// UUIDs that begin with their time. Turns that only have numbers stand with those before them;
// where no turn has such an id, the times of the records tell.
bool UsageCounter::is_of_parent(const Entry& entry) {
  follow_replay(entry.time);
  const bool is_comparable = begins_with_time(own_id_) || fork_ns_ != 0;
  if (is_string(entry.message) && begins_with_time(entry.message) && is_comparable) {
    has_timed_turns_ = true;
    is_before_own_turns_ = begins_with_time(own_id_)
                               ? entry.message < own_id_
                               : time_of(entry.message) < fork_ns_ / kMillisecond;
  } else if (!has_timed_turns_) {
    is_before_own_turns_ = is_replay_;
  }
  return is_before_own_turns_;
}

std::int64_t UsageCounter::add_turn(const Entry& entry) {
  if (is_string(entry.model)) last_model_ = json_text(entry.model);
  if (own_id_.empty() && is_text(entry.name, "session_meta")) {
    begin_turns(entry);
    return 0;
  }
  is_inherited_ = is_fork_ && is_of_parent(entry);
  const bool is_new = is_object(entry.usage) && !repeats_total(entry);
  return is_new && !is_inherited_ ? count(entry) : 0;
}

std::int64_t UsageCounter::add(std::span<const Entry> of_one_record) {
  std::int64_t more = 0;
  const Entry* last = nullptr;
  for (const Entry& entry : of_one_record) {
    if (dialect_->usage == UsageRule::turns) {
      more += add_turn(entry);
      continue;
    }
    if (!is_object(entry.usage) || (entry.flags & kReplacement) != 0) continue;
    // The entries of a record share its usage.
    if (last != nullptr && last->id == entry.id && last->message == entry.message) continue;
    more += add_response(entry);
    last = &entry;
  }
  return more;
}

Usage UsageCounter::total() const {
  Usage sum;
  for (const Usage& one : unnamed_) add_usage(sum, one);
  for (const auto& [name, response] : known_) add_usage(sum, response.usage);
  return sum;
}

std::map<std::string, Usage> UsageCounter::by_model() const {
  std::map<std::string, Usage> sums;
  for (std::size_t i = 0; i < models_.size(); ++i) add_usage(sums[models_[i]], unnamed_[i]);
  for (const auto& [name, response] : known_) {
    add_usage(sums[models_[response.model]], response.usage);
  }
  return sums;
}

}  // namespace everturn
