// SPDX-License-Identifier: Apache-2.0
#include "find/record_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "find/entry_text.h"
#include "find/snippet.h"
#include "views/blocks.h"

namespace everturn {
namespace {

bool has(const Entry& entry, EntryFlags flags) { return (entry.flags & flags) != 0; }

// One hash of several texts.
std::uint64_t hash_of(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) {
    all += std::to_string(text.size());
    all += ':';
    all += text;
  }
  return hash64(all);
}

}  // namespace

bool Repeats::has(const Entry& entry, std::string_view text, const Position& position) {
  const std::string_view kind = entry_kind_name(entry.kind);
  const bool is_aside = entry.kind == EntryKind::metadata || entry.title != TitleRank::none;
  if (is_aside) return !said_.insert(hash_of({kind, text})).second;
  if (entry.kind == EntryKind::user) {
    // Written when it was typed, and again when it is sent.
    const std::uint64_t hash = hash64(text);
    const bool is_queued = everturn::has(entry, kQueued);
    if (is_queued ? !queued_.insert(hash).second : queued_.erase(hash) > 0) return true;
  }
  if (!is_string(entry.message)) return false;
  // A response may be written again as it grows.
  const std::uint64_t hash = hash_of({kind, entry.message, entry.call_id, text});
  if (!said_.insert(hash).second) return true;
  const bool goes_on = message_ == entry.message && kind_ == entry.kind && position_ != position &&
                       !text_.empty() && text.starts_with(text_);
  message_ = entry.message;
  kind_ = entry.kind;
  position_ = position;
  text_ = text;
  return goes_on;
}

void RecordSearch::begin_session(const SessionInfo& session) {
  key_ = session.key;
  is_sub_agent_ = !session.part_of.empty();
  dialect_ = nullptr;
  repeats_ = {};
}

std::vector<Entry>& RecordSearch::read(std::string_view record) {
  entries_.clear();
  dialect_->read(record, entries_);
  return entries_;
}

bool RecordSearch::may_be_hit(const Entry& entry) const {
  const auto& kinds = query_.kinds;
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), entry.kind) == kinds.end()) {
    return false;
  }
  if (!query_.since_ns && !query_.before_ns) return true;
  const std::optional<std::int64_t> time = entry_time(entry.time);
  return time && (!query_.since_ns || *time >= *query_.since_ns) &&
         (!query_.before_ns || *time < *query_.before_ns);
}

Found RecordSearch::found(const Entry& entry, const std::string& text, const Position& position) {
  Found result;
  SearchHit& hit = result.hit;
  hit.session = key_;
  hit.position = position;
  hit.kind = entry.kind;
  hit.flags = entry.flags;
  hit.name = json_text(entry.name);
  hit.time = json_text(entry.time);
  Snippet snippet = make_snippet(text, ranges_, snippet_characters_);
  hit.snippet = std::move(snippet.text);
  hit.highlights = std::move(snippet.highlights);
  if ((is_sub_agent_ || has(entry, kSidechain)) && !query_.raw) {
    result.sub_agent = hash_of({entry_kind_name(entry.kind), entry.time, text}) | 1U;
  }
  return result;
}

bool RecordSearch::find_raw(std::string_view record, const Position& position,
                            const FoundSink& sink) {
  if (entries_.empty() || std::none_of(entries_.begin(), entries_.end(),
                                       [&](const Entry& entry) { return may_be_hit(entry); })) {
    return true;
  }
  const std::string text = strings_of(record);
  if (!matcher_.matches(text, &ranges_)) return true;
  return sink(found(entries_.front(), text, position));
}

bool RecordSearch::find(std::string_view record, const Position& position, const FoundSink& sink) {
  if (query_.raw) return find_raw(record, position, sink);
  // A title of these ranks repeats what somebody said.
  const auto is_copy = [](const Entry& entry) {
    return has(entry, kCopy | kReplacement) || entry.title == TitleRank::last_prompt;
  };
  for (const Entry& entry : entries_) {
    if (is_copy(entry) || !may_be_hit(entry)) continue;
    const std::string text = searched_text(entry, entries_);
    if (text.empty() || !matcher_.matches(text, &ranges_)) continue;
    if (repeats_.has(entry, text, position)) continue;
    if (!sink(found(entry, text, position))) return false;
  }
  return true;
}

}  // namespace everturn
