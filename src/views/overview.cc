// SPDX-License-Identifier: Apache-2.0
#include "views/overview.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/json_cursor.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "store/metadata_record.h"
#include "views/dialects/chat.h"

namespace everturn {
namespace {

struct Place {
  std::string_view folder;
  std::string_view branch;
};

// "cwd" and "gitBranch" of Claude Code, "cwd" of pi, "cwd" and "git":{"branch":..} in the payload
// of Codex, or without it in its older lines.
void find_place(JsonCursor& cursor, bool is_payload, Place& place) {
  cursor.members([&](std::string_view name) {
    if (name == "cwd") place.folder = cursor.take_value();
    if (name == "gitBranch") place.branch = cursor.take_value();
    if (name == "git") {
      cursor.members([&](std::string_view inner) {
        if (inner == "branch") place.branch = cursor.take_value();
        return true;
      });
    }
    if (name == "payload" && !is_payload) find_place(cursor, true, place);
    return true;
  });
}

constexpr std::size_t kRecordsToRecognize = 16;
constexpr int kClearLead = 100;

// The best and how far it is ahead of the next.
std::pair<std::size_t, int> leader_of(const std::vector<int>& votes) {
  std::size_t best = 0;
  int next = 0;
  for (std::size_t i = 1; i < votes.size(); ++i) {
    if (votes[i] > votes[best]) {
      next = votes[best];
      best = i;
    } else {
      next = std::max(next, votes[i]);
    }
  }
  return {best, votes[best] - next};
}

bool is_typed(const Entry& entry) {
  constexpr EntryFlags kOthers =
      kInjected | kNotReplayed | kImage | kDelivery | kSidechain | kReplacement;
  return entry.kind == EntryKind::user && (entry.flags & kOthers) == 0 && !is_shell_command(entry);
}

// The store's own record and, behind it, a message that no agent wrote in an envelope: no other
// dialect has anything to say about the two.
bool is_chat_of_ours(std::string_view first, std::string_view second) {
  if (!is_written_by_store(first)) return false;
  const ChatMessage message = read_chat_members(second);
  return is_string(message.role) && message.type.empty() && message.id.empty();
}

// What a line shows as one blank.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

// How many printable characters of ASCII `text` begins with, single blanks between them too; `most`
// at most.
std::size_t plain_run(std::string_view text, std::size_t most) {
  const auto is_visible = [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x80; };
  most = std::min(most, text.size());
  std::size_t length = 0;
  while (length < most) {
    const bool is_gap = text[length] == ' ' && length > 0 && length + 1 < most;
    if (!is_visible(text[length + (is_gap ? 1 : 0)])) break;
    length += is_gap ? 2 : 1;
  }
  return length;
}

}  // namespace

std::string as_one_line(std::string_view text) {
  constexpr std::string_view kMore = "\u2026";
  std::string line;
  line.reserve(std::min(text.size(), kShownCharacters + kMore.size()));
  std::size_t characters = 0;
  bool has_gap = false;
  while (!text.empty()) {
    const std::size_t gap = has_gap ? 1 : 0;
    const std::size_t room = kShownCharacters - characters;
    std::size_t length = plain_run(text, room - std::min(gap + 1, room));
    std::size_t more = length;
    if (length == 0) {
      const bool is_ascii = static_cast<unsigned char>(text.front()) < 0x80;
      length = is_ascii ? 1 : std::clamp<std::size_t>(utf8_step(text).length, 1, text.size());
      more = is_space(text.front()) ? 0 : 1;
    }
    const std::string_view piece = text.substr(0, length);
    text.remove_prefix(length);
    if (more == 0) {
      has_gap = !line.empty();
      continue;
    }
    // The last place is an ellipsis' unless this is the end.
    const bool is_end = gap + more == room && std::all_of(text.begin(), text.end(), is_space);
    if (gap + more >= room && !is_end) return line.append(kMore);
    line.append(gap, ' ');
    line += piece;
    characters += gap + more;
    has_gap = false;
  }
  return line;
}

void OverviewReader::begin() {
  dialect_ = nullptr;
  votes_.clear();
  first_.clear();
  titles_.clear();
  last_prompt_.clear();
  last_time_.clear();
  has_sub_agent_prompt_ = false;
  overview_ = {};
}

void OverviewReader::add(std::string_view record) {
  if (dialect_ != nullptr) return look(record);
  if (first_.size() == 1) {
    if (is_chat_of_ours(first_.front(), record)) {
      settle_on(kNanobotDialect);
      return look(record);
    }
    vote(first_.front());
  }
  first_.emplace_back(record);
  if (first_.size() == 1) return;
  vote(record);
  // Two records at least: the first of a session of ours is our own, whatever follows it.
  const bool is_clear = leader_of(votes_).second >= kClearLead;
  if (is_clear || first_.size() == kRecordsToRecognize) settle();
}

void OverviewReader::vote(std::string_view record) {
  const std::span<const Dialect* const> all = all_dialects();
  votes_.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) votes_[i] += all[i]->recognizes(record);
}

