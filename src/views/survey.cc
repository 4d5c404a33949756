// SPDX-License-Identifier: Apache-2.0
#include "views/survey.h"

#include "base/digest.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;

}  // namespace

bool is_compaction(const Entry& entry, const Dialect& dialect) {
  constexpr EntryFlags kElsewhere = kCopy | kReplacement | kSidechain;
  if (entry.kind != EntryKind::summary || entry.title != TitleRank::none) return false;
  if ((entry.flags & kElsewhere) != 0) return false;
  // Claude Code marks the record before it as the boundary.
  return (entry.flags & kBoundary) != 0 || &dialect == &kClaudeDialect;
}

Survey::Survey(const std::string& dialect) {
  if (!dialect.empty()) dialect_ = &find_dialect(dialect);
}

void Survey::add(std::string_view record) {
  if (dialect_ != nullptr) return read(record);
  first_.emplace_back(record);
  if (first_.size() == kRecordsToRecognize) settle();
}

void Survey::settle() {
  if (dialect_ == nullptr) {
    const std::vector<std::string_view> views(first_.begin(), first_.end());
    dialect_ = &recognize(views);
  }
  for (const std::string& record : first_) read(record);
  first_.clear();
}

void Survey::read(std::string_view record) {
  entries_.clear();
  dialect_->read(record, entries_);
  for (const Entry& entry : entries_) look_at(entry);
  if (dialect_->has_updates && !entries_.empty() && is_string(entries_.front().id)) {
    last_of_id_[hash64(entries_.front().id)] = records_;
  }
  ++records_;
}

void Survey::look_at(const Entry& entry) {
  titles_.add(entry);
  if (is_compaction(entry, *dialect_)) compaction_ = records_;
  if (is_string(entry.id)) ++records_with_id_;
  const bool is_said = entry.kind <= EntryKind::tool_result;
  if (is_said && (entry.flags & kSidechain) == 0) has_main_ = true;
  if (is_object(entry.usage) && is_string(entry.message)) {
    last_of_response_[hash64(entry.message)] = records_;
  }
  if (!is_given(entry.time)) return;
  if (first_time_.empty()) first_time_ = entry.time;
  last_time_ = entry.time;
}

bool Survey::is_superseded(std::uint64_t number, const std::vector<Entry>& entries) const {
  if (!dialect_->has_updates || entries.empty()) return false;
  const auto last = last_of_id_.find(hash64(entries.front().id));
  return last != last_of_id_.end() && last->second > number;
}

bool Survey::ends_response(std::uint64_t number, const Entry& entry) const {
  if (!is_string(entry.message)) return true;
  const auto last = last_of_response_.find(hash64(entry.message));
  return last == last_of_response_.end() || last->second <= number;
}

}  // namespace everturn
