// SPDX-License-Identifier: Apache-2.0
// Bytes kept close together, at places that never move: names and rows by the hundred thousand,
// without an allocation each. One thread.
#ifndef EVERTURN_STORE_NAME_ARENA_H_
#define EVERTURN_STORE_NAME_ARENA_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace everturn {

class NameArena {
 public:
  // A copy, which lives as long as this, or whatever this is moved to.
  std::string_view keep(std::string_view bytes) {
    if (left_ < bytes.size()) {
      left_ = std::max(kChunk, bytes.size());
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
      free_ = chunks_.back().get();
    }
    char* const copy = free_;
    bytes.copy(copy, bytes.size());
    free_ += bytes.size();
    left_ -= bytes.size();
    return {copy, bytes.size()};
  }

 private:
  static constexpr std::size_t kChunk = 256 << 10;

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_NAME_ARENA_H_
