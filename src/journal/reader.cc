// SPDX-License-Identifier: Apache-2.0
#include "journal/reader.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/try.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

constexpr std::size_t kBackwardStep = 64 << 10;

// The offset of the last '\n' of `bytes`, or npos: string_view::rfind goes byte by byte.
std::size_t last_newline(std::string_view bytes) {
  const void* found = bytes.empty() ? nullptr : ::memrchr(bytes.data(), '\n', bytes.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

// Visits file[0, end), holes as NUL bytes, in steps from the end to the beginning; stops when
// `visit` returns false.
Status read_backwards(File& file, std::uint64_t end, std::size_t step,
                      const std::function<bool(std::uint64_t offset, std::string_view)>& visit) {
  auto bytes = std::make_unique_for_overwrite<char[]>(kBackwardStep);
  while (end > 0) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(step, end));
    const std::size_t got = TRY(read_around_holes(file, end - want, bytes.get(), want));
    if (got < want) return {Code::unavailable, "the file became shorter while it was read"};
    end -= want;
    if (!visit(end, {bytes.get(), want})) break;
    step = kBackwardStep;
  }
  return {};
}

// The last byte before `end` that is not blank.
struct LastContent {
  bool found = false;
  std::uint64_t line_end = 0;       // behind the '\n' that follows it; 0 if none does
  bool only_padding_behind = true;  // between line_end and `end`, apart from a final '\n'
};

Result<LastContent> find_last_content(File& file, std::uint64_t end) {
  LastContent last;
  bool plain_line_end = true;  // the newest '\n' seen stands at the very end
  CHECK_OK(read_backwards(file, end, 512, [&](std::uint64_t offset, std::string_view bytes) {
    for (std::size_t i = bytes.size(); i > 0; --i) {
      const char c = bytes[i - 1];
      if (c == '\n') {
        if (last.line_end != 0 && !plain_line_end) last.only_padding_behind = false;
        plain_line_end = offset + i == end;
        last.line_end = offset + i;
      } else if (!is_blank(bytes.substr(i - 1, 1))) {
        last.found = true;
        return false;
      } else if (c != kPaddingByte) {
        last.only_padding_behind = false;
      }
    }
    return true;
  }));
  if (!last.found) last.line_end = 0;
  return last;
}

// Where the settled part of the unterminated line file[begin, end) ends; `begin` if none is.
Result<std::uint64_t> settled_end(File& file, std::uint64_t begin, std::uint64_t end) {
  std::string line(static_cast<std::size_t>(end - begin), '\0');
  const std::size_t got = TRY(read_around_holes(file, begin, line.data(), line.size()));
  return got == line.size() ? begin + settled_size(line) : begin;
}

}  // namespace

Result<std::uint64_t> line_start_before(File& file, std::uint64_t at) {
  std::uint64_t start = 0;
  CHECK_OK(read_backwards(file, at == 0 ? 0 : at - 1, 4096,
                          [&](std::uint64_t offset, std::string_view bytes) {
                            const std::size_t newline = last_newline(bytes);
                            if (newline == std::string_view::npos) return true;
                            start = offset + newline + 1;
                            return false;
                          }));
  return start;
}

Result<std::uint64_t> start_of_last_lines(File& file, std::uint64_t end, std::uint64_t count) {
  std::uint64_t start = 0;
  std::uint64_t missing = count;
  bool line_has_content = false;
  CHECK_OK(
      read_backwards(file, end, kBackwardStep, [&](std::uint64_t offset, std::string_view bytes) {
        std::size_t stop = bytes.size();
        while (stop > 0) {
          const std::size_t newline = last_newline(bytes.substr(0, stop));
          const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
          line_has_content = line_has_content || !is_blank(bytes.substr(begin, stop - begin));
          if (newline == std::string_view::npos) return true;
          if (line_has_content && --missing == 0) {
            start = offset + begin;
            return false;
          }
          line_has_content = false;
          stop = newline;
        }
        return true;
      }));
  return start;
}

Result<TailState> read_tail(File& file, std::uint64_t size, bool padded_tails) {
  TailState tail;
  tail.size = tail.write_at = size;
  const LastContent last = TRY(find_last_content(file, size));
  if (last.found && last.line_end == 0) {  // content that no '\n' ends
    tail.fragment_at = TRY(line_start_before(file, size));
    tail.needs_guard = true;
    // A line that nobody reads into memory counts as content, as it does for a reader.
    const bool too_long = size - tail.fragment_at > LineLimits{}.max_line_bytes;
    tail.content_end = too_long ? size : TRY(settled_end(file, tail.fragment_at, size));
    if (tail.content_end > tail.fragment_at) {
      if (tail.content_end < size) tail.fragment_at = tail.content_end;
      return tail;
    }
    const LastContent before = TRY(find_last_content(file, tail.fragment_at));
    tail.content_end = before.found ? before.line_end : 0;
    return tail;
  }
  tail.content_end = last.line_end;
  const std::uint64_t blank = size - tail.content_end;
  if (blank == 0) return tail;
  char final_byte = 0;
  TRY(file.read_at(size - 1, &final_byte, 1));
  const std::uint64_t bytes = blank - (final_byte == '\n' ? 1 : 0);
  if (padded_tails && last.only_padding_behind && bytes > 0 && bytes <= kPaddingMax) {
    tail.write_at = tail.content_end;
    tail.padding = blank;
  } else {
    tail.needs_guard = final_byte != '\n';
  }
  return tail;
}

std::uint64_t generation_of(const FileId& id) {
  char bytes[16];
  std::memcpy(bytes, &id.inode, 8);
  std::memcpy(bytes + 8, &id.birth_ns, 8);
  const std::uint64_t hash = hash64({bytes, sizeof bytes});
  return hash == 0 ? 1 : hash;
}

Result<Digest128> hash_of_last_record(File& file, std::uint64_t content_end, bool padded_tails) {
  // Damaged lines may stand at the end, and what of them is a record depends on the last good line
  // before them: steps back to that one, and reads forwards from there.
  class LastRecord : public ScanSink, public LineSink {
   public:
    explicit LastRecord(bool padded_tails) : scanner_(ScanOptions{padded_tails}, *this) {}
    bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
      const bool go_on = scanner_.line(offset, bytes, terminated);
      if (is_first_) starts_well = hash.has_value() && !saw_damage_;
      is_first_ = false;
      return go_on;
    }
    bool on_long_line(std::uint64_t, std::uint64_t) override {
      is_first_ = false;
      return true;
    }
    bool on_unreadable(std::uint64_t offset, std::uint64_t length,
                       std::string_view front) override {
      is_first_ = false;
      return scanner_.unreadable(offset, length, front);
    }
    bool on_record(const ScannedRecord& record) override {
      hash = hash128(record.bytes);
      return true;
    }
    bool on_damage(Damage) override {
      saw_damage_ = true;
      return true;
    }
    std::optional<Digest128> hash;
    bool starts_well = false;

   private:
    Scanner scanner_;
    bool is_first_ = true;
    bool saw_damage_ = false;
  };
  std::uint64_t start = content_end;
  for (std::uint64_t lines = 1; start > 0; lines *= 2) {
    start = TRY(start_of_last_lines(file, content_end, lines));
    LastRecord last(padded_tails);
    CHECK_OK(read_lines(file, start, content_end, {}, last));
    if (last.hash && (last.starts_well || start == 0)) return *last.hash;
  }
  return Digest128{};
}

}  // namespace everturn
