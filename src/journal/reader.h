// SPDX-License-Identifier: Apache-2.0
// Reading a session file through the seam: in windows, forwards, and from the end.
#ifndef EVERTURN_JOURNAL_READER_H_
#define EVERTURN_JOURNAL_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "everturn/session.h"
#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/scan.h"

namespace everturn {

struct LineLimits {
  std::uint64_t max_line_bytes = 64ULL << 20;  // a longer line is not read into memory
};

class LineSink {
 public:
  virtual ~LineSink() = default;
  // One line without its '\n'; kJsonPadding bytes behind it are readable. False stops.
  virtual bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) = 0;
  // A line over the limit; `length` counts its '\n' if it has one.
  virtual bool on_long_line(std::uint64_t offset, std::uint64_t length) = 0;
  // A range that the disk cannot read, as long as it goes. `front` is what stands before it on its
  // line, as in on_line(); what stands behind it comes as the next line, which begins at its end.
  virtual bool on_unreadable(std::uint64_t offset, std::uint64_t length,
                             std::string_view front) = 0;
  // The bytes given so far are about to be overwritten.
  virtual void on_window_end() {}
};

// Visits file[begin, end) in pieces; `unavailable` if it became shorter, and an `io` that names the
// range and the remedy for what the disk cannot read.
Status for_each_piece(File& file, std::uint64_t begin, std::uint64_t end,
                      const std::function<Status(std::string_view)>& visit);

// Gives the lines of file[begin, end) to the sink, in order. What the disk cannot read (EIO) is
// told to the sink as ranges of whole pages, and the reading goes on behind them; the error of the
// disk for a file of which nothing can be read. Memory: 256 KiB and the longest line.
Status read_lines(File& file, std::uint64_t begin, std::uint64_t end, const LineLimits& limits,
                  LineSink& sink);

// To all of the following, a range that cannot be read is content, and neither a line end nor part
// of a record.

// Where the line that ends at `at` begins (its own '\n', if any, is file[at - 1]); 0 for the first.
Result<std::uint64_t> line_start_before(File& file, std::uint64_t at);

// The offset at which the last `count` non-blank lines before `end` begin; 0 if there are fewer.
Result<std::uint64_t> start_of_last_lines(File& file, std::uint64_t end, std::uint64_t count);

// How a session file ends.
struct TailState {
  std::uint64_t size = 0;
  // Behind the last line that is not blank, if it is terminated; else behind what of it is settled
  // (see settled_size), or behind the one before.
  std::uint64_t content_end = 0;
  std::uint64_t write_at = 0;  // where the next record goes
  // Padding stands at write_at, up to the end of the file: tabs, and perhaps one '\n' behind
  // them.
  std::uint64_t padding = 0;
  // No '\n' ends the file: one must go in front of the next record. The unterminated line, where it
  // holds more than blanks, begins at fragment_at; if a part of it is settled, the rest does.
  bool needs_guard = false;
  std::uint64_t fragment_at = 0;
};

// Looks at the end of a file of `size` bytes. With `padded_tails`, one last line of at most
// kPaddingMax tabs is padding.
inline constexpr std::uint64_t kPaddingMax = 16384;
Result<TailState> read_tail(File& file, std::uint64_t size, bool padded_tails);

// The generation part of positions and versions: which incarnation of the file this is. Never 0.
std::uint64_t generation_of(const FileId& id);

// The hash that a version holds, of the last whole record before `content_end`; zero if none.
Result<Digest128> hash_of_last_record(File& file, std::uint64_t content_end, bool padded_tails);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_READER_H_
