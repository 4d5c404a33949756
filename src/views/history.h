// SPDX-License-Identifier: Apache-2.0
// The history of a session; see everturn/views.h. Three steps: messages (messages.h), a window of
// them, and their text in a format (render.h). nanobot's own rule comes first where it applies
// (nanobot_history.h).
#ifndef EVERTURN_VIEWS_HISTORY_H_
#define EVERTURN_VIEWS_HISTORY_H_

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/session.h"

namespace everturn {

// What the agent would send; no call without the result that the session has for it.
Selection select(const Session& session, const Dialect& dialect);
Result<History> make_history(const Session& session, const Dialect& dialect,
                             const HistoryOptions& options);
Result<Retention> plan_retention(const Session& session, const Dialect& dialect,
                                 std::size_t max_messages, bool extend_to_user);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_HISTORY_H_
