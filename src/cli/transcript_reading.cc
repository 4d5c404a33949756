// SPDX-License-Identifier: Apache-2.0
#include "cli/transcript_reading.h"

#include <utility>

#include "base/try.h"
#include "cli/arguments.h"
#include "cli/reading.h"
#include "views/session_reading.h"

namespace everturn::cli {
Result<Reading> read_transcript(Context& context, const std::string& name,
                                const std::optional<std::string>& dialect, bool with_oversize) {
  TranscriptOptions options;
  if (dialect) {
    CHECK_OK(check_dialect(*dialect));
    options.dialect = *dialect;
  }
  const FoundSession session = TRY(find_session(context, name));
  Result<TranscriptReading> reading =
      everturn::read_transcript(*session.store, session.key, options, with_oversize);
  if (!reading.ok()) return with_list_hint(context, reading.status());
  report_damage(context, reading->report);
  return Reading{session, std::move(reading->transcript), reading->version};
}

}  // namespace everturn::cli
