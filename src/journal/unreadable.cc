// SPDX-License-Identifier: Apache-2.0
#include "journal/unreadable.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/try.h"

namespace everturn {
namespace {

bool is_of_the_disk(const Status& status) {
  return status.code() == Code::io && status.system_error() == EIO;
}

// From `offset` to the end of its page, at most `most`.
std::size_t rest_of_page(std::uint64_t offset, std::uint64_t most) {
  return static_cast<std::size_t>(std::min(kPageBytes - offset % kPageBytes, most));
}

}  // namespace

Result<ReadableRun> read_up_to_hole(File& file, std::uint64_t offset, char* into,
                                    std::size_t size) {
  const Result<std::size_t> whole = file.read_at(offset, into, size);
  if (whole) return ReadableRun{*whole, {}};
  if (!is_of_the_disk(whole.status())) return whole.status();
  ReadableRun run;
  while (run.size < size) {
    const std::size_t want = rest_of_page(offset + run.size, size - run.size);
    const Result<std::size_t> got = file.read_at(offset + run.size, into + run.size, want);
    if (!got && !is_of_the_disk(got.status())) return got.status();
    if (!got) {
      run.hole = got.status();
      break;
    }
    run.size += *got;
    if (*got < want) break;
  }
  return run;
}

Result<std::uint64_t> end_of_hole(File& file, std::uint64_t offset, std::uint64_t end) {
  // The first page counts as unreadable even if it is read now: a disk that cannot make up its mind
  // must not keep a reader for ever.
  std::uint64_t at = offset + rest_of_page(offset, end - offset);
  char page[kPageBytes];
  while (at < end) {
    const std::size_t want = rest_of_page(at, end - at);
    const Result<std::size_t> got = file.read_at(at, page, want);
    if (got) break;
    if (!is_of_the_disk(got.status())) return got.status();
    at += want;
  }
  return at;
}

Result<std::size_t> read_around_holes(File& file, std::uint64_t offset, char* into,
                                      std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ReadableRun run = TRY(read_up_to_hole(file, offset + done, into + done, size - done));
    done += run.size;
    if (run.hole.ok()) break;
    const std::uint64_t end = TRY(end_of_hole(file, offset + done, offset + size));
    const auto hole = static_cast<std::size_t>(end - (offset + done));
    std::memset(into + done, 0, hole);
    done += hole;
  }
  return done;
}

Status unreadable_range(std::uint64_t offset, std::uint64_t length) {
  return {Code::io,
          "the disk cannot read " + std::to_string(length) + " bytes at byte " +
              std::to_string(offset) +
              " of the file, and what cannot be read can be neither copied nor set aside: take "
              "what can be read (everturn rescue, or everturn load SESSION | everturn save OTHER), "
              "or bring the file back from a backup",
          EIO};
}

Status told_of_hole(File& file, std::uint64_t begin, std::uint64_t end, const Status& failure) {
  if (!is_of_the_disk(failure)) return failure;
  char page[kPageBytes];
  for (std::uint64_t at = begin; at < end;) {
    const std::size_t want = rest_of_page(at, end - at);
    const ReadableRun run = TRY(read_up_to_hole(file, at, page, want));
    if (!run.hole.ok()) {
      const std::uint64_t behind = TRY(end_of_hole(file, at, end));
      return unreadable_range(at, behind - at);
    }
    at += want;
  }
  return failure;
}

}  // namespace everturn
