// SPDX-License-Identifier: Apache-2.0
// A session as a file that nanobot loads; see Transcript::as_nanobot.
#ifndef EVERTURN_VIEWS_NANOBOT_EXPORT_H_
#define EVERTURN_VIEWS_NANOBOT_EXPORT_H_

#include <string_view>

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/session.h"

namespace everturn {

// `title` may be empty.
Result<NanobotFile> nanobot_file(const Session& session, const Dialect& dialect,
                                 std::string_view key, std::string_view title);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_NANOBOT_EXPORT_H_
