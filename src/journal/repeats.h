// SPDX-License-Identifier: Apache-2.0
// Finds runs of records that seem to repeat earlier ones, as a block leaves them that was written
// twice: by length and a few bytes of each, because a hash of all of them would cost a third of the
// scan. Who has the file makes sure. Pure. Knows the last kWindow records; 40 KiB.
#ifndef EVERTURN_JOURNAL_REPEATS_H_
#define EVERTURN_JOURNAL_REPEATS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace everturn {

// Where the repeating records lie, and where the first of those that they repeat does.
struct RepeatedRun {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t records = 0;
  std::uint64_t earlier = 0;
};

class RepeatFinder {
 public:
  static constexpr std::uint64_t kRecordsMin = 2;
  static constexpr std::uint64_t kBytesMin = 512;

  // The next record, at file[offset, end). Returns the run that it ended, if one did.
  std::optional<RepeatedRun> add(std::uint64_t offset, std::uint64_t end, std::string_view bytes);
  // Something else than a record, or the end of the file: a run goes no further.
  std::optional<RepeatedRun> interrupt();

 private:
  static constexpr std::uint64_t kWindow = 2048;
  static constexpr std::uint64_t kSlots = 2048;
  struct Seen {
    std::uint64_t hash = 0;
    std::uint64_t offset = 0;
  };

  [[nodiscard]] bool is_known(std::uint64_t number, std::uint64_t hash) const {
    return number > 0 && number <= count_ && count_ - number < kWindow &&
           seen_[number % kWindow].hash == hash;
  }

  std::vector<Seen> seen_;  // by number; the first record has 1
  std::vector<std::uint32_t>
      slots_;  // by hash: of the newest record there, 16 bits of its hash and of its number
  std::uint64_t count_ = 0;
  std::uint64_t expected_ = 0;  // the number of the record that would go on with the run
  RepeatedRun run_;
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_REPEATS_H_
