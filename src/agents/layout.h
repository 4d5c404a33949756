// SPDX-License-Identifier: Apache-2.0
// How each agent names the files of its sessions. Pure; any thread.
#ifndef EVERTURN_AGENTS_LAYOUT_H_
#define EVERTURN_AGENTS_LAYOUT_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agents/folders.h"

namespace everturn {

// What a transcript's place and name say of it.
struct TranscriptName {
  std::string id;             // as the agent calls the session; of a sub-agent its own name
  std::string parent;         // the id of the session that a sub-agent belongs to
  bool is_sub_agent = false;  // `parent` may still be unknown
  bool id_is_inside = false;  // the file's beginning has the full id, the name does not
};

// `folders` lead from where the agent's sessions lie (AgentFolder::below) to the file `name`.
// nullopt: it holds no session.
std::optional<TranscriptName> transcript_name(Agent agent, std::span<const std::string> folders,
                                              std::string_view name);
// Whether sessions may lie in this folder, or below it.
bool may_hold_sessions(Agent agent, std::span<const std::string> folders);

// Whether everything in this folder belongs to sessions: transcripts, their sub-agents, tool
// results. False also for a folder that only leads to such; see may_lead_to_sessions().
bool belongs_to_sessions(Agent agent, std::span<const std::string> folders);
// Whether this folder belongs to sessions, or one below it does. Unlike may_hold_sessions() it
// goes as deep as the folders do.
bool may_lead_to_sessions(Agent agent, std::span<const std::string> folders);

// The file's beginning tells what its name does not: `name` completed by it.
TranscriptName with_beginning(Agent agent, TranscriptName name, std::string_view beginning);

// `name` without the ending of a transcript, such as ".jsonl" or ".jsonl.zst"; nullopt if it has
// none, or nothing before it, or is hidden.
std::optional<std::string_view> transcript_stem(std::string_view name);

}  // namespace everturn

#endif  // EVERTURN_AGENTS_LAYOUT_H_
