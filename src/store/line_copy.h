// SPDX-License-Identifier: Apache-2.0
// Copies a session's lines into its next incarnation.
#ifndef EVERTURN_STORE_LINE_COPY_H_
#define EVERTURN_STORE_LINE_COPY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/replace.h"
#include "store/dir_context.h"

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

// Behind a rewrite of a file that others write without our locks: what they wrote into the old one
// behind `end`, until its name was gone, goes to the file that has `name` now, durably. Returns how
// many bytes.
Result<std::uint64_t> carry_over(DirContext& context, Folder& folder, const std::string& name,
                                 File& old, std::uint64_t end);

}  // namespace everturn

#endif  // EVERTURN_STORE_LINE_COPY_H_
