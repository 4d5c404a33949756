// SPDX-License-Identifier: Apache-2.0
// What nanobot cannot read although it is JSON: Python's parser recurses, limits the digits of an
// integer, and accepts lone surrogates that it then cannot write as UTF-8.
#ifndef EVERTURN_VIEWS_NANOBOT_LIMITS_H_
#define EVERTURN_VIEWS_NANOBOT_LIMITS_H_

#include <cstddef>
#include <string_view>

#include "everturn/status.h"

namespace everturn {

// Python stops at about 1,000 calls. Its parser takes one a level, but nanobot's listing and
// forking copy a record, which takes two, and the agent around them has used some. One record too
// deep, and the listing of all sessions fails.
inline constexpr std::size_t kNanobotDepth = 400;
// sys.int_info.default_max_str_digits. Numbers with a fraction or an exponent have no such limit.
inline constexpr std::size_t kNanobotDigits = 4300;

// Ok if nanobot can read `record`, which must be one JSON object, and write it again; else
// `invalid` with the reason and the byte. Pure; any thread.
Status check_nanobot_can_read(std::string_view record);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_NANOBOT_LIMITS_H_
