// SPDX-License-Identifier: Apache-2.0
// The prompts that were typed while Claude Code was at work: what became of each.
#ifndef EVERTURN_VIEWS_DIALECTS_CLAUDE_QUEUE_H_
#define EVERTURN_VIEWS_DIALECTS_CLAUDE_QUEUE_H_

#include <cstddef>
#include <unordered_set>

#include "views/session.h"

namespace everturn {

// Numbers of the records that put a prompt into the queue which says nothing to the model by
// itself: it was taken back to be edited, or left the queue as a turn of its own, which has a
// record of its own. The others went into the turn at hand, or still wait.
std::unordered_set<std::size_t> idle_queue_records(const Session& session);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_CLAUDE_QUEUE_H_
