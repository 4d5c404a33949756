// SPDX-License-Identifier: Apache-2.0
#include "journal/repeats.h"

#include <utility>

#include "base/digest.h"

namespace everturn {
namespace {

// Of a long record, its length and both ends: there is where records have their ids and times.
std::uint64_t fingerprint(std::string_view bytes) {
  constexpr std::size_t kEnd = 64;
  if (bytes.size() <= 2 * kEnd) return hash64(bytes);
  const std::uint64_t mixed = hash64(bytes.substr(0, kEnd)) * 0x9E3779B97F4A7C15U + bytes.size();
  return mixed ^ hash64(bytes.substr(bytes.size() - kEnd));
}

}  // namespace

std::optional<RepeatedRun> RepeatFinder::add(std::uint64_t offset, std::uint64_t end,
                                             std::string_view bytes) {
  if (seen_.empty()) {
    seen_.resize(kWindow);
    slots_.resize(kSlots);
  }
  const std::uint64_t hash = fingerprint(bytes);
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
