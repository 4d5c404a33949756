// SPDX-License-Identifier: Apache-2.0
#include "views/transcript.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/json.h"
#include "views/history.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;
constexpr std::size_t kDriftTypes = 64;

// What programs write in a user's name.
bool is_prompt(std::string_view text) {
  constexpr std::array<std::string_view, 12> kOthers = {"<command-",
                                                        "<local-command",
                                                        "Caveat: ",
                                                        "<ide_",
                                                        "[Request interrupted",
                                                        "<system-reminder>",
                                                        "<bash-",
                                                        "<session-start-hook>",
                                                        "<task-notification>",
                                                        "<environment_context>",
                                                        "<user_instructions>",
                                                        "# AGENTS.md"};
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  const std::string_view first_word = text.substr(0, text.find_first_of(" \t\r\n"));
  const bool is_command = first_word.starts_with('/') && first_word.find('/', 1) == text.npos;
  return !is_command && std::none_of(kOthers.begin(), kOthers.end(), [&](std::string_view other) {
    return text.starts_with(other);
  });
}

std::string first_prompt(const Session& session) {
  constexpr EntryFlags kNoPrompt = kInjected | kNotReplayed | kImage | kDelivery;
  for (const Entry& entry : session.entries) {
    if (entry.kind != EntryKind::user || (entry.flags & kNoPrompt) != 0) continue;
    std::string text = json_text(entry.text);
    if (is_prompt(text)) return text;
  }
  return {};
}

// The first line, without the space around it.
std::string one_line(std::string text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  text.erase(0, start);
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  return text;
}

void add_usage(Usage& sum, const Usage& one) {
  sum.input += one.input;
  sum.output += one.output;
  sum.cache_read += one.cache_read;
  sum.cache_write += one.cache_write;
}

}  // namespace

std::size_t Session::undamaged(std::size_t index) const {
  std::size_t damaged = 0;
  for (const auto& [record, count] : lost) {
    if (record + damaged > index) break;
    damaged += count;
  }
  return index > damaged ? index - damaged : 0;
}

std::string title_of(const Session& session) {
  std::unordered_set<std::string_view> ids;
  for (const Entry& entry : session.entries) ids.insert(entry.id);
  const Entry* best = nullptr;
  for (const Entry& entry : session.entries) {
    if (entry.title == TitleRank::none || !is_given(entry.text)) continue;
    // A summary names the leaf that it is of, and that is most often in another session.
    const bool is_foreign =
        entry.title == TitleRank::summary && is_string(entry.parent) && !ids.contains(entry.parent);
    if (!is_foreign && (best == nullptr || entry.title >= best->title)) best = &entry;
  }
  return one_line(best != nullptr ? json_text(best->text) : first_prompt(session));
}

Usage usage_of(const Session& session) {
  std::unordered_map<std::string, Usage> responses;
  Usage sum;
  for (std::size_t record = 0; record < session.records(); ++record) {
    std::string_view last_id = "-";
    for (const Entry& entry : session.of_record(record)) {
      if (!is_object(entry.usage) || (entry.flags & kReplacement) != 0) continue;
      const Usage one = read_usage(entry.usage);
      const bool is_update = entry.message.empty() && is_string(entry.id);
      if (is_string(entry.message) || is_update) {
        std::string key(is_update ? entry.id : entry.message);
        key += ' ';
        key += entry.request;
        Usage& kept = responses[key];
        if (one.output >= kept.output) kept = one;
      } else if (last_id != entry.id) {
        add_usage(sum, one);
      }
      last_id = entry.id;
    }
  }
  for (const auto& [key, one] : responses) add_usage(sum, one);
  return sum;
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
  while (state.bytes > state.options.max_bytes && state.records.size() > 1) {
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

std::string Transcript::title() noexcept { return title_of(state_->read()); }

Usage Transcript::usage() noexcept {
  const Session& session = state_->read();
  return state_->dialect->usage != nullptr ? state_->dialect->usage(session) : usage_of(session);
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

}  // namespace everturn
