// SPDX-License-Identifier: Apache-2.0
#include "views/dialects/claude_path.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "views/dialects/claude_queue.h"
#include "views/dialects/dialect.h"
#include "views/json_text.h"

namespace everturn {
namespace {

constexpr std::string_view kClearedText = "\"[Old tool result content cleared]\"";
using Texts = std::unordered_set<std::string_view>;

bool has(const Entry& entry, EntryFlags flags) { return (entry.flags & flags) != 0; }

bool is_spoken(const Entry& entry) {
  return entry.kind <= EntryKind::tool_result || entry.kind == EntryKind::summary;
}

class Path {
 public:
  explicit Path(const Session& session) : session_(session), chosen_(session.records(), false) {
    const auto& entries = session.entries;
    const auto is_main = [](const Entry& entry) {
      return is_spoken(entry) && entry.title == TitleRank::none &&
             !has(entry, kSidechain | kQueued);
    };
    all_sidechain_ = std::none_of(entries.begin(), entries.end(), is_main);
    for (std::size_t record = 0; record < session.records(); ++record) {
      if (in_chain(record)) by_id_.insert_or_assign(first_of(record).id, record);
    }
  }

  void select(Selection& selection) {
    walk();
    if (boundary_) keep_preserved();
    const std::size_t start = start_.value_or(0);
    for (std::size_t record = start; record < session_.records(); ++record) {
      if (on_path_.contains(record)) choose(record);
    }
    choose_the_rest();
    choose_queued(start);
    find_cleared();
    emit(selection);
  }

 private:
  [[nodiscard]] const Entry& first_of(std::size_t record) const {
    return session_.of_record(record).front();
  }
  [[nodiscard]] bool is_filtered(const Entry& entry) const {
    return !all_sidechain_ && has(entry, kSidechain);
  }
  // What a sub-agent says in a record of the main chain is filtered, the record is a link of it.
  [[nodiscard]] bool in_chain(std::size_t record) const {
    const Entry& entry = first_of(record);
    const bool is_link = !is_filtered(entry) || has(entry, kEmbedded);
    return is_string(entry.id) && is_link && entry.title == TitleRank::none;
  }
  void choose(std::size_t record) {
    if (!is_filtered(first_of(record))) chosen_[record] = true;
  }
  [[nodiscard]] bool is_leaf(std::size_t record) const {
    const Entry& entry = first_of(record);
    return in_chain(record) && !is_filtered(entry) && is_spoken(entry) && !has(entry, kQueued);
  }

  // The last spoken record; one that the program put in only if there is no other.
  [[nodiscard]] std::optional<std::size_t> leaf() const {
    std::optional<std::size_t> injected;
    for (std::size_t record = session_.records(); record-- > 0;) {
      if (!is_leaf(record)) continue;
      const Entry& entry = first_of(record);
      const bool is_result = entry.kind == EntryKind::tool_result;
      if (!has(entry, kInjected) || is_result) return record;
      if (!injected) injected = record;
    }
    return injected;
  }

