// SPDX-License-Identifier: Apache-2.0
#include "cli/transcript_reading.h"

#include <utility>

#include "base/try.h"
#include "cli/arguments.h"
#include "cli/reading.h"

namespace everturn::cli {
namespace {

// Damaged records count where a session counts records: zeros and gaps held none that is known.
bool was_record(const Damage& damage) {
  return damage.reason != DamageReason::zeros && damage.reason != DamageReason::gap &&
         damage.reason != DamageReason::unterminated;
}

}  // namespace

Result<Reading> read_transcript(Context& context, const std::string& name,
                                const std::optional<std::string>& dialect) {
  ReadOptions how;
  how.with_metadata = true;
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
  auto damage = report.damage.begin();
  const ReadReport again = TRY(read_session(context, session, how, [&](const Record& record) {
    for (; damage != report.damage.end() && damage->offset < record.position.offset; ++damage) {
      if (was_record(*damage)) transcript.add_lost(1);
    }
    transcript.add(record.bytes);
    return true;
  }));
  return Reading{session, std::move(transcript), again.version};
}

}  // namespace everturn::cli
