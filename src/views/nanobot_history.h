// SPDX-License-Identifier: Apache-2.0
// nanobot's own rules: Session.get_history() and Session.retain_recent_legal_suffix(), read from
// its code of August 2026.
#ifndef EVERTURN_VIEWS_NANOBOT_HISTORY_H_
#define EVERTURN_VIEWS_NANOBOT_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "everturn/views.h"
#include "views/session.h"

namespace everturn {

struct NanobotReplay {
  std::vector<HistoryMessage> messages;  // as get_history gives them
  std::uint64_t left_out = 0;            // messages of the session that are not among them
};

// get_history(max_messages, max_tokens=max_tokens), with the options' way to count tokens.
// Messages without a role, at which nanobot raises an error, are left out.
NanobotReplay nanobot_history(const Session& session, const HistoryOptions& options);
Retention nanobot_retention(const Session& session, std::size_t max_messages, bool extend_to_user);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_NANOBOT_HISTORY_H_
