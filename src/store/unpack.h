// SPDX-License-Identifier: Apache-2.0
// From a packed session back to a plain one, for whoever is about to write to it.
#ifndef EVERTURN_STORE_UNPACK_H_
#define EVERTURN_STORE_UNPACK_H_

#include <string>
#include <string_view>

#include "store/dir_context.h"

namespace everturn {

struct UnpackHow {
  bool keeps_time = false;  // that of the last write
  // Goes on although a part is damaged; the packed file then goes to the trash, as `key`'s.
  bool salvages = false;
  std::string_view key;
};

// The plain file is durable under its name before the packed one goes; a power cut leaves either,
// or both with the same content. `damaged`, and nothing has changed, if a part of it cannot be
// unpacked. `name` is the plain one's, which is not there. The caller holds the session's lock.
// Gives the generation that the session had packed: versions of it mean the same content now.
Result<std::uint64_t> unpack_session(DirContext& context, const std::string& name,
                                     const UnpackHow& how);

}  // namespace everturn

#endif  // EVERTURN_STORE_UNPACK_H_
