// SPDX-License-Identifier: Apache-2.0
#include "views/usage.h"

#include <algorithm>

#include "base/digest.h"
#include "base/json.h"

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

// A UUID of version 7, raw.
bool begins_with_time(std::string_view id) {
  return id.size() == 38 && id[9] == '-' && id[14] == '-' && id[15] == '7';
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
  is_fork_ = is_before_own_turns_ = is_inherited_ = false;
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
  const auto [known, is_new] = known_.try_emplace(hash64(name));
  if (is_new) ++responses_;
  const Usage one = read_usage(entry.usage);
  const std::int64_t more = one.output - known->second.usage.output;
  if (!is_new && more < 0) return 0;
  known->second = {one, model_of(entry)};
  return more;
}

// The last report again, unchanged: Codex writes it when a session goes on, or its limits change.
bool UsageCounter::repeats_total(const Entry& entry) {
  const std::string_view info = find_member(entry.raw, "info").value_or("");
  const std::string_view total = find_member(info, "total_token_usage").value_or("");
  if (is_object(total) && total == last_total_) return true;
  last_total_ = total;
  return false;
}

// A fork begins with its parent's records. Their turns have ids from before the fork: ids are UUIDs
// that begin with their time. Turns that only have numbers stand with those before them.
std::int64_t UsageCounter::add_turn(const Entry& entry) {
  if (own_id_.empty() && is_text(entry.name, "session_meta")) {
    own_id_ = entry.id;
    is_fork_ = is_before_own_turns_ = is_given(entry.parent);
  }
  if (is_string(entry.model)) last_model_ = json_text(entry.model);
  if (is_fork_ && is_string(entry.message)) {
    const bool has_time = begins_with_time(entry.message) && begins_with_time(own_id_);
    if (has_time) is_before_own_turns_ = entry.message < own_id_;
    is_inherited_ = is_before_own_turns_;
  }
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
