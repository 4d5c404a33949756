// SPDX-License-Identifier: Apache-2.0
// A batch: records on their way to an engine, checked and joined, ready for one write.
#ifndef EVERTURN_STORE_BATCH_H_
#define EVERTURN_STORE_BATCH_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "everturn/session.h"
#include "everturn/status.h"

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
Result<Batch> make_batch(std::span<const std::string_view> records, std::uint64_t max_record_bytes,
                         JsonChecker& checker);

}  // namespace everturn

#endif  // EVERTURN_STORE_BATCH_H_
