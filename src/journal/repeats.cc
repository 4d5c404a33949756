// SPDX-License-Identifier: Apache-2.0
#include "journal/repeats.h"

#include <cstring>
#include <utility>

#include "base/digest.h"

namespace everturn {
namespace {

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Of a long record its length and a few words from its ends, where records have their ids and
// times: this is done to every record that is read, and must cost next to nothing beside that.
std::uint64_t fingerprint(std::string_view bytes) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
  if (bytes.size() < 64) return hash64(bytes);
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const std::uint64_t first = (eight_bytes(begin + 16) ^ bytes.size()) * kOdd;
  const std::uint64_t second = (eight_bytes(begin + 36) ^ eight_bytes(end - 40)) * kOdd;
  const std::uint64_t third = (eight_bytes(end - 24) ^ (first >> 29)) * kOdd;
  const std::uint64_t fourth = (eight_bytes(end - 12) ^ (second >> 31) ^ third) * kOdd;
  return fourth ^ (fourth >> 32);
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
  const std::uint32_t tag = static_cast<std::uint32_t>(hash >> 32) & 0xFFFF0000U;
  std::optional<RepeatedRun> ended;
  if (run_.records > 0 && !is_known(expected_, hash)) ended = interrupt();
  if (run_.records == 0) {
    // Of the number only the low bits are kept; the window tells the others.
    const std::uint64_t number = count_ - static_cast<std::uint16_t>(count_ - slot);
    if (slot != 0 && (slot & 0xFFFF0000U) == tag && is_known(number, hash)) {
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
  slot = tag | static_cast<std::uint16_t>(count_);
  return ended;
}

std::optional<RepeatedRun> RepeatFinder::interrupt() {
  expected_ = 0;
  const RepeatedRun run = std::exchange(run_, {});
  if (run.records < kRecordsMin || run.length < kBytesMin) return std::nullopt;
  return run;
}

}  // namespace everturn
