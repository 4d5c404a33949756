// SPDX-License-Identifier: Apache-2.0
// The caches of a folder store, where text is to be gone for good: what was read of sessions
// (titles, previews, words) stands in them too.
#ifndef EVERTURN_STORE_DISPOSABLE_H_
#define EVERTURN_STORE_DISPOSABLE_H_

#include <cstdint>

#include "everturn/status.h"
#include "store/dir_context.h"

namespace everturn {

// Removes what lies in the store's cache folder, durably, and in the user's, where it was kept
// before the folder became ours; how many files. Seals stay: they are salted hashes. Whoever has a
// catalog open goes on without it.
Result<std::uint64_t> empty_caches(DirContext& context);

}  // namespace everturn

#endif  // EVERTURN_STORE_DISPOSABLE_H_
