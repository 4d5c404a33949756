// SPDX-License-Identifier: Apache-2.0
// Copies a session's lines into its next incarnation.
#ifndef EVERTURN_STORE_LINE_COPY_H_
#define EVERTURN_STORE_LINE_COPY_H_

#include <cstdint>
#include <string_view>

#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/replace.h"

namespace everturn {

struct LineCopy {
  std::uint64_t bytes = 0;  // written
  std::uint64_t lines = 0;
};

// Writes the lines of from[begin, end) to `to`, damaged ones too, byte for byte, but without blank
// lines and without the store's own metadata records of `key`. The last line gets a '\n' if
// `terminate`.
Result<LineCopy> copy_lines(File& from, std::uint64_t begin, std::uint64_t end,
                            std::string_view key, bool terminate, Replacement& to);

// Writes from[begin, end) to `to` as it is.
Status copy_bytes(File& from, std::uint64_t begin, std::uint64_t end, Replacement& to);

}  // namespace everturn

#endif  // EVERTURN_STORE_LINE_COPY_H_
