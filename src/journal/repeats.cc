// SPDX-License-Identifier: Apache-2.0
#include "journal/repeats.h"

#include <utility>

#include "base/digest.h"

namespace everturn {

std::optional<RepeatedRun> RepeatFinder::add(std::uint64_t offset, std::uint64_t end,
                                             std::string_view bytes) {
  if (seen_.empty()) {
    seen_.resize(kWindow);
    slots_.resize(kSlots);
  }
  const std::uint64_t hash = hash64(bytes);
  std::uint32_t& slot = slots_[hash % kSlots];
  std::optional<RepeatedRun> ended;
  if (run_.records > 0 && !is_known(expected_, hash)) ended = interrupt();
  if (run_.records == 0) {
    // Of the number only the low bits are kept; the window tells the others.
    const std::uint64_t number = count_ - (static_cast<std::uint32_t>(count_) - slot);
    if (slot != 0 && is_known(number, hash)) {
      expected_ = number;
      run_ = {offset, 0, 0, seen_[number % kWindow].offset};
    }
  }
  if (expected_ != 0) {
    ++run_.records;
    run_.length = end - run_.offset;
    ++expected_;
  }
  ++count_;
  seen_[count_ % kWindow] = {hash, offset};
  slot = static_cast<std::uint32_t>(count_);
  return ended;
}

std::optional<RepeatedRun> RepeatFinder::interrupt() {
  expected_ = 0;
  const RepeatedRun run = std::exchange(run_, {});
  if (run.records < kRecordsMin || run.length < kBytesMin) return std::nullopt;
  return run;
}

}  // namespace everturn
