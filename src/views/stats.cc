// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "everturn/page.h"
#include "views/blocks.h"
#include "views/dialects/dialect.h"
#include "views/survey.h"
#include "views/turns.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;
// Times are local by the quarter of an hour: no zone has a finer offset.
constexpr std::size_t kQuarter = 15;

}  // namespace

struct Stats::State {
  Figures figures;
  UsageCounter usage;
  const Dialect* dialect = nullptr;
  std::vector<std::string> first;  // until the dialect is known
  std::vector<Entry> entries;
  bool is_open = false;
  // What was counted already, by hash, whatever session it stood in.
  std::unordered_set<std::uint64_t> records;
  std::unordered_set<std::uint64_t> calls;
  std::unordered_set<std::uint64_t> session_records;  // of the session at hand
  TurnCounter turns;
  std::string time;  // the last one that was looked up, to the quarter of an hour
  std::string day;

  void settle() {
    if (!is_open) return;
    if (dialect == nullptr) {
      const std::vector<std::string_view> views(first.begin(), first.end());
      dialect = &recognize(views);
    }
    if (first.empty()) return;
    start();
  }

  void start() {
    ++figures.dialects[std::string(dialect->name)];
    usage.begin_session(*dialect);
    for (const std::string& record : std::exchange(first, {})) count(record);
  }

  void end_session() {
    settle();
    is_open = false;
    records.merge(session_records);
    session_records.clear();
    turns.begin_session();
  }

  void count(std::string_view record);
  bool is_copy();
  void count_sizes(std::string_view record);
  void count_said(DayFigures* of_day);
  DayFigures* day_of(std::string_view raw_time);
};

// A record with an id that stood in an earlier session is a copy: a fork, or a session resumed.
bool Stats::State::is_copy() {
  if (usage.is_inherited()) return true;
  const Entry& entry = entries.front();
  if (!is_string(entry.id) || dialect->has_updates) return false;
  const std::uint64_t name = hash64(std::string(entry.id) + std::string(entry.time));
  if (records.contains(name)) return true;
  session_records.insert(name);
  return false;
}

void Stats::State::count_sizes(std::string_view record) {
  std::size_t known = 0;
  for (const Entry& entry : entries) {
    if ((entry.flags & kReplacement) != 0) continue;
    const bool is_image = (entry.flags & kImage) != 0;
    const std::string_view what = is_image ? entry.raw : entry.text;
    if (what.empty()) continue;
    figures.sizes[is_image ? "image" : std::string(entry_kind_name(entry.kind))] += what.size();
    known += what.size();
  }
  // Names, ids, times, and what a dialect passes over.
  figures.sizes["rest"] += record.size() - std::min(record.size(), known);
}

DayFigures* Stats::State::day_of(std::string_view raw_time) {
  if (!is_given(raw_time)) return nullptr;
  if (time.empty() || raw_time.substr(0, kQuarter) != time || !is_string(raw_time)) {
    time = raw_time.substr(0, kQuarter);
    day = readable_time(raw_time).substr(0, 10);
  }
  const bool is_day = day.size() == 10 && day[4] == '-' && day[7] == '-';
  return is_day ? &figures.days[day] : nullptr;
}

void Stats::State::count_said(DayFigures* of_day) {
  for (const Entry& entry : entries) {
    if (is_compaction(entry, *dialect)) ++figures.compactions;
    if (entry.kind == EntryKind::tool_call && (entry.flags & (kCopy | kReplacement)) == 0) {
      const bool is_known =
          is_string(entry.call_id) &&
          !calls.insert(hash64(std::string(entry.call_id) + std::string(entry.message))).second;
      if (!is_known) ++figures.tools[json_text(entry.name)];
    }
  }
  if (!turns.add(entries)) return;
  ++figures.turns;
  if (of_day != nullptr) ++of_day->turns;
}

void Stats::State::count(std::string_view record) {
  entries.clear();
  dialect->read(record, entries);
  ++figures.records;
  figures.bytes += record.size();
  count_sizes(record);
  if (entries.empty()) return;
  // What is only about the session may be of any time: a store writes its metadata anew.
  const bool is_said = entries.front().kind != EntryKind::metadata;
  DayFigures* of_day = is_said ? day_of(entries.front().time) : nullptr;
  const std::int64_t output_tokens = usage.add(entries);
  if (of_day != nullptr) of_day->output_tokens += output_tokens;
  if (is_copy()) {
    ++figures.copies;
    return;
  }
  if (of_day != nullptr) ++of_day->records;
  count_said(of_day);
}

Stats::Stats() : state_(std::make_unique<State>()) {}
Stats::~Stats() = default;

void Stats::begin_session(const std::string& dialect) noexcept {
  State& state = *state_;
  state.end_session();
  state.is_open = true;
  ++state.figures.sessions;
  state.dialect = dialect.empty() ? nullptr : &find_dialect(dialect);
  if (state.dialect != nullptr) state.start();
}

bool Stats::add(std::string_view record) noexcept {
  State& state = *state_;
  if (state.dialect != nullptr) {
    state.count(record);
  } else {
    state.first.emplace_back(record);
    if (state.first.size() == kRecordsToRecognize) state.settle();
  }
  return true;
}

Figures Stats::figures() noexcept {
  State& state = *state_;
  state.end_session();
  Figures figures = state.figures;
  figures.usage = state.usage.total();
  figures.models = state.usage.by_model();
  figures.responses = state.usage.responses();
  return figures;
}

}  // namespace everturn
