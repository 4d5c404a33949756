// SPDX-License-Identifier: Apache-2.0
#include "views/session_reading.h"

#include <utility>

#include "base/try.h"
#include "views/lost_records.h"

namespace everturn {

Result<ReadReport> read_with_damage(Store& store, std::string_view key, const ReadOptions& how,
                                    const ReadReport& report, const RecordSink& sink,
                                    const std::function<bool(const Damage&)>& damage_sink) {
  auto damage = report.damage.begin();
  const auto give_before = [&](std::uint64_t offset) {
    for (; damage != report.damage.end() && damage->offset <= offset; ++damage) {
      if (!damage_sink(*damage)) return false;
    }
    return true;
  };
  bool goes_on = true;
  ReadReport again = TRY(store.read(key, how, [&](const Record& record) {
    goes_on = give_before(record.position.offset) && sink(record);
    return goes_on;
  }));
  if (goes_on) give_before(UINT64_MAX);
  return again;
}

Result<TranscriptReading> read_transcript(Store& store, std::string_view key,
                                          const TranscriptOptions& options, bool with_oversize,
                                          const std::function<bool()>& goes_on) {
  ReadOptions how;
  how.with_metadata = true;
  how.with_oversize = with_oversize;
  Transcript transcript(options);
  ReadReport report = TRY(store.read(key, how, [&](const Record& record) {
    transcript.add(record.bytes);
    return goes_on();
  }));
  if (report.damage.empty()) {
    const Version version = report.version;
    return TranscriptReading{std::move(transcript), std::move(report), version};
  }
  transcript = Transcript(options);
  LostRecords lost(report, with_oversize);
  const ReadReport again = TRY(store.read(key, how, [&](const Record& record) {
    transcript.add_lost(lost.before(record.position.offset));
    transcript.add(record.bytes);
    return goes_on();
  }));
  return TranscriptReading{std::move(transcript), std::move(report), again.version};
}

}  // namespace everturn
