// SPDX-License-Identifier: Apache-2.0
// The names of the session files in a folder, plain and packed.
#ifndef EVERTURN_STORE_SESSION_NAMES_H_
#define EVERTURN_STORE_SESSION_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fs/fs.h"

namespace everturn {

struct SessionName {
  std::string text;
  FileKind kind = FileKind::other;
  std::uint64_t inode = 0;
  bool has_twin = false;  // a packed file of this name, too, which counts for nothing
};

// In no order. A session that is packed or unpacked meanwhile is there under at least one of its
// names.
Result<std::vector<SessionName>> session_names(Folder& root);

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_NAMES_H_
