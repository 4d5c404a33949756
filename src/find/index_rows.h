// SPDX-License-Identifier: Apache-2.0
// The tables of search.db, and the rows of its one large table: a part of a file each, with a token
// filter for every segment of it.
#ifndef EVERTURN_FIND_INDEX_ROWS_H_
#define EVERTURN_FIND_INDEX_ROWS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "everturn/status.h"
#include "find/database.h"

namespace everturn {

inline constexpr std::string_view kIndexName = "search.db";

// A run of whole lines, and the filter of their tokens.
struct IndexSegment {
  std::uint64_t bytes = 0;
  std::string_view filter;
};

struct IndexPart {
  std::int64_t row = 0;
  std::string_view file;    // SessionInfo::file_name
  std::uint64_t begin = 0;  // in the file
  std::uint64_t end = 0;
  std::string_view stamp;    // see stamp_bytes()
  std::string_view content;  // a hash of the bytes, 16 of them
  std::string_view filters;  // of its segments, see append_segment()
};

std::string stamp_bytes(const FileStamp& stamp);
FileStamp stamp_from(std::string_view bytes);
void append_segment(const IndexSegment& segment, std::string& filters);
// Empty if they are not those of `bytes` bytes.
std::vector<IndexSegment> read_segments(std::string_view filters, std::uint64_t bytes);

class IndexRows {
 public:
  // Opens or makes the database. With `create` false `not_found` where there is none.
  static Result<IndexRows> open(const CachePlace& place, bool create);

  [[nodiscard]] Database& database() const { return *database_; }
  // What the filters are salted with; drawn when the database is made. To be called in a turn, as
  // all that follows.
  Result<std::uint64_t> salt(std::uint64_t fresh);
  // Each row that fits its checksum, in the order of file and place. Others go to `on_bad`.
  Status for_each(std::uint64_t salt, const std::function<void(const IndexPart&)>& visit,
                  const std::function<void(std::int64_t row)>& on_bad);
  Status insert(const IndexPart& part, std::uint64_t salt);
  Status set_stamp(const IndexPart& part, const FileStamp& stamp, std::uint64_t salt);
  Status remove(std::int64_t row);
  // The part of that row, checked; what it points to lives until the next call.
  Result<bool> find(std::int64_t row, std::uint64_t salt, IndexPart& part, std::string& bytes);

 private:
  explicit IndexRows(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  std::shared_ptr<Database> database_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_INDEX_ROWS_H_