  [[nodiscard]] std::optional<std::size_t> chain_record_before(std::size_t record) const {
    while (record-- > 0) {
      if (in_chain(record)) return record;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> parent_of(std::size_t record) const {
    const Entry& entry = first_of(record);
    // A root is a prompt or a boundary: an answer without a parent has lost it.
    const bool is_answer = !is_filtered(entry) && entry.kind >= EntryKind::assistant &&
                           entry.kind <= EntryKind::tool_result;
    if (has(entry, kNoParent) && !is_answer) return std::nullopt;
    const auto found = by_id_.find(entry.parent);
    const bool is_there = is_string(entry.parent) && found != by_id_.end();
    if (is_there && found->second != record) return found->second;
    return chain_record_before(record);  // it is gone: nothing may be hidden by that
  }

  void walk() {
    for (std::optional<std::size_t> at = leaf(); at && on_path_.insert(*at).second;) {
      const Entry& entry = first_of(*at);
      const bool is_boundary = has(entry, kBoundary) && is_text(entry.name, "compact_boundary");
      if (!is_filtered(entry) && (is_boundary || is_summary(entry))) {
        start_ = *at;
        boundary_ = is_boundary ? at : boundary_before(*at);
        return;
      }
      at = parent_of(*at);
    }
  }

  static bool is_summary(const Entry& entry) {
    return entry.kind == EntryKind::summary && entry.title == TitleRank::none;
  }

  [[nodiscard]] std::optional<std::size_t> boundary_before(std::size_t record) const {
    while (record-- > 0) {
      const Entry& entry = first_of(record);
      if (has(entry, kBoundary) && is_text(entry.name, "compact_boundary")) return record;
    }
    return std::nullopt;
  }

  // {"preservedMessages":{"uuids":[..]}} or {"preservedSegment":{"headUuid":..,"tailUuid":..}}
  void keep_preserved() {
    const std::string_view record = first_of(*boundary_).raw;
    const std::string_view compact = find_member(record, "compactMetadata").value_or("");
    const auto look = [&](std::string_view name) {
      const auto inner = find_member(compact, name);
      return inner ? *inner : find_member(record, name).value_or("");
    };
    const std::string_view uuids = find_member(look("preservedMessages"), "uuids").value_or("");
    for_each_element(uuids, [&](std::string_view uuid) {
      const auto found = by_id_.find(uuid);
      if (found != by_id_.end() && found->second < *boundary_) choose(found->second);
      return true;
    });
    const std::string_view segment = look("preservedSegment");
    keep_segment(find_member(segment, "headUuid").value_or(""),
                 find_member(segment, "tailUuid").value_or(""));
  }

  void keep_segment(std::string_view head, std::string_view tail) {
    const auto last = by_id_.find(tail);
    if (last == by_id_.end() || !by_id_.contains(head)) return;
    std::vector<std::size_t> segment;
    std::unordered_set<std::size_t> seen;
    for (std::optional<std::size_t> at = last->second; at && seen.insert(*at).second;) {
      segment.push_back(*at);
      if (first_of(*at).id == head) break;
      at = parent_of(*at);
    }
    for (const std::size_t record : segment) {
      if (record < *boundary_) choose(record);
    }
  }

  // Records of a chosen response, and results of a chosen call, wherever they stand in the tree.
  void choose_the_rest() {
    Texts responses;
    Texts calls;
    for (std::size_t record = 0; record < session_.records(); ++record) {
      if (chosen_[record] && is_string(first_of(record).message)) {
        responses.insert(first_of(record).message);
      }
    }
    for (std::size_t record = 0; record < session_.records(); ++record) {
      if (is_filtered(first_of(record))) continue;
      if (responses.contains(first_of(record).message)) chosen_[record] = true;
      if (!chosen_[record]) continue;
      for (const Entry& entry : session_.of_record(record)) {
        if (entry.kind == EntryKind::tool_call) calls.insert(entry.call_id);
      }
    }
    for (std::size_t record = 0; record < session_.records(); ++record) {
      for (const Entry& entry : session_.of_record(record)) {
        const bool is_answer = entry.kind == EntryKind::tool_result && is_string(entry.call_id) &&
                               calls.contains(entry.call_id) && !is_filtered(entry);
        if (is_answer) chosen_[record] = true;
      }
    }
  }

  // Prompts that the turn at hand took, or that still wait, and that stand nowhere else; by their
  // place in the file.
  void choose_queued(std::size_t start) {
    const std::unordered_set<std::size_t> idle = idle_queue_records(session_);
    Texts said;
    for (std::size_t record = session_.records(); record-- > start;) {
      const Entry& entry = first_of(record);
      if (entry.kind != EntryKind::user || idle.contains(record)) continue;
      if (has(entry, kQueued) && entry.id.empty() && !said.contains(entry.text)) {
        chosen_[record] = true;
      }
      said.insert(entry.text);
    }
  }

  void find_cleared() {
    for (const Entry& entry : session_.entries) {
      if (!has(entry, kBoundary) || !is_text(entry.name, "microcompact_boundary")) continue;
      const std::string_view metadata =
          find_member(entry.raw, "microcompactMetadata").value_or(entry.raw);
      for_each_element(find_member(metadata, "compactedToolIds").value_or(""),
                       [&](std::string_view id) {
                         cleared_.insert(id);
                         return true;
                       });
    }
  }

  void emit(Selection& selection) const {
    const std::size_t start = start_.value_or(0);
    const std::size_t summary = start_ ? summary_behind(start) : 0;
    if (start_) emit(start, summary, selection);
    emit(0, start, selection);  // what the compaction kept
    emit(start_ ? summary : start, session_.records(), selection);
  }

  // Behind the summary that follows the boundary.
  [[nodiscard]] std::size_t summary_behind(std::size_t start) const {
    for (std::size_t record = start; record < session_.records(); ++record) {
      if (chosen_[record] && is_summary(first_of(record))) return record + 1;
    }
    return start;
  }

  void emit(std::size_t from, std::size_t to, Selection& selection) const {
    for (std::size_t record = from; record < to; ++record) {
      if (!chosen_[record]) continue;
      for (const Entry& entry : session_.of_record(record)) {
        const bool is_cleared =
            entry.kind == EntryKind::tool_result && cleared_.contains(entry.call_id);
        selection.add(entry, is_cleared ? kClearedText : entry.text);
      }
    }
  }

  const Session& session_;
  bool all_sidechain_ = false;
  std::unordered_map<std::string_view, std::size_t> by_id_;
  std::unordered_set<std::size_t> on_path_;
  std::optional<std::size_t> start_;
  std::optional<std::size_t> boundary_;
  std::vector<bool> chosen_;
  Texts cleared_;
};

}  // namespace

void select_claude(const Session& session, Selection& selection) {
  Path(session).select(selection);
}

}  // namespace everturn
