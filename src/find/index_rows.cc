// SPDX-License-Identifier: Apache-2.0
#include "find/index_rows.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/try.h"

namespace everturn {
namespace {

constexpr std::string_view kSchema = R"(
CREATE TABLE salt(value INTEGER NOT NULL);
CREATE TABLE parts(id INTEGER PRIMARY KEY, file TEXT NOT NULL, begin INTEGER NOT NULL,
                   end INTEGER NOT NULL, stamp BLOB NOT NULL, content BLOB NOT NULL,
                   checksum INTEGER NOT NULL, filters BLOB NOT NULL);
CREATE INDEX parts_by_place ON parts(file, begin);
)";
constexpr std::string_view kColumns =
    "SELECT id, file, begin, end, stamp, content, checksum, filters FROM parts ";

void append_number(std::uint64_t number, std::string& bytes) {
  std::array<char, sizeof number> raw;
  std::memcpy(raw.data(), &number, sizeof number);
  bytes.append(raw.data(), raw.size());
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  if (bytes.size() < sizeof number) return 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::int64_t checksum_of(const IndexPart& part, std::uint64_t salt) {
  std::string all;
  for (const std::uint64_t number :
       {salt, part.begin, part.end, std::uint64_t{part.file.size()}, hash64(part.filters)}) {
    append_number(number, all);
  }
  all += part.file;
  all += part.stamp;
  all += part.content;
  return static_cast<std::int64_t>(hash64(all));
}

IndexPart part_of(const Statement& row) {
  IndexPart part;
  part.row = row.number(0);
  part.file = row.bytes(1);
  part.begin = static_cast<std::uint64_t>(row.number(2));
  part.end = static_cast<std::uint64_t>(row.number(3));
  part.stamp = row.bytes(4);
  part.content = row.bytes(5);
  part.filters = row.bytes(7);
  return part;
}

}  // namespace

std::string stamp_bytes(const FileStamp& stamp) {
  std::string bytes;
  for (const std::uint64_t number :
       {stamp.device, stamp.inode, static_cast<std::uint64_t>(stamp.birth_ns), stamp.size,
        static_cast<std::uint64_t>(stamp.modified_ns),
        static_cast<std::uint64_t>(stamp.changed_ns)}) {
    append_number(number, bytes);
  }
  return bytes;
}

FileStamp stamp_from(std::string_view bytes) {
  FileStamp stamp;
  stamp.device = take_number(bytes);
  stamp.inode = take_number(bytes);
  stamp.birth_ns = static_cast<std::int64_t>(take_number(bytes));
  stamp.size = take_number(bytes);
  stamp.modified_ns = static_cast<std::int64_t>(take_number(bytes));
  stamp.changed_ns = static_cast<std::int64_t>(take_number(bytes));
  return stamp;
}

void append_segment(const IndexSegment& segment, std::string& filters) {
  append_number(segment.bytes, filters);
  append_number(segment.filter.size(), filters);
  filters += segment.filter;
}

std::vector<IndexSegment> read_segments(std::string_view filters, std::uint64_t bytes) {
  std::vector<IndexSegment> segments;
  std::uint64_t sum = 0;
  while (!filters.empty()) {
    IndexSegment segment;
    segment.bytes = take_number(filters);
    const std::uint64_t size = take_number(filters);
    if (size > filters.size() || segment.bytes > bytes - sum) return {};
    segment.filter = filters.substr(0, static_cast<std::size_t>(size));
    filters.remove_prefix(static_cast<std::size_t>(size));
    sum += segment.bytes;
    segments.push_back(segment);
  }
  if (sum != bytes) segments.clear();
  return segments;
}

Result<IndexRows> IndexRows::open(const CachePlace& place, bool create) {
  if (place.folder == nullptr) {
    return Status(Code::not_found,
                  "there is no folder to keep the index in; set XDG_CACHE_HOME or HOME");
  }
  if (!create) TRY(place.folder->stat(kIndexName));
  Database::Options options;
  options.schema = kSchema;
  return IndexRows(TRY(Database::open(place, kIndexName, options)));
}

Result<std::uint64_t> IndexRows::salt(std::uint64_t fresh) {
  Statement select = TRY(database_->prepare("SELECT value FROM salt"));
  const bool is_there = TRY(select.step());
  if (is_there) return static_cast<std::uint64_t>(select.number(0));
  if (fresh == 0) return Status(Code::not_found, "the index is empty");
  Statement insert = TRY(database_->prepare("INSERT INTO salt VALUES (?1)"));
  insert.bind(1, static_cast<std::int64_t>(fresh));
  CHECK_OK(insert.run());
  return fresh;
}

Status IndexRows::for_each(std::uint64_t salt, const std::function<void(const IndexPart&)>& visit,
                           const std::function<void(std::int64_t row)>& on_bad) {
  // By number: the index by place would be one more thing that can be damaged unseen.
  Statement rows = TRY(database_->prepare(std::string(kColumns) + "NOT INDEXED ORDER BY id"));
  while (TRY(rows.step())) {
    const IndexPart part = part_of(rows);
    if (checksum_of(part, salt) == rows.number(6)) {
      visit(part);
    } else {
      on_bad(part.row);
    }
  }
  return {};
}

Result<bool> IndexRows::find(std::int64_t row, std::uint64_t salt, IndexPart& part,
                             std::string& bytes) {
  Statement select = TRY(database_->prepare(std::string(kColumns) + "WHERE id = ?1"));
  select.bind(1, row);
  const bool is_there = TRY(select.step());
  if (!is_there) return false;
  part = part_of(select);
  if (checksum_of(part, salt) != select.number(6)) return false;
  // The row's own bytes go with the statement.
  bytes.clear();
  for (const std::string_view piece : {part.file, part.stamp, part.content, part.filters}) {
    bytes += piece;
  }
  std::size_t at = 0;
  for (std::string_view* const piece : {&part.file, &part.stamp, &part.content, &part.filters}) {
    *piece = std::string_view(bytes).substr(at, piece->size());
    at += piece->size();
  }
  return true;
}

Status IndexRows::insert(const IndexPart& part, std::uint64_t salt) {
  Statement insert = TRY(
      database_->prepare("INSERT INTO parts(file, begin, end, stamp, content, checksum, filters) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  insert.bind(1, part.file);
  insert.bind(2, static_cast<std::int64_t>(part.begin));
  insert.bind(3, static_cast<std::int64_t>(part.end));
  insert.bind_bytes(4, part.stamp);
  insert.bind_bytes(5, part.content);
  insert.bind(6, checksum_of(part, salt));
  insert.bind_bytes(7, part.filters);
  return insert.run();
}

Status IndexRows::set_stamp(const IndexPart& part, const FileStamp& stamp, std::uint64_t salt) {
  IndexPart changed = part;
  const std::string bytes = stamp_bytes(stamp);
  changed.stamp = bytes;
  Statement update =
      TRY(database_->prepare("UPDATE parts SET stamp = ?2, checksum = ?3 WHERE id = ?1"));
  update.bind(1, part.row);
  update.bind_bytes(2, bytes);
  update.bind(3, checksum_of(changed, salt));
  return update.run();
}

Status IndexRows::remove(std::int64_t row) {
  Statement erase = TRY(database_->prepare("DELETE FROM parts WHERE id = ?1"));
  erase.bind(1, row);
  return erase.run();
}

}  // namespace everturn
