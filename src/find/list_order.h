// SPDX-License-Identifier: Apache-2.0
// Which sessions a query wants, in which order, and where a page begins. Pure; any thread.
#ifndef EVERTURN_FIND_LIST_ORDER_H_
#define EVERTURN_FIND_LIST_ORDER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "everturn/listing.h"
#include "find/catalog_row.h"

namespace everturn {

// The folder itself, or what lies in it; as the paths are written, which may end in slashes.
bool is_below(std::string_view path, std::string_view folder);

// What filters and orders ask of a session. Views.
struct RowFacts {
  std::string_view name;  // see name_of()
  std::string_view key;
  std::string_view part_of;
  std::string_view title;
  std::string_view preview;
  std::string_view dialect;
  std::string_view project;
  std::int64_t modified_ns = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t damage_count = 0;
  Health health = Health::unread;
};
RowFacts facts_of(const SessionRow& row);
RowFacts facts_of(const RowView& row);

bool fits(const ListQuery& query, const RowFacts& facts);
// fits() looks at the project.
bool asks_for_project(const ListQuery& query);
// It needs counts.
bool asks_for_counts(const ListQuery& query);

// What sessions are ordered by: by the value the query sorts by, then by key, then by file. No two
// sessions have equal places.
struct SortPlace {
  std::int64_t number = 0;  // ascending
  std::string_view text;
  std::string_view key;
  std::string_view name;
  friend bool operator<(const SortPlace& one, const SortPlace& other);
};
SortPlace place_of(ListSort sort, const RowFacts& facts);

// A place as a cursor, and back; `invalid` if it is none for this order.
std::string cursor_of(ListSort sort, const SortPlace& place);
struct Cursor {
  std::int64_t number = 0;
  std::string text;
  std::string key;
  std::string name;
  [[nodiscard]] SortPlace place() const { return {number, text, key, name}; }
};
Result<Cursor> parse_cursor(ListSort sort, std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_FIND_LIST_ORDER_H_
