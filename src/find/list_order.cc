// SPDX-License-Identifier: Apache-2.0
#include "find/list_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

#include "base/base64url.h"
#include "base/digest.h"

namespace everturn {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view wanted) {
  const auto found = std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                                 [](char a, char b) { return lower(a) == lower(b); });
  return found != text.end() || wanted.empty();
}

// "claude:ID" is claude's; a copy of it in a store of one's own is read by its dialect.
bool is_of_agent(const RowFacts& facts, std::string_view agent) {
  const std::string_view key = facts.key;
  if (key.size() > agent.size() && key.starts_with(agent) && key[agent.size()] == ':') return true;
  return facts.dialect == agent;
}

char letter_of(ListSort sort) { return "nolTr"[static_cast<std::size_t>(sort)]; }

// The parts of a cursor, each ended by a NUL, which no key and no name has.
std::optional<std::string> take_part(std::string_view& text) {
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  std::string part(text.substr(0, end));
  text.remove_prefix(end + 1);
  return part;
}

}  // namespace

bool is_below(std::string_view path, std::string_view folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder == "/" || path[folder.size()] == '/';
}

RowFacts facts_of(const SessionRow& row) {
  const SessionInfo& session = row.session;
  return {name_of(session), session.key,     session.part_of,      row.title,
          row.preview,      row.dialect,     row.project,          session.modified_ns,
          session.bytes,    session.records, session.damage_count, row.health};
}

RowFacts facts_of(const RowView& row) {
  const Counts counts = row.counts_now().value_or(Counts());
  const Verdict verdict = row.verdict_now().value_or(Verdict());
  return {row.name,       row.key,        row.part_of,         row.title,
          row.preview,    row.dialect,    row.project,         row.stamp.modified_ns,
          row.stamp.size, counts.records, counts.damage_count, verdict.health};
}

bool asks_for_project(const ListQuery& query) {
  return !query.project.empty() || !query.text.empty();
}

bool asks_for_counts(const ListQuery& query) {
  return query.damaged_only || query.sort == ListSort::records;
}

bool fits(const ListQuery& query, const RowFacts& facts) {
  if (!query.with_parts && !facts.part_of.empty()) return false;
  if (query.since_ns && facts.modified_ns < *query.since_ns) return false;
  if (query.until_ns && facts.modified_ns >= *query.until_ns) return false;
  if (facts.bytes < query.min_bytes || facts.bytes > query.max_bytes) return false;
  if (!query.agent.empty() && !is_of_agent(facts, query.agent)) return false;
  if (!query.project.empty() && !is_below(facts.project, query.project)) return false;
  if (query.damaged_only && facts.damage_count == 0 && facts.health != Health::damaged &&
      facts.health != Health::unreadable) {
    return false;
  }
  return query.text.empty() || contains(facts.title, query.text) ||
         contains(facts.preview, query.text) || contains(facts.key, query.text) ||
         contains(facts.project, query.text);
}

bool operator<(const SortPlace& one, const SortPlace& other) {
  return std::tie(one.number, one.text, one.key, one.name) <
         std::tie(other.number, other.text, other.key, other.name);
}

SortPlace place_of(ListSort sort, const RowFacts& facts) {
  SortPlace place;
  place.key = facts.key;
  place.name = facts.name;
  switch (sort) {
    case ListSort::newest:
      place.number = -facts.modified_ns;
      break;
    case ListSort::oldest:
      place.number = facts.modified_ns;
      break;
    case ListSort::largest:
      place.number = -static_cast<std::int64_t>(facts.bytes);
      break;
    case ListSort::title:
      place.number = facts.title.empty() ? 1 : 0;  // those without come last
      place.text = facts.title;
      break;
    case ListSort::records:
      place.number = -static_cast<std::int64_t>(facts.records);
      break;
  }
  return place;
}

std::string cursor_of(ListSort sort, const SortPlace& place) {
  std::string bytes(1, letter_of(sort));
  const std::string number = std::to_string(place.number);
  for (const std::string_view part :
       {std::string_view(number), place.text, place.key, place.name}) {
    bytes += part;
    bytes += '\0';
  }
  return base64url_encode(bytes);
}

Result<Cursor> parse_cursor(ListSort sort, std::string_view text) {
  const Status bad(Code::invalid,
                   "this is no cursor of this listing; take the one that its last page gave");
  const std::optional<std::string> bytes = base64url_decode(text);
  if (!bytes || bytes->empty() || bytes->front() != letter_of(sort)) return bad;
  std::string_view rest = std::string_view(*bytes).substr(1);
  std::array<std::string, 4> parts;
  for (std::string& part : parts) {
    std::optional<std::string> taken = take_part(rest);
    if (!taken) return bad;
    part = *std::move(taken);
  }
  Cursor cursor;
  const char* end = parts[0].data() + parts[0].size();
  const auto [stop, error] = std::from_chars(parts[0].data(), end, cursor.number);
  const bool is_place = cursor.number != INT64_MIN;  // place_of() gives none that low
  if (error != std::errc() || stop != end || !rest.empty() || !is_place) return bad;
  cursor.text = std::move(parts[1]);
  cursor.key = std::move(parts[2]);
  cursor.name = std::move(parts[3]);
  return cursor;
}

}  // namespace everturn
