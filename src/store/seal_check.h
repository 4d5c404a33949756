// SPDX-License-Identifier: Apache-2.0
// Compares a session's file with its seals, and names the places where it differs.
//
// Between two seals lies a segment: so many lines that lead from one known hash to the next. So a
// segment can be looked for anywhere in the file. Where one does not stand in its place, the check
// looks for the next that does, and what is missing or in excess up to there is the finding.
#ifndef EVERTURN_STORE_SEAL_CHECK_H_
#define EVERTURN_STORE_SEAL_CHECK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "everturn/repair.h"
#include "everturn/seal.h"
#include "everturn/status.h"
#include "fs/fs.h"
#include "store/seal_line.h"

namespace everturn {

// The whole lines of a file, from any of their beginnings. Reads in steps of 1 MiB, or the longest
// line; one that is too long to be sealed counts as none. What the disk cannot read is an error
// that names the place. One thread.
class FileLines {
 public:
  // Of file[0, size); `progress` as in VerifyOptions.
  FileLines(File& file, std::uint64_t size, const std::function<bool(std::uint64_t)>* progress,
            std::uint64_t longest_line = kSealedLineMax)
      : file_(file), size_(size), progress_(progress), longest_line_(longest_line) {}
  // The line that begins at `offset`, without its '\n'; nullopt if no '\n' follows. Valid until the
  // next call.
  Result<std::optional<std::string_view>> at(std::uint64_t offset);
  // Adds `count` lines from `offset` on to the chain. Where the last ends; nullopt if there are
  // fewer, or if they reach beyond `limit`.
  Result<std::optional<std::uint64_t>> add_to(LineChain& chain, std::uint64_t offset,
                                              std::uint64_t count, std::uint64_t limit);
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  File& file_;
  std::uint64_t size_;
  const std::function<bool(std::uint64_t)>* progress_;
  const std::uint64_t longest_line_;
  std::string window_;
  std::uint64_t begin_ = 0;  // of the window
  std::uint64_t used_ = 0;   // bytes in it
};

// What the lines of a seal file say of one file.
struct SealSegment {
  Sha256 start{};
  Sha256 head{};
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unsealed_before = 0;  // bytes between the segment before and this one
  std::vector<std::uint32_t> marks;
};
struct SealedFile {
  std::vector<SealSegment> segments;  // in the order of the file
  std::uint64_t watermark = 0;
  // Sealed lines that had gone when a later chain began in their place: since byte `lost_at`.
  std::uint64_t lost_lines = 0;
  std::uint64_t lost_at = 0;
};
// The lines about `file`, in their order.
SealedFile sealed_file(const std::vector<SealLine>& lines, std::uint64_t file);

// Fills in what the report says of seals and findings, of the file up to its size.
Status check_seals(FileLines& lines, const SealedFile& sealed, SealReport& report);
// Where a range of the file lies.
SealStanding standing_of(const SealReport& report, std::uint64_t offset, std::uint64_t length);
// Does the file hold what this head was taken of?
Result<bool> fits_head(FileLines& lines, const SealHead& head);

}  // namespace everturn

#endif  // EVERTURN_STORE_SEAL_CHECK_H_
