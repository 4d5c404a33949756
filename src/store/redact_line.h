// SPDX-License-Identifier: Apache-2.0
// One line with its matches taken out. Pure; any thread.
#ifndef EVERTURN_STORE_REDACT_LINE_H_
#define EVERTURN_STORE_REDACT_LINE_H_

#include <optional>
#include <string>
#include <string_view>

#include "everturn/redact.h"

namespace everturn {

// The line without them, or nullopt if there are none; adds to `counts`. What is an object stays
// one; any other line is taken as text.
std::optional<std::string> redact_line(std::string_view line, const RedactFinder& find,
                                       RedactCounts& counts);

}  // namespace everturn

#endif  // EVERTURN_STORE_REDACT_LINE_H_
