// SPDX-License-Identifier: Apache-2.0
// What a person reads of a session, as JSON for the page. Pure.
#ifndef EVERTURN_SERVER_BLOCK_JSON_H_
#define EVERTURN_SERVER_BLOCK_JSON_H_

#include <cstddef>
#include <string>

#include "views/blocks.h"
#include "views/outline.h"

namespace everturn::server {

// Texts longer than this are cut; "text_bytes" then tells how long the whole is.
inline constexpr std::size_t kBlockText = 64 << 10;

std::string block_json(const Block& block);
std::string turn_json(const Turn& turn);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_BLOCK_JSON_H_
