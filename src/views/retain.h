// SPDX-License-Identifier: Apache-2.0
// Carries out a Retention: what goes leaves the session, and is durable elsewhere before. Any
// thread.
#ifndef EVERTURN_VIEWS_RETAIN_H_
#define EVERTURN_VIEWS_RETAIN_H_

#include <string>
#include <string_view>

#include "everturn/store.h"
#include "everturn/views.h"
#include "fs/fs.h"

namespace everturn {

// `plan` was made of the session as it stood at `read_at`. `archive`: the path of a new file on
// `fs` for what goes; "": it goes without. `conflict`: the session was written meanwhile, or the
// archive is there already; `invalid`: the store is only for reading, or the session holds a record
// over the size limit. Then nothing was changed, but that the archive may be there.
//
// Three writes: the archive, the number of consolidated messages, the session. Cut off behind the
// second the session has all its messages, of which some are consolidated once more; a further call
// with a plan of its own finishes. No message is lost or skipped.
Status retain(Fs& fs, Store& store, std::string_view key, const Retention& plan,
              const Version& read_at, const std::string& archive);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_RETAIN_H_
