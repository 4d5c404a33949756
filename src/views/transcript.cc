// SPDX-License-Identifier: Apache-2.0
#include "views/transcript.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "views/closers.h"
#include "views/history.h"
#include "views/nanobot_export.h"
#include "views/title.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;
constexpr std::size_t kDriftTypes = 64;

}  // namespace

std::size_t undamaged(const LostBefore& lost, std::size_t index) {
  std::size_t damaged = 0;
  for (const auto& [record, count] : lost) {
    if (record + damaged > index) break;
    damaged += std::min<std::size_t>(count, index - record - damaged);
  }
  return index - damaged;
}

const Session& Transcript::State::read() {
  if (is_read) return session;
  is_read = true;
  session = {};
  std::vector<std::string_view> first;
  for (std::size_t i = 0; i < std::min(records.size(), kRecordsToRecognize); ++i) {
    first.push_back(records[i]);
  }
  dialect = options.dialect.empty() ? &recognize(first) : &find_dialect(options.dialect);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::size_t begin = session.entries.size();
    session.first_entry.push_back(static_cast<std::uint32_t>(begin));
    session.texts.push_back(records[i]);
    dialect->read(records[i], session.entries);
    for (std::size_t j = begin; j < session.entries.size(); ++j) {
      session.entries[j].record = static_cast<std::uint32_t>(i);
    }
    if (lost[i] > 0) session.lost.emplace_back(static_cast<std::uint32_t>(i), lost[i]);
  }
  session.first_entry.push_back(static_cast<std::uint32_t>(session.entries.size()));
  session.forgotten = forgotten;
  return session;
}

Transcript::Transcript(TranscriptOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Transcript::~Transcript() = default;
Transcript::Transcript(Transcript&&) noexcept = default;
Transcript& Transcript::operator=(Transcript&&) noexcept = default;

void Transcript::add(std::string_view record) noexcept {
  State& state = *state_;
  state.is_read = false;
  state.records.emplace_back(record);
  state.lost.push_back(std::exchange(state.lost_at_end, 0));
  state.bytes += record.size();
  const TranscriptOptions& limits = state.options;
  while ((state.bytes > limits.max_bytes || state.records.size() > limits.max_records) &&
         state.records.size() > 1) {
    state.bytes -= state.records.front().size();
    // Numbers that count records go on counting those that are gone.
    state.lost[1] += state.lost.front() + 1;
    state.records.pop_front();
    state.lost.pop_front();
    ++state.forgotten;
  }
}

void Transcript::add_lost(std::uint32_t count) noexcept { state_->lost_at_end += count; }

std::span<const Entry> Transcript::entries() noexcept { return state_->read().entries; }

TranscriptReport Transcript::report() noexcept {
  const Session& session = state_->read();
  TranscriptReport report;
  report.dialect = state_->dialect->name;
  report.records = session.records() + state_->forgotten;
  report.forgotten = state_->forgotten;
  for (std::size_t record = 0; record < session.records(); ++record) {
    const std::span<const Entry> entries = session.of_record(record);
    const auto drifted = std::find_if(entries.begin(), entries.end(), [](const Entry& entry) {
      return (entry.flags & kDrift) != 0;
    });
    if (drifted == entries.end()) continue;
    ++report.drifted;
    std::string type = json_text(drifted->name);
    if (type.empty()) type = entry_kind_name(drifted->kind);
    const bool is_listed = report.drift.contains(type) || report.drift.size() < kDriftTypes;
    if (is_listed) ++report.drift[type];
  }
  return report;
}

std::string Transcript::title() noexcept {
  TitleFinder finder;
  for (const Entry& entry : state_->read().entries) finder.add(entry);
  return finder.title();
}

Usage Transcript::usage() noexcept {
  const Session& session = state_->read();
  UsageCounter counter;
  counter.begin_session(*state_->dialect);
  for (std::size_t record = 0; record < session.records(); ++record) {
    counter.add(session.of_record(record));
  }
  return counter.total();
}

Result<History> Transcript::history(const HistoryOptions& options) try {
  const Session& session = state_->read();
  return make_history(session, *state_->dialect, options);
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

Result<Retention> Transcript::retention(std::size_t max_messages, bool extend_to_user) try {
  const Session& session = state_->read();
  return plan_retention(session, *state_->dialect, max_messages, extend_to_user);
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

Result<Closers> Transcript::closers(std::int64_t now_ns) try {
  const Session& session = state_->read();
  return plan_closers(session, *state_->dialect, now_ns);
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

Result<NanobotFile> Transcript::as_nanobot(std::string_view key) try {
  const Session& session = state_->read();
  return nanobot_file(session, *state_->dialect, key, title());
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

}  // namespace everturn
