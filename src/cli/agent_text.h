// SPDX-License-Identifier: Apache-2.0
// What is told of an agent's session besides its records.
#ifndef EVERTURN_CLI_AGENT_TEXT_H_
#define EVERTURN_CLI_AGENT_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/context.h"
#include "everturn/report.h"
#include "views/overview.h"

namespace everturn::cli {

// Reads a few records of the beginning and of the end. Damage is passed over; what cannot be read
// at all gives an empty one.
Overview overview_of(Store& store, const SessionInfo& session);

// "3 min", "5 h", "12 d": how long ago that was.
std::string age_text(std::int64_t then_ns, std::int64_t now_ns);

// `text` on one line of at most `width` cells, safe to show.
std::string clipped(std::string_view text, std::size_t width);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_AGENT_TEXT_H_
