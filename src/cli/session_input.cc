// SPDX-License-Identifier: Apache-2.0
#include "cli/session_input.h"

#include <utility>

#include "base/try.h"
#include "cli/reading.h"
#include "views/session_reading.h"

namespace everturn::cli {

Result<SessionInput> SessionInput::open(Context& context, const std::string& name) {
  FoundSession found = TRY(find_session(context, name));
  return SessionInput(context, std::move(found));
}

Result<ReadReport> SessionInput::read(const ReadOptions& how, const RecordSink& sink) {
  return read_session(*context_, session_, how, sink);
}

Result<ReadReport> SessionInput::read_with_damage(
    const ReadOptions& how, const ReadReport& report, const RecordSink& sink,
    const std::function<bool(const Damage&)>& damage_sink) {
  Result<ReadReport> again =
      everturn::read_with_damage(store(), key(), how, report, sink, damage_sink);
  if (!again.ok()) return with_list_hint(*context_, again.status());
  return again;
}

}  // namespace everturn::cli
