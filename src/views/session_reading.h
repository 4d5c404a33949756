// SPDX-License-Identifier: Apache-2.0
// Reading a session of a store for a view: with its damage in place, or as a Transcript that knows
// what was lost. Reads twice where there is damage: where it lies is known at the end of a reading.
#ifndef EVERTURN_VIEWS_SESSION_READING_H_
#define EVERTURN_VIEWS_SESSION_READING_H_

#include <functional>
#include <string_view>

#include "everturn/store.h"
#include "everturn/views.h"

namespace everturn {

// Gives the damage of `report`, of an earlier reading, in its place among the records.
Result<ReadReport> read_with_damage(Store& store, std::string_view key, const ReadOptions& how,
                                    const ReadReport& report, const RecordSink& sink,
                                    const std::function<bool(const Damage&)>& damage_sink);

struct TranscriptReading {
  Transcript transcript;
  ReadReport report;
  Version version;  // of the session as it was read
};

// The records with the metadata, in order. `with_oversize`: also those over the size limit.
// `goes_on`, asked at each record, ends the reading early.
Result<TranscriptReading> read_transcript(
    Store& store, std::string_view key, const TranscriptOptions& options, bool with_oversize,
    const std::function<bool()>& goes_on = [] { return true; });

}  // namespace everturn

#endif  // EVERTURN_VIEWS_SESSION_READING_H_
