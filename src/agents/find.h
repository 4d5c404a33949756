// SPDX-License-Identifier: Apache-2.0
// The sessions in agents' folders. Only looks: nothing is written, no link is followed below an
// agent's own folder, a folder that cannot be read is told and the others are read all the same.
// Bounded: so many names a folder, so deep as the agent goes. Any thread.
#ifndef EVERTURN_AGENTS_FIND_H_
#define EVERTURN_AGENTS_FIND_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agents/folders.h"
#include "fs/fs.h"

namespace everturn {

// One file that holds a session, or a sub-agent's part of one.
struct AgentSession {
  Agent agent = Agent::claude;
  std::string key;     // "claude:ID", "claude:ID/agent-X": names this file and no other
  std::string id;      // as the agent calls it
  std::string parent;  // of a sub-agent: the id of its session, "" if that is not known
  bool is_sub_agent = false;
  std::string root;                  // the agent's folder
  std::vector<std::string> folders;  // from there to the file
  std::string name;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  FileInfo info;                 // of the file, when it was found

  [[nodiscard]] std::string path() const;
  // As path(), below the agent's folder.
  [[nodiscard]] std::string relative_path() const;
};

// What was found of one folder.
struct AgentSource {
  AgentFolder folder;
  bool exists = false;
  std::uint64_t sessions = 0;
  std::uint64_t bytes = 0;  // of them
  std::uint64_t sub_agents = 0;
  std::uint64_t sub_agent_bytes = 0;
  std::int64_t modified_ns = 0;  // of the newest; 0: there is none
  std::uint64_t problem_count = 0;
  std::vector<std::string> problems;  // the first 20: what could not be read, links, limits
};

struct FoundSessions {
  std::vector<AgentSource> sources;    // as the folders were given, each real folder once
  std::vector<AgentSession> sessions;  // newest first
};

struct FindLimits {
  std::uint64_t names = 2'000'000;  // that are looked at in one agent's folder
};

FoundSessions find_agent_sessions(Fs& fs, std::span<const AgentFolder> folders,
                                  const FindLimits& limits = {});

// The folder at `path`, of the agent whose layout it has; see agent_folder_at(). Fails as opening
// it does.
Result<AgentFolder> find_agent_folder(Fs& fs, const std::string& path);

// The same for a folder that may hold the copies of several agents' folders (name_of_copy()).
Result<std::vector<AgentFolder>> find_agent_folders(Fs& fs, const std::string& path);

// An agent's folder, and what of it is meant.
struct AgentPlace {
  AgentFolder folder;             // its path is real: without links
  std::vector<std::string> only;  // leads from there to a file or folder; empty: all of it
};
// Whose the file or folder at `path` is: of one of `known`, else of the innermost folder above it
// that has an agent's layout, else of none. `not_found` if nothing is there.
Result<AgentPlace> find_agent_place(Fs& fs, const std::string& path,
                                    std::span<const AgentFolder> known);

// The components of a path, which may begin and end with slashes.
std::vector<std::string> path_components(std::string_view path);
// "/a/b" of "/a" or "/a/" and "b"; "b" of "" and "b".
std::string join_path(const std::string& folder, std::string_view name);

// The folder that the session's file lies in, reached without following a link.
Result<std::unique_ptr<Folder>> open_folder_of(Fs& fs, const AgentSession& session);

}  // namespace everturn

#endif  // EVERTURN_AGENTS_FIND_H_
