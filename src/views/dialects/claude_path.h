// SPDX-License-Identifier: Apache-2.0
// The conversation within a Claude Code transcript.
#ifndef EVERTURN_VIEWS_DIALECTS_CLAUDE_PATH_H_
#define EVERTURN_VIEWS_DIALECTS_CLAUDE_PATH_H_

#include "views/session.h"

namespace everturn {

// From the last leaf to the root or the last compaction, with every record of a response that is
// on that way and every result whose call is; a record whose parent is gone follows the record
// before it. What a compaction kept comes behind its summary; results that were cleared are a
// marker.
void select_claude(const Session& session, Selection& selection);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_CLAUDE_PATH_H_
