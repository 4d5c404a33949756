// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648, section 5).
#ifndef EVERTURN_BASE_BASE64URL_H_
#define EVERTURN_BASE_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace everturn {

std::string base64url_encode(std::string_view bytes);

// The bytes whose encoding is exactly `text`, else nullopt: no padding, no other alphabet, no white
// space, no impossible length, no bits set behind the last byte.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_BASE_BASE64URL_H_
