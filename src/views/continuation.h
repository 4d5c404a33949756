// SPDX-License-Identifier: Apache-2.0
// Examining what came behind a session that was examined before, without reading that again. It
// holds where nothing was odd, and nothing odd came, and where what came speaks of nothing that
// stands far back: a parent, or a response, that is not among the last.
#ifndef EVERTURN_VIEWS_CONTINUATION_H_
#define EVERTURN_VIEWS_CONTINUATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/entry.h"
#include "views/examination.h"

namespace everturn {

struct Continued {
  ReadReport report;  // of the reading
  // By how many there are more than before. Of tokens also fewer: a response is told of again.
  std::uint64_t turns = 0;
  Usage tokens;
  std::string checkpoint;  // of all records; "": none
};

// Reads `how.from` to the end. `dialect` and `checkpoint` are those of the Examination of what
// stands before, in which there was no damage, no note and no message that the agent does not find;
// it is then so with what came, too. Nothing if the session has to be examined from its beginning
// on. Fails only as `read` does.
Result<std::optional<Continued>> examine_more(const SessionSource& read, const ReadOptions& how,
                                              std::string_view dialect,
                                              std::string_view checkpoint);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CONTINUATION_H_
