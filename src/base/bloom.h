// SPDX-License-Identifier: Apache-2.0
// The places of a member in a Bloom filter: what was put in is always found, and now and then
// something else seems to be. Pure; any thread.
#ifndef EVERTURN_BASE_BLOOM_H_
#define EVERTURN_BASE_BLOOM_H_

#include <cstddef>
#include <cstdint>

namespace everturn {

// Calls visit(byte, mask) for each place of `hash` in a filter of `bytes`, at least one; false from
// it ends that.
template <class Visit>
bool for_each_bloom_bit(std::uint64_t hash, std::size_t bytes, const Visit& visit) {
  constexpr int kProbes = 4;
  // The finisher of splitmix64.
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
  hash ^= hash >> 31;
  const std::uint64_t step = (hash >> 32) | 1U;
  std::uint64_t place = hash & 0xFFFFFFFFU;
  for (int i = 0; i < kProbes; ++i, place += step) {
    const std::uint64_t bit = place % (bytes * 8);
    if (!visit(static_cast<std::size_t>(bit / 8), 1U << (bit % 8))) return false;
  }
  return true;
}

}  // namespace everturn

#endif  // EVERTURN_BASE_BLOOM_H_
