// SPDX-License-Identifier: Apache-2.0
// A session as a Transcript, with what was lost in it counted.
#ifndef EVERTURN_CLI_TRANSCRIPT_READING_H_
#define EVERTURN_CLI_TRANSCRIPT_READING_H_

#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/find_session.h"
#include "everturn/views.h"

namespace everturn::cli {

struct Reading {
  FoundSession session;
  Transcript transcript;
  Version version;  // of the session as it was read
};

// `name` as the command line has it. Its records with the metadata, in order. Tells of damage. Read
// twice where there is damage: where it lies is known at the end of a reading. `with_oversize`:
// also the records over the size limit, which a session is not written with again.
Result<Reading> read_transcript(Context& context, const std::string& name,
                                const std::optional<std::string>& dialect, bool with_oversize);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_TRANSCRIPT_READING_H_
