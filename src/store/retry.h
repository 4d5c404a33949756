// SPDX-License-Identifier: Apache-2.0
// Is this batch, or a part of it, already there? What makes a retry safe after a lost reply or a
// crash. An unacknowledged batch may have survived in part: a prefix after a kill, any in-order
// subset after a power cut.
#ifndef EVERTURN_STORE_RETRY_H_
#define EVERTURN_STORE_RETRY_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "everturn/session.h"
#include "fs/fs.h"
#include "store/batch.h"

namespace everturn {

inline constexpr std::uint64_t kMissing = UINT64_MAX;

// Where each record of a batch stands in the file; kMissing where it does not.
struct Standing {
  std::vector<std::uint64_t> offsets;
  std::uint64_t found = 0;
  std::uint64_t end = 0;  // behind the last one found
  [[nodiscard]] bool all() const { return found == offsets.size(); }
};

// What stands right behind offset `begin`. Nullopt: something else does. A Standing that is not
// complete is a prefix with nothing but damage behind it: the rest can be appended.
Result<std::optional<Standing>> find_behind(File& file, std::uint64_t begin,
                                            std::uint64_t content_end, const Batch& batch,
                                            std::string_view key);

// What the last 4 MiB before `content_end` hold of the batch under the identity `once`.
Result<Standing> find_once(File& file, std::uint64_t content_end, const Batch& batch,
                           const Once& once, std::string_view key);

// Before a found batch is acknowledged: drops the cache of a file that the caller has synced just
// now, and compares what the disk has. False: the cache showed records that the disk lost.
Result<bool> is_on_disk(File& file, const Batch& batch, const Standing& standing);

}  // namespace everturn

#endif  // EVERTURN_STORE_RETRY_H_
