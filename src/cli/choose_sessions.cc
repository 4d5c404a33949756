// SPDX-License-Identifier: Apache-2.0
#include "cli/choose_sessions.h"

#include <algorithm>
#include <unordered_map>

#include "base/try.h"
#include "cli/agent_text.h"
#include "cli/list_query.h"
#include "find/list_order.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

// Newest first, each key once.
Result<std::vector<SessionInfo>> sessions_by_key(Store& store) {
  std::vector<SessionInfo> sessions;
  std::unordered_map<std::string, std::size_t> by_key;
  for (SessionInfo& session : TRY(store.list())) {
    const auto [known, is_new] = by_key.emplace(session.key, sessions.size());
    if (is_new) {
      sessions.push_back(std::move(session));
      continue;
    }
    SessionInfo& other = sessions[known->second];
    other.bytes += session.bytes;
    other.modified_ns = std::max(other.modified_ns, session.modified_ns);
  }
  std::sort(sessions.begin(), sessions.end(), [](const SessionInfo& a, const SessionInfo& b) {
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.key < b.key;
  });
  return sessions;
}

}  // namespace

void SessionChoice::declare(Command& command) {
  command.option("--older-than", "AGE", older_than,
                 "Last written so long ago: 12h, 90d, 8w; or before a time such as 2026-08-20");
  command.option("--keep", "N", keep, "Never the newest N");
  command.option("--min-size", "SIZE", min_size, "Of this size or more, such as 1M");
  command.option("--project", "FOLDER", project, "That began in this folder or below, such as .");
}

Result<std::vector<SessionInfo>> choose_sessions(Store& store, const SessionChoice& choice) {
  std::vector<SessionInfo> sessions = TRY(sessions_by_key(store));
  if (choice.project) {
    const std::string folder = posix_fs().real_path(*choice.project);
    std::erase_if(sessions, [&](const SessionInfo& session) {
      return !is_below(overview_of(store, session).project, folder);
    });
  }
  if (choice.keep) {
    const auto kept = std::min<std::size_t>(sessions.size(), *choice.keep);
    sessions.erase(sessions.begin(), sessions.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  if (choice.older_than) {
    const std::int64_t before =
        TRY(parse_moment("--older-than", *choice.older_than, posix_fs().now_ns()));
    std::erase_if(sessions, [&](const SessionInfo& one) { return one.modified_ns >= before; });
  }
  if (choice.min_size) {
    const std::uint64_t least = TRY(parse_size("--min-size", *choice.min_size));
    std::erase_if(sessions, [&](const SessionInfo& session) { return session.bytes < least; });
  }
  std::reverse(sessions.begin(), sessions.end());
  return sessions;
}

}  // namespace everturn::cli
