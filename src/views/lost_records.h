// SPDX-License-Identifier: Apache-2.0
// Records that damage took, as far as numbers of the session go on counting them. One thread.
#ifndef EVERTURN_VIEWS_LOST_RECORDS_H_
#define EVERTURN_VIEWS_LOST_RECORDS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "views/dialects/dialect.h"
#include "views/session.h"

namespace everturn {

class LostRecords {
 public:
  // Of a reading from the session's beginning to its end. `with_oversize`: it gave the records over
  // the size limit, which are then not lost.
  LostRecords(const ReadReport& report, bool with_oversize);
  // How many stand before `offset` that were not told yet; each offset behind the one before.
  std::uint32_t before(std::uint64_t offset);

 private:
  std::vector<std::uint64_t> offsets_;
  std::size_t next_ = 0;
};

// The member by which a record of these entries counts records: last_consolidated of nanobot, and
// firstKeptEntryIndex of pi's first version; "" if it has none.
std::string_view counting_member(const Dialect& dialect, std::span<const Entry> entries);
// Of the records by which it counts. nanobot does not count metadata.
bool is_counted(const Dialect& dialect, std::span<const Entry> entries);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_LOST_RECORDS_H_
