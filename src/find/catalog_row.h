// SPDX-License-Identifier: Apache-2.0
// What the catalog keeps of one file, and how it stands there: one string of bytes with its own
// checksum, over the file's name too, so that a row that was changed, or is another file's, is
// found out. Any thread.
#ifndef EVERTURN_FIND_CATALOG_ROW_H_
#define EVERTURN_FIND_CATALOG_ROW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/listing.h"

namespace everturn {

// Records and damage of the file up to `to`, which is behind a whole line.
struct Counts {
  std::uint64_t to = 0;
  std::uint64_t anchor = 0;  // a hash of the bytes before `to`
  std::uint64_t records = 0;
  std::uint64_t damage_count = 0;
  std::uint64_t damage_bytes = 0;
  std::uint64_t in_flight_bytes = 0;  // behind `to`
  std::uint64_t salvaged = 0;
};

// Of a session of ours: where the store's newest record about it was looked for between the head
// and the end.
struct AboutSearch {
  std::uint64_t to = 0;     // up to here; 0: it was not
  std::uint64_t found = 0;  // its offset; 0: there is none
};

// What only a reading of the whole file tells.
struct Verdict {
  Health health = Health::unread;
  std::uint64_t note_count = 0;
  std::uint64_t turns = 0;
  Usage tokens;
};

// What tells a session's file from all others of the store.
std::string_view name_of(const SessionInfo& session);

// Text: std::string, or a view of the bytes that were decoded.
template <class Text>
struct BasicRow {
  Text name;  // see name_of()
  FileStamp stamp;
  std::int64_t read_ns = 0;  // when reading began
  // The file's stamp does not tell whether it is as it was: it ends in padding.
  bool is_padded = false;
  // In a chat of ours: the title is not from the last lines, so that it stands as long as no later
  // record is about the session.
  bool title_stands = false;
  AboutSearch about;
  Text part_of;
  Text key;
  Text note;
  Text title;
  Text preview;
  Text dialect;
  Text project;
  Text branch;
  std::int64_t created_ns = 0;
  std::int64_t last_time_ns = 0;
  std::optional<Counts> counts;
  std::optional<Verdict> verdict;  // with counts only
  // With a verdict, to go on from there: see examine_more(). "": that cannot be gone on from.
  Text examined_as;
  Text checkpoint;
  // Counts and verdict are of the file as it was, shorter by what stands behind Counts::to: not to
  // be shown, but to go on from.
  bool is_behind = false;
  // The verdict, or the title, is of readings of parts: of what came behind, after what was known.
  bool is_continued = false;

  [[nodiscard]] std::optional<Counts> counts_now() const {
    return is_behind ? std::nullopt : counts;
  }
  [[nodiscard]] std::optional<Verdict> verdict_now() const {
    return is_behind ? std::nullopt : verdict;
  }

  // The file can be taken to be as it was when it was read: its stamp is the same, and older than
  // the reading by more than a clock's tick.
  [[nodiscard]] bool is_settled(const FileStamp& now) const;
};
using CatalogRow = BasicRow<std::string>;
using RowView = BasicRow<std::string_view>;

std::string encode_row(const CatalogRow& row);
// nullopt: these bytes were not made by encode_row of a row of this name.
std::optional<CatalogRow> decode_row(std::string_view name, std::string_view bytes);
// The same, as views of `name` and `bytes`.
std::optional<RowView> view_row(std::string_view name, std::string_view bytes);
// Of bytes that came out of encode_row in this process, or that view_row() took before.
RowView view_checked_row(std::string_view name, std::string_view bytes);

// Makes of a session that was listed by its name what is shown of it.
void show_row(const CatalogRow& row, SessionRow& shown);
void show_row(const RowView& row, SessionRow& shown);

}  // namespace everturn

#endif  // EVERTURN_FIND_CATALOG_ROW_H_
