// SPDX-License-Identifier: Apache-2.0
// Records that close the calls of the last response; see Transcript::closers.
#ifndef EVERTURN_VIEWS_CLOSERS_H_
#define EVERTURN_VIEWS_CLOSERS_H_

#include <cstdint>

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/session.h"

namespace everturn {

Closers plan_closers(const Session& session, const Dialect& dialect, std::int64_t now_ns);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CLOSERS_H_
