// SPDX-License-Identifier: Apache-2.0
// A batch: records on their way to an engine, checked and joined, ready for one write.
#ifndef EVERTURN_STORE_BATCH_H_
#define EVERTURN_STORE_BATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "everturn/session.h"
#include "everturn/status.h"
#include "store/beside.h"

namespace everturn {

struct Batch {
  struct Line {
    std::size_t offset = 0;  // in `framed`
    std::size_t size = 0;    // without its '\n'
  };
  // One '\n', then the lines, each with its '\n'. The first '\n' is only written behind an
  // unterminated line.
  std::string framed = "\n";
  std::vector<Line> lines;

  [[nodiscard]] std::string_view record(std::size_t i) const {
    return std::string_view(framed).substr(lines[i].offset, lines[i].size);
  }
  // All lines, without the guard in front.
  [[nodiscard]] std::string_view bytes() const { return std::string_view(framed).substr(1); }
  void add(std::string_view record);
};

// The most bytes one batch may have: one write, with room for what the store adds.
inline constexpr std::uint64_t kMaxBatchBytes = 1ULL << 30;

// `invalid` names the record (counted from 1) and the byte: not one JSON object, longer than
// `max_record_bytes`, with a raw line break, or the batch is too large.
Result<Batch> make_batch(std::span<const std::string_view> records, std::uint64_t max_record_bytes);

// The records of a save, as the caller gave them; they must stay until this goes. Looking at each
// takes about as long as the disk takes to keep them, so many are looked at by a thread of their
// own while the engine writes them to where nobody reads. One thread at a time.
class SaveContent {
 public:
  // `invalid` for a record or a sum of records that is too large.
  static Result<SaveContent> begin(std::span<const std::string_view> records,
                                   std::uint64_t max_record_bytes);

  // Waits for the verdict: `invalid` in the words of make_batch. To be asked before anything of the
  // session changes.
  const Status& check();
  [[nodiscard]] std::span<const std::string_view> records() const { return records_; }
  // Of all lines, each with its '\n'.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // The lines from record `first` on.
  [[nodiscard]] Batch joined(std::size_t first = 0) const;

  // Worth a thread of its own: fewer bytes are worked through before a thread has started.
  [[nodiscard]] bool is_large() const { return bytes_ >= 128 << 10; }

 private:
  SaveContent(std::span<const std::string_view> records, std::uint64_t bytes)
      : records_(records), bytes_(bytes) {}

  std::span<const std::string_view> records_;
  std::uint64_t bytes_;
  std::unique_ptr<JsonChecker> checker_ = std::make_unique<JsonChecker>();
  std::optional<Beside> running_;
  std::optional<Status> verdict_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_BATCH_H_
