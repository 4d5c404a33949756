// SPDX-License-Identifier: Apache-2.0
#ifndef EVERTURN_FIND_PROJECT_BESIDE_H_
#define EVERTURN_FIND_PROJECT_BESIDE_H_

#include <string>

#include "everturn/report.h"

namespace everturn {

// The project's folder, where the agent keeps it in a file beside its sessions and not in them:
// Gemini CLI in .project_root, nanobot in .workspace. "" for other agents, if it is not told, and
// for a session in a store of one's own.
std::string project_beside(const SessionInfo& session);

}  // namespace everturn

#endif  // EVERTURN_FIND_PROJECT_BESIDE_H_
