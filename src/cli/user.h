// SPDX-License-Identifier: Apache-2.0
// What cannot be taken back: who did it, and what else tells of it.
#ifndef EVERTURN_CLI_USER_H_
#define EVERTURN_CLI_USER_H_

#include <string>

#include "cli/context.h"

namespace everturn::cli {

// "uid 1000 (jane)", safe to show: for an audit line.
std::string who();

// Text of `store` is gone for good: where its folder is one of an agent's, it may also stand in
// what listings and searches of all agents keep, which is removed.
Status forget_in_agents(Store& store, Context& context);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_USER_H_
