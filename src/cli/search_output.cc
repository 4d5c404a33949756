// SPDX-License-Identifier: Apache-2.0
#include "cli/search_output.h"

#include <algorithm>
#include <utility>

#include "base/json_object.h"
#include "base/utf8.h"
#include "cli/agent_text.h"
#include "find/find_json.h"
#include "views/blocks.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kSnippet = 160;
constexpr std::size_t kSnippetMin = 40;
constexpr std::size_t kIndent = 4;
constexpr std::size_t kNamedMax = 3;

std::string role_of(const SearchHit& hit) {
  std::string role(entry_kind_name(hit.kind));
  if (hit.kind == EntryKind::tool_call || hit.kind == EntryKind::tool_result) role = "tool";
  if ((hit.flags & kSidechain) != 0) role += " (sub-agent)";
  return role;
}

// To the minute, local.
std::string short_time(const SearchHit& hit) {
  if (hit.time.empty()) return {};
  const std::string time = readable_time(quote_json(hit.time));
  return time.size() == 19 && time[10] == ' ' ? time.substr(0, 16) : printable(time);
}

}  // namespace

bool HitOutput::is_for_people() const {
  return context_.output().is_terminal() && !context_.json() && !options_.count && !options_.names;
}

std::size_t HitOutput::snippet_characters() const {
  if (!is_for_people()) return kSnippet;
  const std::uint64_t width = context_.output().terminal_width();
  // Two lines of a terminal, most often.
  return std::max<std::size_t>(kSnippetMin, 2 * width - 2 * kIndent - kSnippetMin);
}

void HitOutput::begin_store(Store& store) {
  end_session();
  store_ = &store;
  rows_.reset();
}

const SessionRow* HitOutput::find_row(const std::string& key) {
  if (!rows_) {
    rows_.emplace();
    ListQuery all;
    all.with_parts = true;
    Result<ListPage> page = Catalog(*store_).list(all);
    for (SessionRow& row : page.ok() ? page->rows : std::vector<SessionRow>()) {
      std::string name = row.session.key;
      rows_->emplace(std::move(name), std::move(row));
    }
  }
  const auto found = rows_->find(key);
  return found == rows_->end() ? nullptr : &found->second;
}

bool HitOutput::begin_session(const std::string& key) {
  session_ = key;
  hits_ = 0;
  if (!is_for_people()) return true;
  Output& output = context_.output();
  const SessionRow* row = find_row(key);
  const std::string title = row == nullptr ? "" : row->title;
  const auto width = static_cast<std::size_t>(std::max<std::uint64_t>(output.terminal_width(), 40));
  std::string heading = is_first_ ? "" : "\n";
  is_first_ = false;
  if (row != nullptr && row->rank > 0) {
    heading += output.paint(Style::bold, "@" + std::to_string(row->rank)) + "  ";
  }
  heading += output.paint(Style::bold, clipped(title.empty() ? "(no title)" : title, width - 8));
  return output.write(heading + "\n" + output.paint(Style::dim, printable(key)) + "\n");
}

bool HitOutput::end_session() {
  if (session_.empty() || hits_ == 0) return true;
  Output& output = context_.output();
  const std::string key = std::exchange(session_, {});
  if (!options_.count) return true;
  if (context_.json()) {
    context_.print(
        JsonObject("everturn.hit_count/1").add("session", key).add_number("hits", hits_));
    return !output.reader_left();
  }
  return output.write(printable(key) + "\t" + std::to_string(hits_) + "\n");
}

std::string HitOutput::painted(const SearchHit& hit) {
  const std::string_view text = hit.snippet;
  std::string line;
  std::size_t at = 0;
  for (const TextRange& range : hit.highlights) {
    line += printable(text.substr(at, range.begin - at));
    line += context_.output().paint(Style::red,
                                    printable(text.substr(range.begin, range.end - range.begin)));
    at = range.end;
  }
  return line + printable(text.substr(at));
}

bool HitOutput::add_shown(const SearchHit& hit) {
  Output& output = context_.output();
  const std::string time = short_time(hit);
  std::string line(kIndent, ' ');
  line += output.paint(Style::green, role_of(hit));
  if (!time.empty()) line += "  " + time;
  line += "  " + output.paint(Style::dim, hit.position.to_string()) + "\n";
  return output.write(line + std::string(kIndent, ' ') + painted(hit) + "\n");
}

// Separated by tabs, which printable() has spelled out.
bool HitOutput::add_line(const SearchHit& hit) {
  return context_.output().write(printable(hit.session) + "\t" + hit.position.to_string() + "\t" +
                                 std::string(entry_kind_name(hit.kind)) + "\t" +
                                 printable(hit.time) + "\t" + painted(hit) + "\n");
}

bool HitOutput::add_json(const SearchHit& hit) {
  context_.print(hit_object(hit));
  return !context_.output().reader_left();
}

bool HitOutput::add(const SearchHit& hit) {
  if (hit.session != session_ && !(end_session() && begin_session(hit.session))) return false;
  ++hits_;
  if (options_.count) return true;
  if (options_.names) {
    if (hits_ > 1) return true;
    if (!context_.json()) return context_.output().write(printable(hit.session) + "\n");
    context_.print(JsonObject("everturn.hit_session/1").add("session", hit.session));
    return !context_.output().reader_left();
  }
  if (context_.json()) return add_json(hit);
  return is_for_people() ? add_shown(hit) : add_line(hit);
}

void HitOutput::add_unsearched(const Unsearched& one) {
  if (context_.json()) {
    context_.print(unsearched_object(one));
  }
  context_.output().note("not searched: " + printable(one.session) + ": " +
                         printable(one.status.message()));
}

void HitOutput::add_damage(const UnsearchedDamage& one) {
  if (context_.json()) context_.print(unsearched_damage_object(one));
  damaged_.push_back(one.session);
}

void HitOutput::tell_damage() {
  if (damaged_.empty()) return;
  std::string note = "note: damage may hold it too, as no record: ";
  for (std::size_t i = 0; i < std::min(damaged_.size(), kNamedMax); ++i) {
    note += (i == 0 ? "" : ", ") + printable(damaged_[i]);
  }
  if (damaged_.size() > kNamedMax) {
    note += " and " + counted(damaged_.size() - kNamedMax, "session") + " more";
  }
  context_.output().note(note + "; " + context_.command_hint("repair SESSION") +
                         " shows what can be had of it");
}

void HitOutput::end() { end_session(); }

}  // namespace everturn::cli
