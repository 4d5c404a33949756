// SPDX-License-Identifier: Apache-2.0
// The reading side of the folder engine: one file, no lock, never a write.
//
// A writer with a padded tail may be overwriting the end of the file while we read. It writes the
// first byte of a batch last, so a lock-free reader stops at the first tab where a record should
// start. If anything but padding stands behind, `settle` is asked once: it takes the session's lock
// for a moment and says how far the file is settled.
#ifndef EVERTURN_STORE_SESSION_READER_H_
#define EVERTURN_STORE_SESSION_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "everturn/report.h"
#include "fs/fs.h"

namespace everturn {

struct SessionView {
  File* file = nullptr;
  std::uint64_t size = 0;  // what was there when it was opened
  FileId id;
  std::string_view key;
  bool padded_tails = false;
  bool expects_metadata = false;  // sessions that lie here begin with a metadata record
  std::uint64_t max_record_bytes = 64ULL << 20;
  // The end of what is written, seen under the lock; unset where there is no lock to take.
  std::function<Result<std::uint64_t>()> settle;
};

// Who looks at the end first may meet a batch whose beginning is not written yet, in the padding
// before `offset`. Then takes the lock for a moment and settles the view's size: true, look again.
Result<bool> settle_before(SessionView& view, std::uint64_t offset);

// `conflict` for a position of another generation or behind the end.
Result<ReadReport> read_session(const SessionView& opened, const ReadOptions& how,
                                const RecordSink& sink);

// The last metadata record of file[0, end): the store's own, or a first line of that kind. An empty
// line if there is none.
struct FoundMetadata {
  std::string line;
  Metadata metadata;
};
Result<FoundMetadata> find_metadata(File& file, std::uint64_t end, std::string_view key);

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_READER_H_
