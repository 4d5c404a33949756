// SPDX-License-Identifier: Apache-2.0
// From what a user calls a session to the session. All commands that read ask here.
#ifndef EVERTURN_CLI_FIND_SESSION_H_
#define EVERTURN_CLI_FIND_SESSION_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "everturn/report.h"

namespace everturn::cli {

struct FoundSession {
  Store* store = nullptr;  // of the context, or of the file
  std::string key;
};

// For the help of an argument SESSION.
inline constexpr const char* kSessionHelp =
    "A key, a file's path, claude:ID, codex:ID, pi:ID, gemini:ID, @1 for the newest, or the "
    "beginning of one of these";

// In this order: the key as it stands, `@N` (the Nth newest), a path, `AGENT:ID` and `AGENT:@N`, a
// file of that name, the beginning of a key or of an agent's id. `invalid` for a beginning that
// fits several sessions, which are named. Where nothing fits, the key as it stands, for reading to
// say so.
Result<FoundSession> find_session(Context& context, const std::string& name);

// For commands that write: `invalid` for a key that is not in the store and means an agent's
// session, which it would hide.
Status refuse_agents_session(Context& context, Store& store, const std::string& key);

// "/...", "./...", "../...": a path, never a key's beginning.
bool looks_like_path(std::string_view name);

// For a message that there are no sessions at all: the command that tells where they would be.
std::string where_to_look(const Context& context);

// Newest first, sub-agents too; as `list` has them, from the catalog.
Result<std::vector<SessionInfo>> sessions_by_age(Store& store, Context& context);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_FIND_SESSION_H_
