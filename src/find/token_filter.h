// SPDX-License-Identifier: Apache-2.0
// Bloom filters: a few bits for each token of a stretch of text. A token that was put in is always
// there; one of a hundred others seems to be. Pure; any thread.
#ifndef EVERTURN_FIND_TOKEN_FILTER_H_
#define EVERTURN_FIND_TOKEN_FILTER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace everturn {

// `salt` keeps a filter from being compared with hashes of known words.
std::string make_filter(std::span<const std::uint64_t> tokens, std::uint64_t salt);
// May all of `tokens` be in it?
bool may_hold(std::string_view filter, std::span<const std::uint64_t> tokens, std::uint64_t salt);

}  // namespace everturn

#endif  // EVERTURN_FIND_TOKEN_FILTER_H_
