// SPDX-License-Identifier: Apache-2.0
#include "cli/session_input.h"

#include "base/try.h"
#include "cli/reading.h"

namespace everturn::cli {

Result<SessionInput> SessionInput::open(Context& context, const std::string& name) {
  return SessionInput(context, TRY(find_session(context, name)));
}

Result<ReadReport> SessionInput::read(const ReadOptions& how, const RecordSink& sink) {
  return read_session(*context_, session_, how, sink);
}

Result<ReadReport> SessionInput::read_with_damage(
    const ReadOptions& how, const ReadReport& report, const RecordSink& sink,
    const std::function<bool(const Damage&)>& damage_sink) {
  auto damage = report.damage.begin();
  const auto give_before = [&](std::uint64_t offset) {
    for (; damage != report.damage.end() && damage->offset <= offset; ++damage) {
      if (!damage_sink(*damage)) return false;
    }
    return true;
  };
  bool goes_on = true;
  ReadReport again = TRY(read(how, [&](const Record& record) {
    goes_on = give_before(record.position.offset) && sink(record);
    return goes_on;
  }));
  if (goes_on) give_before(UINT64_MAX);
  return again;
}

}  // namespace everturn::cli
