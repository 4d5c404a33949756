// SPDX-License-Identifier: Apache-2.0
// Two bytes of a hash of each of the last records: enough to say that a block of records was not
// written before, in all but a few cases. One thread.
#ifndef EVERTURN_VIEWS_RECORD_PRINTS_H_
#define EVERTURN_VIEWS_RECORD_PRINTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace everturn {

class RecordPrints {
 public:
  // As many as a block that was written twice is looked for among, and it has two records at least.
  static constexpr std::size_t kRecords = 2048 + 8;

  RecordPrints() = default;
  explicit RecordPrints(std::string_view kept) : prints_(kept) {}

  void add(std::string_view record) {
    if (prints_.size() >= 2 * kMostBytes) prints_.erase(0, prints_.size() - kMostBytes);
    const std::uint64_t hash = hash64(record);
    prints_ += static_cast<char>(hash & 0xFF);
    prints_ += static_cast<char>(hash >> 8 & 0xFF);
  }
  // False: the last two that were added do not stand before, in this order.
  [[nodiscard]] bool may_repeat() const {
    if (prints_.size() < 3 * kPrint) return false;
    const std::string_view all = kept();
    const std::string_view last = all.substr(all.size() - 2 * kPrint);
    for (std::size_t at = 0; at + 3 * kPrint <= all.size(); at += kPrint) {
      if (all.substr(at, 2 * kPrint) == last) return true;
    }
    return false;
  }
  // As the constructor takes it.
  [[nodiscard]] std::string_view kept() const {
    return std::string_view(prints_).substr(prints_.size() - std::min(prints_.size(), kMostBytes));
  }

 private:
  static constexpr std::size_t kPrint = 2;
  static constexpr std::size_t kMostBytes = kPrint * kRecords;

  std::string prints_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_RECORD_PRINTS_H_
