// SPDX-License-Identifier: Apache-2.0
// Where the agents of this machine keep their sessions: each agent's own rule, by its environment
// variable, else below the user's home. Pure; any thread.
#ifndef EVERTURN_AGENTS_FOLDERS_H_
#define EVERTURN_AGENTS_FOLDERS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {

enum class Agent : std::uint8_t {
  claude,
  codex,
  pi,
  openclaw,
  gemini,
  nanobot,
  files,  // no agent: any folder with transcripts in it
};
inline constexpr std::size_t kAgentCount = 7;

// As it stands before the colon of a session: "claude" in "claude:ID".
std::string_view agent_name(Agent agent);
std::optional<Agent> agent_of_name(std::string_view name);
// For people: "Claude Code".
std::string_view agent_title(Agent agent);

// A folder that an agent keeps its things in, there or not.
struct AgentFolder {
  Agent agent = Agent::claude;
  std::string path;
  std::string variable;            // of the environment, that named it; empty: the usual place
  std::vector<std::string> below;  // where in it sessions lie; "" is the folder itself
};

// "" for a variable that is not set.
using Environment = std::function<std::string(const char* name)>;
std::string process_environment(const char* name);

// All of them. Without HOME only those that a variable names.
std::vector<AgentFolder> agent_folders(const Environment& environment);

// The folder at `path` as the agent's whose layout it has, by the names that are directly in it;
// one of Agent::files if it looks like none.
AgentFolder agent_folder_at(const std::string& path, const std::vector<std::string>& names);

// What the copy of an agent's folder is called: "claude-0123456789abcdef", by the folder's path.
std::string name_of_copy(Agent agent, std::string_view path);
// Whose copy has this name; nullopt if it is no such name.
std::optional<Agent> agent_of_copy(std::string_view name);
// Where the sessions of AgentFolder::below[0] go in a copy, whose layout is the agent's usual one:
// "" but for a folder that is itself what usually lies below the agent's.
std::string place_in_copy(const AgentFolder& folder);

}  // namespace everturn

#endif  // EVERTURN_AGENTS_FOLDERS_H_
