// SPDX-License-Identifier: Apache-2.0
// Reading around what the disk cannot read: a bad sector, or pages that a file system lost with a
// write that failed. A read that fails with EIO is tried again page by page, so that it costs no
// more than the pages it touches; a hole is a run of pages that fail. Every other failure (no
// memory, interrupted) says nothing of the bytes and stays a failure.
#ifndef EVERTURN_JOURNAL_UNREADABLE_H_
#define EVERTURN_JOURNAL_UNREADABLE_H_

#include <cstddef>
#include <cstdint>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn {

// What the kernel reads at once at the least, on every file system that we know of.
inline constexpr std::uint64_t kPageBytes = 4096;

struct ReadableRun {
  std::size_t size = 0;  // bytes that were read
  Status hole;           // why the page behind them cannot be read; ok if none was met
};
// As File::read_at, up to the first page that cannot be read.
Result<ReadableRun> read_up_to_hole(File& file, std::uint64_t offset, char* into, std::size_t size);

// Where the hole ends whose first page read_up_to_hole() met at `offset`; `end` at the most.
Result<std::uint64_t> end_of_hole(File& file, std::uint64_t offset, std::uint64_t end);

// As File::read_at, with NUL bytes in place of what cannot be read. To who looks for line ends, for
// blanks and for records, a hole is then what it is: something that is none of them.
Result<std::size_t> read_around_holes(File& file, std::uint64_t offset, char* into,
                                      std::size_t size);

// The error of who needs every byte, such as a rewrite: names the range and what helps.
Status unreadable_range(std::uint64_t offset, std::uint64_t length);
// A failed read of file[begin, end) as such an error, if it is one.
Status told_of_hole(File& file, std::uint64_t begin, std::uint64_t end, const Status& failure);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_UNREADABLE_H_
