// SPDX-License-Identifier: Apache-2.0
// Which names a session has told, by their hashes: a Bloom filter. A name that it does not have was
// never told; one that it has may only seem to be there, now and then. One thread.
#ifndef EVERTURN_VIEWS_NAME_FILTER_H_
#define EVERTURN_VIEWS_NAME_FILTER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bloom.h"

namespace everturn {

class NameFilter {
 public:
  // More names than this take no more room, and are told from others less and less.
  static constexpr std::size_t kMostBytes = 8192;

  // With room for so many names, and as many to come. 0: none yet, and no room taken.
  explicit NameFilter(std::size_t names = 0)
      : bits_(names == 0 ? 0 : std::clamp(names * kBytesAName, kLeast, kMostBytes), '\0') {}
  explicit NameFilter(std::string_view kept) : bits_(kept) {}

  void add(std::uint64_t name) {
    if (bits_.empty()) bits_.assign(kLeast, '\0');
    for_each_bloom_bit(name, bits_.size(), [this](std::size_t byte, unsigned bit) {
      bits_[byte] = static_cast<char>(static_cast<unsigned char>(bits_[byte]) | bit);
      return true;
    });
  }
  [[nodiscard]] bool may_have(std::uint64_t name) const {
    return !bits_.empty() &&
           for_each_bloom_bit(name, bits_.size(), [this](std::size_t byte, unsigned bit) {
             return (static_cast<unsigned char>(bits_[byte]) & bit) != 0;
           });
  }
  // As the constructor takes it.
  [[nodiscard]] std::string_view kept() const { return bits_; }

 private:
  // One of 5,000 strangers seems to be there; once the names are twice as many, one of 400.
  static constexpr std::size_t kBytesAName = 4;
  static constexpr std::size_t kLeast = 128;

  std::string bits_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_NAME_FILTER_H_
