// SPDX-License-Identifier: Apache-2.0
// The listing of what the agents of this machine wrote.
#ifndef EVERTURN_CLI_LIST_AGENTS_H_
#define EVERTURN_CLI_LIST_AGENTS_H_

#include <optional>
#include <string>

#include "cli/context.h"

namespace everturn::cli {

struct AgentListArguments {
  std::optional<std::string> project;  // a folder: sessions that began in it, or below
  std::optional<std::string> agent;
  std::optional<std::string> since;
  bool check = false;   // read all of them, not only as many as take no time
  bool all = false;     // also on a terminal; and sub-agents
  bool strict = false;  // exit with 5 if there is damage
};

// "90m", "12h", "7d", "2w": so long ago; or an ISO 8601 time. Nanoseconds since 1970.
Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ns);

Result<int> list_agents(const AgentListArguments& arguments, Context& context);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_LIST_AGENTS_H_
