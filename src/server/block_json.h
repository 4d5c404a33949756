// SPDX-License-Identifier: Apache-2.0
// What a person reads of a session, as JSON for the page. Pure.
#ifndef EVERTURN_SERVER_BLOCK_JSON_H_
#define EVERTURN_SERVER_BLOCK_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "views/blocks.h"
#include "views/outline.h"

namespace everturn::server {

// Texts longer than this are cut; "text_bytes" then tells how long the whole is.
inline constexpr std::size_t kBlockText = 64 << 10;

// brief: for what comes late in a page that is large already. Texts are cut after kBriefText, and
// images are only named.
enum class Detail : std::uint8_t { usual, brief };
inline constexpr std::size_t kBriefText = 1 << 10;

std::string block_json(const Block& block, Detail detail);
std::string turn_json(const Turn& turn);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_BLOCK_JSON_H_
