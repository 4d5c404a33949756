// SPDX-License-Identifier: Apache-2.0
#include "cli/reading.h"

#include <algorithm>

#include "base/try.h"
#include "base/utf8.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kDamageShown = 20;

void report_notes(Output& output, const ReadReport& report) {
  const std::size_t shown = std::min(report.notes.size(), kDamageShown);
  for (std::size_t i = 0; i < shown; ++i) output.note("note: " + note_text(report.notes[i]));
  if (report.note_count > shown) {
    output.note("note: " + std::to_string(report.note_count - shown) + " more; --json lists them");
  }
}

}  // namespace

std::string damage_text(const Damage& damage) {
  std::string text = counted(damage.length, "byte") + " at " + std::to_string(damage.offset) +
                     " are no record: " + std::string(damage_reason_name(damage.reason));
  if (!damage.detail.empty()) text += ": " + printable(damage.detail);
  return text;
}

std::string note_text(const Note& note) {
  std::string text = std::string(note_kind_name(note.kind)) + " at " + std::to_string(note.offset);
  if (!note.detail.empty()) text += ": " + printable(note.detail);
  return text;
}

void report_damage(Context& context, const ReadReport& report) {
  Output& output = context.output();
  const std::string mark = output.paint_error(Style::yellow, "damage:") + " ";
  const std::size_t shown = std::min(report.damage.size(), kDamageShown);
  for (std::size_t i = 0; i < shown; ++i) output.error(mark + damage_text(report.damage[i]));
  if (report.damage_count > shown) {
    output.error(mark + std::to_string(report.damage_count - shown) + " more, " +
                 counted(report.damage_bytes, "byte") + " in all; --json lists them");
  }
  report_notes(output, report);
  if (report.in_flight_bytes > 0) {
    output.note("note: the last " + counted(report.in_flight_bytes, "byte") +
                " have no line end: torn, or still being written");
  }
}

bool write_record(Context& context, const Record& record) {
  Output& output = context.output();
  if (context.json()) return output.write(record_object(record).line());
  return output.write(record.bytes) && output.write("\n");
}

Status with_list_hint(const Context& context, const Status& status) {
  if (status.code() != Code::not_found) return status;
  return {Code::not_found,
          status.message() + "; `" + context.command_hint("list") + "` shows what there is"};
}

Result<ReadReport> read_session(Context& context, const FoundSession& session,
                                const ReadOptions& how, const RecordSink& sink) {
  Result<ReadReport> report = session.store->read(session.key, how, sink);
  if (!report.ok()) return with_list_hint(context, report.status());
  return report;
}

}  // namespace everturn::cli
