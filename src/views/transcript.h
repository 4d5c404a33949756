// SPDX-License-Identifier: Apache-2.0
// What a Transcript holds; see everturn/views.h.
#ifndef EVERTURN_VIEWS_TRANSCRIPT_H_
#define EVERTURN_VIEWS_TRANSCRIPT_H_

#include <deque>
#include <string>

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/session.h"

namespace everturn {

struct Transcript::State {
  TranscriptOptions options;
  std::deque<std::string> records;
  std::size_t bytes = 0;
  std::uint64_t forgotten = 0;
  std::deque<std::uint32_t> lost;  // damaged records that stood before each record
  std::uint32_t lost_at_end = 0;
  bool is_read = false;  // what follows is made of the records as they are now
  const Dialect* dialect = nullptr;
  Session session;

  // Reads the records that came since the last call.
  const Session& read();
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_TRANSCRIPT_H_
