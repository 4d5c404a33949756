// SPDX-License-Identifier: Apache-2.0
#include "find/token_filter.h"

#include <algorithm>

namespace everturn {
namespace {

constexpr std::size_t kBitsPerToken = 10;
constexpr int kProbes = 4;

// The finisher of splitmix64.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

// Calls visit(byte, bit) for each place of the token; false from it ends that.
template <class Visit>
bool for_each_bit(std::uint64_t token, std::uint64_t salt, std::size_t bytes, const Visit& visit) {
  const std::uint64_t hash = mixed(token ^ salt);
  const std::uint64_t step = (hash >> 32) | 1U;
  std::uint64_t place = hash & 0xFFFFFFFFU;
  for (int i = 0; i < kProbes; ++i, place += step) {
    const std::uint64_t bit = place % (bytes * 8);
    if (!visit(static_cast<std::size_t>(bit / 8), 1U << (bit % 8))) return false;
  }
  return true;
}

}  // namespace

std::string make_filter(std::span<const std::uint64_t> tokens, std::uint64_t salt) {
  std::string filter(std::max<std::size_t>(8, tokens.size() * kBitsPerToken / 8), '\0');
  for (const std::uint64_t token : tokens) {
    for_each_bit(token, salt, filter.size(), [&](std::size_t byte, unsigned bit) {
      filter[byte] = static_cast<char>(static_cast<unsigned char>(filter[byte]) | bit);
      return true;
    });
  }
  return filter;
}

bool may_hold(std::string_view filter, std::span<const std::uint64_t> tokens, std::uint64_t salt) {
  if (filter.empty()) return true;
  return std::all_of(tokens.begin(), tokens.end(), [&](std::uint64_t token) {
    return for_each_bit(token, salt, filter.size(), [&](std::size_t byte, unsigned bit) {
      return (static_cast<unsigned char>(filter[byte]) & bit) != 0;
    });
  });
}

}  // namespace everturn
