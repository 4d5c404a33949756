// SPDX-License-Identifier: Apache-2.0
// Examining what came behind a session that was examined before, without reading that again. It
// holds for chats in which nothing was odd, and where nothing odd came: whatever else a record may
// mean depends on those before it.
#ifndef EVERTURN_VIEWS_CONTINUATION_H_
#define EVERTURN_VIEWS_CONTINUATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/entry.h"
#include "views/examination.h"
#include "views/record_prints.h"

namespace everturn {

struct Continued {
  ReadReport report;  // of the reading
  std::uint64_t turns = 0;
  Usage tokens;
  std::string prints;  // of all records, also those before
};

// Reads `how.from` to the end. `dialect`: Examination::dialect of what stands before, which were
// `records`; `prints`: Examination::prints. Nothing if it has to be examined from its beginning on.
Result<std::optional<Continued>> examine_more(const SessionSource& read, const ReadOptions& how,
                                              std::string_view dialect, std::uint64_t records,
                                              std::string_view prints);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CONTINUATION_H_