void OverviewReader::settle() {
  if (first_.size() == 1) vote(first_.front());
  settle_on(votes_.empty() ? kGenericDialect : *all_dialects()[leader_of(votes_).first]);
}

void OverviewReader::settle_on(const Dialect& dialect) {
  dialect_ = &dialect;
  for (const std::string& record : first_) look(record);
  first_.clear();
}

std::string_view OverviewReader::dialect() const {
  return dialect_ == nullptr ? kGenericDialect.name : dialect_->name;
}

// 0: it is none.
std::int64_t OverviewReader::time_of(std::string_view raw_time) {
  if (!is_string(raw_time) || raw_time.find('\\') != std::string_view::npos) {
    return times_.parse(decode_json_string(raw_time).value_or("")).value_or(0);
  }
  return times_.parse(raw_time.substr(1, raw_time.size() - 2)).value_or(0);
}

// Only those that matter are read: a time without a zone takes a while.
void OverviewReader::look_at_time(std::string_view raw_time) {
  if (!is_string(raw_time)) return;
  if (overview_.created_ns == 0) overview_.created_ns = time_of(raw_time);
  last_time_ = raw_time;
}

std::string_view OverviewReader::raw_time_of(std::string_view record) {
  if (dialect_ == nullptr) return {};
  entries_.clear();
  dialect_->read(record, entries_);
  const bool is_timed = !entries_.empty() && is_string(entries_.front().time);
  return is_timed ? entries_.front().time : std::string_view();
}

// The last of the entries that a person typed becomes the last prompt. False: there is none.
bool OverviewReader::find_prompt() {
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(), [this](const Entry& entry) {
    const bool is_told = entry.kind == EntryKind::user && (entry.flags & kSidechain) != 0;
    has_sub_agent_prompt_ = has_sub_agent_prompt_ || is_told;
    if (!is_typed(entry)) return false;
    std::string text = json_text(entry.text);
    const bool is_typed_text = is_prompt(text);
    if (is_typed_text) last_prompt_ = std::move(text);
    return is_typed_text;
  });
  return last != entries_.rend();
}

bool OverviewReader::add_prompt(std::string_view record) {
  if (dialect_ == nullptr) return false;
  entries_.clear();
  dialect_->read(record, entries_);
  if (!find_prompt()) return false;
  take(record);
  return true;
}

void OverviewReader::look(std::string_view record) {
  entries_.clear();
  dialect_->read(record, entries_);
  find_prompt();
  take(record);
}

// What else `record` says, whose entries were read.
void OverviewReader::take(std::string_view record) {
  for (const Entry& entry : entries_) titles_.add(entry);
  if (entries_.empty()) return;
  // The store's own record also names the time at which the session began.
  const bool is_about = entries_.front().kind == EntryKind::metadata;
  if (is_about && overview_.created_ns == 0) {
    look_at_time(find_member(record, "created_at").value_or(""));
  }
  look_at_time(entries_.front().time);
  if (dialect_ == &kNanobotDialect) return;  // it names no folder
  Place place;
  JsonCursor cursor(record);
  cursor.skip_space();
  find_place(cursor, false, place);
  if (overview_.project.empty()) {
    overview_.project = decode_json_string(place.folder).value_or("");
  }
  std::string branch = decode_json_string(place.branch).value_or("");
  if (!branch.empty()) overview_.branch = std::move(branch);
}

Overview OverviewReader::finish() {
  if (dialect_ == nullptr) settle();
  overview_.dialect = dialect_->name;
  overview_.last_time_ns = time_of(last_time_);
  overview_.title = as_one_line(titles_.title());
  overview_.preview = as_one_line(last_prompt_);
  return std::move(overview_);
}

}  // namespace everturn
