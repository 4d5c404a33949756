// SPDX-License-Identifier: Apache-2.0
// How an agent goes on with one of its sessions.
#ifndef EVERTURN_CLI_RESUME_COMMAND_H_
#define EVERTURN_CLI_RESUME_COMMAND_H_

#include <string>

#include "everturn/report.h"

namespace everturn::cli {

// The command that goes on with the session in its own agent. `project`: where it was at work; "":
// not known. Empty where no command is known, for a sub-agent, and for names that could mean
// something else to a shell or a program. OpenClaw's has TEXT where the next message goes.
std::string resume_command(const SessionInfo& session, const std::string& project);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_RESUME_COMMAND_H_
