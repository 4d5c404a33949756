// SPDX-License-Identifier: Apache-2.0
#include "cli/transcript_reading.h"

#include <utility>

#include "base/try.h"
#include "cli/arguments.h"
#include "cli/reading.h"
#include "views/lost_records.h"

namespace everturn::cli {
Result<Reading> read_transcript(Context& context, const std::string& name,
                                const std::optional<std::string>& dialect, bool with_oversize) {
  ReadOptions how;
  how.with_metadata = true;
  how.with_oversize = with_oversize;
  TranscriptOptions options;
  if (dialect) {
    CHECK_OK(check_dialect(*dialect));
    options.dialect = *dialect;
  }
  const FoundSession session = TRY(find_session(context, name));
  Transcript transcript(options);
  ReadReport report = TRY(read_session(context, session, how, [&](const Record& record) {
    transcript.add(record.bytes);
    return true;
  }));
  report_damage(context, report);
  if (report.damage.empty()) {
    return Reading{session, std::move(transcript), report.version};
  }
  transcript = Transcript(options);
  LostRecords lost(report, with_oversize);
  const ReadReport again = TRY(read_session(context, session, how, [&](const Record& record) {
    transcript.add_lost(lost.before(record.position.offset));
    transcript.add(record.bytes);
    return true;
  }));
  return Reading{session, std::move(transcript), again.version};
}

}  // namespace everturn::cli
