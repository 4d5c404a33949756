// SPDX-License-Identifier: Apache-2.0
#include "cli/find_session.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>

#include "agents/folders.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/list_query.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kCandidatesNamed = 5;

// The N of "@N", N from 1 on.
std::optional<std::uint64_t> read_rank(std::string_view text) {
  if (!text.starts_with('@')) return std::nullopt;
  std::uint64_t rank = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, rank);
  if (error != std::errc() || stop != end || rank == 0) return std::nullopt;
  return rank;
}

// "claude" of "claude:ID"; "" for anything else.
std::string_view agent_part(std::string_view name) {
  const std::string_view agent = name.substr(0, std::min(name.find(':'), name.size()));
  return agent.size() < name.size() && agent_of_name(agent) ? agent : std::string_view();
}

// What cannot be a key is none; reading says why.
Result<bool> exists(Store& store, const std::string& key) {
  const Result<Version> version = store.version(key);
  if (!version.ok() && version.status().code() == Code::invalid) return false;
  if (!version.ok()) return version.status();
  return *version != Version::none();
}

Result<FoundSession> find_newest(Context& context, Store& store, std::string_view agent,
                                 std::uint64_t rank) {
  std::uint64_t seen = 0;
  for (const SessionInfo& session : TRY(sessions_by_age(store, context))) {
    if (!session.part_of.empty()) continue;
    if (!agent.empty() && agent_part(session.key) != agent) continue;
    if (++seen == rank) return FoundSession{&store, session.key};
  }
  const std::string name = "@" + std::to_string(rank);
  if (seen == 0 && agent.empty()) {
    return Status(Code::not_found, name + ": there are no sessions; " + where_to_look(context));
  }
  return Status(Code::not_found, name + ": there are only " + counted(seen, "session") + "; `" +
                                     context.command_hint("list") + "` shows them");
}

Status several(const std::string& name, const std::vector<std::string>& candidates) {
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), kCandidatesNamed); ++i) {
    list += (i == 0 ? "" : ", ") + printable(candidates[i]);
  }
  if (candidates.size() > kCandidatesNamed) list += ", ...";
  return {Code::invalid, printable(name) + " is the beginning of " +
                             counted(candidates.size(), "session") + ": " + list +
                             "; write more of it"};
}

// How a name is found among sessions.
enum class Fit : std::uint8_t { none, one, several };
struct Fitting {
  Fit fit = Fit::none;
  std::string key;                      // of Fit::one
  std::vector<std::string> candidates;  // of Fit::several
};

// `by_id`: what stands behind the colon may begin it too. A name that is a whole key or id wins
// over beginnings; a session over its own sub-agents.
Fitting fit_session(std::string_view name, const std::vector<SessionInfo>& sessions, bool by_id) {
  std::vector<std::string> whole;
  std::vector<const SessionInfo*> begun;
  std::unordered_set<std::string_view> begun_keys;
  for (const SessionInfo& session : sessions) {
    const std::string_view key = session.key;
    const std::size_t agent = by_id ? agent_part(key).size() : 0;
    const std::string_view id = key.substr(agent == 0 ? 0 : agent + 1);
    if (key == name || id == name) whole.push_back(session.key);
    if (name.empty() || (!key.starts_with(name) && !id.starts_with(name))) continue;
    begun.push_back(&session);
    begun_keys.insert(key);
  }
  if (whole.empty()) {
    for (const SessionInfo* session : begun) {
      if (!begun_keys.contains(session->part_of)) whole.push_back(session->key);
    }
  }
  Fitting fitting;
  if (whole.empty()) return fitting;
  fitting.fit = whole.size() == 1 ? Fit::one : Fit::several;
  fitting.key = whole.front();
  fitting.candidates = std::move(whole);
  return fitting;
}

// The session that `name` begins, in one store; not set: there is none.
Result<std::optional<FoundSession>> find_beginning(const std::string& name, Store& store,
                                                   Context& context, bool by_id) {
  const auto sessions = TRY(sessions_by_age(store, context));
  const Fitting fitting = fit_session(name, sessions, by_id);
  if (fitting.fit == Fit::several) return several(name, fitting.candidates);
  if (fitting.fit == Fit::none) return std::optional<FoundSession>();
  return std::optional<FoundSession>(FoundSession{&store, fitting.key});
}

Result<FoundSession> open_file(Context& context, const std::string& path) {
  Store* store = TRY(context.file(path));
  const std::vector<SessionInfo> sessions = TRY(store->list());
  return FoundSession{store, sessions.front().key};
}

// "claude:ID", "claude:@2", "claude:" and the beginning of an id.
Result<std::optional<FoundSession>> find_of_agent(Context& context, const std::string& name) {
  const std::string_view agent = agent_part(name);
  if (agent.empty()) return std::optional<FoundSession>();
  Store* agents = TRY(context.agents());
  const auto rank = read_rank(std::string_view(name).substr(agent.size() + 1));
  if (rank) return std::optional(TRY(find_newest(context, *agents, agent, *rank)));
  return find_beginning(name, *agents, context, false);
}

}  // namespace

Status refuse_agents_session(Context& context, Store& store, const std::string& key) {
  if (agent_part(key).empty() || TRY(exists(store, key))) return {};
  const Result<std::optional<FoundSession>> found = find_of_agent(context, key);
  if (!found.ok() || !*found) return {};
  return {Code::invalid, printable(key) + " means " + printable((*found)->key) +
                             ", another agent's session, which is only read here; write to another "
                             "key, or take a copy of it with `everturn import`"};
}

bool looks_like_path(std::string_view name) {
  return name.starts_with('/') || name.starts_with("./") || name.starts_with("../");
}

std::string where_to_look(const Context& context) {
  if (context.names_store()) return "`" + context.command_hint("store info") + "` shows the store";
  return "`everturn sources --all` shows where those of agents are looked for";
}

Result<std::vector<SessionInfo>> sessions_by_age(Store& store, Context& context) {
  ListQuery query;
  query.with_parts = true;
  ListPage page = TRY(ask_catalog(store, query, context));
  std::vector<SessionInfo> sessions;
  sessions.reserve(page.rows.size());
  for (SessionRow& row : page.rows) sessions.push_back(std::move(row.session));
  return sessions;
}

Result<FoundSession> find_session(Context& context, const std::string& name) {
  if (looks_like_path(name)) return open_file(context, name);
  Store* scope = TRY(context.reading_store());
  const bool is_key = TRY(exists(*scope, name));
  if (is_key) return FoundSession{scope, name};
  if (const auto rank = read_rank(name)) return find_newest(context, *scope, {}, *rank);
  if (std::optional<FoundSession> found = TRY(find_of_agent(context, name))) return *found;
  if (::access(name.c_str(), F_OK) == 0) return open_file(context, name);
  const bool in_agents = context.reads_agents();
  if (std::optional<FoundSession> found = TRY(find_beginning(name, *scope, context, in_agents))) {
    return *found;
  }
  if (in_agents || context.names_store()) return FoundSession{scope, name};
  Store* agents = TRY(context.agents());
  if (std::optional<FoundSession> found = TRY(find_beginning(name, *agents, context, true)))
    return *found;
  return FoundSession{scope, name};
}

}  // namespace everturn::cli
