// SPDX-License-Identifier: Apache-2.0
// A copy of a file that somebody else goes on writing: brought up to date byte for byte, and never
// losing what it held.
#ifndef EVERTURN_STORE_KEPT_COPY_H_
#define EVERTURN_STORE_KEPT_COPY_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn {

enum class CopyOutcome : std::uint8_t {
  copied,     // there was none yet
  grown,      // it was the beginning of the file, but for zeros of a power cut
  rewritten,  // it was not: what it held is kept beside it
  unchanged,  // it is the file, durably
};
inline constexpr std::size_t kCopyOutcomes = 4;

struct CopyReport {
  CopyOutcome outcome = CopyOutcome::unchanged;
  std::uint64_t bytes = 0;  // written
  std::string older;        // the name under which the older content is kept
};

// Makes the file `name` of `to` the same as the first `size` bytes of `source`. Durable when it
// returns: content and name, but of an unchanged copy only the content. A copy that has to be
// extended is first compared with the source, all of it. One that must be replaced gets a second
// name, NAME.before-1 or the next that is free, durably before the new content takes its name.
//
// One that differs by zeros alone, as a power cut leaves a file that was being extended, is
// replaced without that.
//
// Cut off at any moment, it leaves the copy as it was, extended in part, or new, and perhaps the
// file `temporary`, which the next call with that name removes. `unavailable`: the source became
// shorter meanwhile. The caller holds the lock that makes it the only writer of `to`. One thread.
Result<CopyReport> keep_copy(File& source, std::uint64_t size, Folder& to, const std::string& name,
                             const std::string& temporary);

}  // namespace everturn

#endif  // EVERTURN_STORE_KEPT_COPY_H_
