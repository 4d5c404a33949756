// SPDX-License-Identifier: Apache-2.0
// The names of the session files in a folder, plain and packed.
#ifndef EVERTURN_STORE_SESSION_NAMES_H_
#define EVERTURN_STORE_SESSION_NAMES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "fs/fs.h"
#include "store/name_arena.h"

namespace everturn {

struct SessionName {
  std::string_view text;
  FileKind kind = FileKind::other;
  std::uint64_t inode = 0;
  bool has_twin = false;  // a packed file of this name, too, which counts for nothing
};

// The names live as long as it does.
class SessionNames {
 public:
  void add(std::string_view text, FileKind kind, std::uint64_t inode) {
    names_.push_back({arena_.keep(text), kind, inode, false});
  }
  // A packed file counts for nothing where there is a plain one of the same name.
  void leave_out_twins();

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const SessionName& operator[](std::size_t number) const { return names_[number]; }
  [[nodiscard]] auto begin() const { return names_.begin(); }
  [[nodiscard]] auto end() const { return names_.end(); }

 private:
  NameArena arena_;
  std::vector<SessionName> names_;
};

inline constexpr const char* kHasTwin =
    "a packed file of the same name lies beside it (unpack settles it)";

// In no order. A session that is packed or unpacked meanwhile is there under at least one of its
// names.
Result<SessionNames> session_names(Folder& root);

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_NAMES_H_
