// SPDX-License-Identifier: Apache-2.0
// One file of lines with its matches taken out: a session, packed or not, or a file of the trash.
#ifndef EVERTURN_STORE_REDACT_FILE_H_
#define EVERTURN_STORE_REDACT_FILE_H_

#include <cstdint>
#include <string>

#include "everturn/redact.h"
#include "store/dir_context.h"

namespace everturn {

// What of a file is looked at.
struct RedactTarget {
  Folder* folder = nullptr;
  std::string name;
  bool padded_tail = false;  // its end may be padding, which is left out
};

// Counts the matches. With `apply` the file is replaced by one without them: atomically, durably,
// with its owner, mode and time, and the old one is gone. `invalid` for a line over the size limit,
// and where what was written matches again. `damaged` if it is packed and cannot be unpacked whole.
// The caller holds the lock that protects the file.
Result<RedactCounts> redact_file(DirContext& context, const RedactTarget& target,
                                 const RedactFinder& find, bool apply);

}  // namespace everturn

#endif  // EVERTURN_STORE_REDACT_FILE_H_
