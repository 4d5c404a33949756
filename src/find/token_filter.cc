// SPDX-License-Identifier: Apache-2.0
#include "find/token_filter.h"

#include <algorithm>

#include "base/bloom.h"

namespace everturn {
namespace {

constexpr std::size_t kBitsPerToken = 10;

}  // namespace

std::string make_filter(std::span<const std::uint64_t> tokens, std::uint64_t salt) {
  std::string filter(std::max<std::size_t>(8, tokens.size() * kBitsPerToken / 8), '\0');
  for (const std::uint64_t token : tokens) {
    for_each_bloom_bit(token ^ salt, filter.size(), [&](std::size_t byte, unsigned bit) {
      filter[byte] = static_cast<char>(static_cast<unsigned char>(filter[byte]) | bit);
      return true;
    });
  }
  return filter;
}

bool may_hold(std::string_view filter, std::span<const std::uint64_t> tokens, std::uint64_t salt) {
  if (filter.empty()) return true;
  return std::all_of(tokens.begin(), tokens.end(), [&](std::uint64_t token) {
    return for_each_bloom_bit(token ^ salt, filter.size(), [&](std::size_t byte, unsigned bit) {
      return (static_cast<unsigned char>(filter[byte]) & bit) != 0;
    });
  });
}

}  // namespace everturn
