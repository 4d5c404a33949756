// SPDX-License-Identifier: Apache-2.0
// Sessions whose transcript is gone, and that are known only by what else the agent has kept: its
// file of prompts, folders and snapshots that were left over. Only looks; any thread.
#ifndef EVERTURN_AGENTS_TRACES_H_
#define EVERTURN_AGENTS_TRACES_H_

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agents/find.h"
#include "fs/fs.h"

namespace everturn {

struct SessionTrace {
  Agent agent = Agent::claude;
  std::string id;
  std::string project;           // "" if it is not told
  std::set<std::string> places;  // "history.jsonl", "todos", ...
  std::uint64_t prompts = 0;     // in the file of prompts
  std::int64_t last_ns = 0;      // since 1970, of the last prompt; 0: not told
};

// Of Claude Code, Codex and Gemini CLI, those that are not among `sessions`, newest first. What
// cannot be read is passed over.
std::vector<SessionTrace> find_session_traces(Fs& fs, std::span<const AgentSource> sources,
                                              std::span<const AgentSession> sessions);

}  // namespace everturn

#endif  // EVERTURN_AGENTS_TRACES_H_
