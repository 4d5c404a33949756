// SPDX-License-Identifier: Apache-2.0
// A page of a session's records as the body of a reply: made in pieces, while it is sent, so that
// no more than one of them is in memory, however long the page.
#ifndef EVERTURN_SERVER_RECORD_PAGE_H_
#define EVERTURN_SERVER_RECORD_PAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "everturn/store.h"
#include "server/http.h"
#include "server/record_text.h"

namespace everturn::server {

struct PageQuery {
  std::string key;
  Position from;
  std::optional<std::uint64_t> last;
  std::uint64_t limit = UINT64_MAX;
  bool backwards = false;          // newest first; `limit` is then small
  std::optional<Position> before;  // only backwards
  bool with_metadata = false;
  bool with_oversize = false;
  RecordStyle style;
};

// What a page says at its end.
struct PageSummary {
  ReadReport report;  // of the page alone: counts, begin and end; version where it is known
  bool more = false;  // something stands behind it (backwards: in front of it)
};
// "Everturn-End" and the like.
Headers summary_headers(const PageSummary& summary);

// Reads the first piece, so that a session that is not there is told at once. A page of one piece
// becomes the response's body, a longer one its stream.
Result<Response> record_page(Store& store, const PageQuery& query);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_RECORD_PAGE_H_
