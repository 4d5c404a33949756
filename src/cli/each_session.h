// SPDX-License-Identifier: Apache-2.0
// For commands that take several sessions: one failure does not keep the others from being done.
#ifndef EVERTURN_CLI_EACH_SESSION_H_
#define EVERTURN_CLI_EACH_SESSION_H_

#include <functional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace everturn::cli {

// Calls `act` for each key, reports each failure, and gives the exit status of the first one, else
// 0. Stops at a signal that StopSignals caught. More than one key shows its progress.
int for_each_session(const std::vector<std::string>& keys, std::string_view doing, Context& context,
                     const std::function<Status(const std::string&)>& act);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_EACH_SESSION_H_
