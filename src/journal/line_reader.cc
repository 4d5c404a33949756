// SPDX-License-Identifier: Apache-2.0
// Reading a session file forwards.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/try.h"
#include "journal/reader.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kWindow = 256 << 10;

// A buffer that is not zeroed when it grows, with kJsonPadding bytes behind its capacity.
class Buffer {
 public:
  explicit Buffer(std::size_t capacity) { reserve(capacity, 0); }
  void reserve(std::size_t capacity, std::size_t keep) {
    auto bigger = std::make_unique_for_overwrite<char[]>(capacity + kJsonPadding);
    if (keep > 0) std::memcpy(bigger.get(), bytes_.get(), keep);
    std::memset(bigger.get() + keep, 0, kJsonPadding);
    bytes_ = std::move(bigger);
    capacity_ = capacity;
  }
  char* data() { return bytes_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

// The state of one forward reading.
class LineReader {
 public:
  LineReader(File& file, std::uint64_t begin, std::uint64_t end, const LineLimits& limits,
             LineSink& sink)
      : file_(file),
        at_(begin),
        end_(end),
        limits_(limits),
        sink_(sink),
        buffer_(static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, end - begin) + 1)) {}

  Status run() {
    while (go_on_ && at_ < end_) {
      if (held_ == buffer_.capacity()) buffer_.reserve(buffer_.capacity() * 2, held_);
      const std::size_t want =
          static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.capacity() - held_, end_ - at_));
      const ReadableRun got = TRY(read_up_to_hole(file_, at_, buffer_.data() + held_, want));
      at_ += got.size;
      const std::size_t searched = held_;
      held_ += got.size;
      std::memset(buffer_.data() + held_, 0, kJsonPadding);
      give_lines(searched);
      if (go_on_ && held_ > limits_.max_line_bytes) {
        CHECK_OK(skip_long_line());  // and looks at the hole anew, if one was met
      } else if (go_on_ && !got.hole.ok()) {
        CHECK_OK(pass_hole(got.hole));
      } else if (got.size < want) {
        break;  // the file became shorter
      }
    }
    if (go_on_ && held_ > 0) {
      sink_.on_line(at_ - held_, {buffer_.data(), held_}, false);
      sink_.on_window_end();
    }
    return {};
  }

 private:
  void give_lines(std::size_t searched) {
    std::size_t begin = 0;
    std::size_t from = searched;
    const std::uint64_t base = at_ - held_;
    while (go_on_) {
      const void* found = std::memchr(buffer_.data() + from, '\n', held_ - from);
      if (found == nullptr) break;
      const auto newline =
          static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      const std::string_view line(buffer_.data() + begin, newline - begin);
      go_on_ = line.size() > limits_.max_line_bytes
                   ? sink_.on_long_line(base + begin, line.size() + 1)
                   : sink_.on_line(base + begin, line, true);
      begin = from = newline + 1;
    }
    if (begin == 0) return;
    sink_.on_window_end();
    std::memmove(buffer_.data(), buffer_.data() + begin, held_ - begin);
    held_ -= begin;
  }

  // Behind what is held begins a hole. A file of which nothing can be read is not shown as one
  // without records: that is the disk's error.
  Status pass_hole(const Status& why) {
    const std::uint64_t end = TRY(end_of_hole(file_, at_, end_));
    if (at_ == 0 && end == end_) return why;
    go_on_ = sink_.on_unreadable(at_, end - at_, {buffer_.data(), held_});
    sink_.on_window_end();
    held_ = 0;
    at_ = end;
    return {};
  }

  // The held bytes are the beginning of a line over the limit: finds its end, or the next hole,
  // without keeping it.
  Status skip_long_line() {
    const std::uint64_t start = at_ - held_;
    held_ = 0;
    while (at_ < end_) {
      const std::size_t want =
          static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, end_ - at_));
      const ReadableRun got = TRY(read_up_to_hole(file_, at_, buffer_.data(), want));
      const void* found = std::memchr(buffer_.data(), '\n', got.size);
      if (found != nullptr) {
        at_ += static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1;
        break;
      }
      at_ += got.size;
      if (got.size < want) break;
    }
    go_on_ = sink_.on_long_line(start, at_ - start);
    return {};
  }

  File& file_;
  std::uint64_t at_;
  const std::uint64_t end_;
  const LineLimits limits_;
  LineSink& sink_;
  Buffer buffer_;
  std::size_t held_ = 0;  // bytes of an unfinished line at the front of the buffer
  bool go_on_ = true;
};

}  // namespace

Status read_lines(File& file, std::uint64_t begin, std::uint64_t end, const LineLimits& limits,
                  LineSink& sink) {
  if (begin >= end) return {};
  return LineReader(file, begin, end, limits, sink).run();
}

Status for_each_piece(File& file, std::uint64_t begin, std::uint64_t end,
                      const std::function<Status(std::string_view)>& visit) {
  if (begin >= end) return {};
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - begin)),
                    '\0');
  while (begin < end) {
    const std::size_t want =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - begin));
    const Result<std::size_t> got = file.read_at(begin, bytes.data(), want);
    if (!got) return told_of_hole(file, begin, begin + want, got.status());
    if (*got == 0) return {Code::unavailable, "the file became shorter while it was read"};
    CHECK_OK(visit(std::string_view(bytes).substr(0, *got)));
    begin += *got;
  }
  return {};
}

}  // namespace everturn
