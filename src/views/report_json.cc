// SPDX-License-Identifier: Apache-2.0
#include "views/report_json.h"

#include <vector>

#include "base/time_text.h"

namespace everturn {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::power:
      return "power";
    case Level::kernel:
      return "kernel";
    case Level::interval:
      return "interval";
  }
  return "unknown";
}

namespace {

void add_damage(JsonObject& object, const Damage& damage) {
  object.add_number("offset", damage.offset)
      .add_number("length", damage.length)
      .add("reason", damage_reason_name(damage.reason))
      .add("detail", damage.detail);
}

}  // namespace

std::string damage_json(const Damage& damage) {
  JsonObject object;
  add_damage(object, damage);
  return object.text();
}

JsonObject damage_object(const Damage& damage) {
  JsonObject object("everturn.damage/1");
  add_damage(object, damage);
  return object;
}

std::string note_json(const Note& note) {
  return JsonObject()
      .add_number("offset", note.offset)
      .add_number("length", note.length)
      .add("kind", note_kind_name(note.kind))
      .add("detail", note.detail)
      .text();
}

std::string repair_step_json(const RepairStep& step) {
  return JsonObject()
      .add_number("offset", step.offset)
      .add_number("length", step.length)
      .add("action", repair_action_name(step.action))
      .add("reason", step.reason)
      .add("detail", step.detail)
      .add("standing", seal_standing_name(step.standing))
      .text();
}

JsonObject record_object(const Record& record) {
  JsonObject object("everturn.record/1");
  object.add("position", record.position.to_string())
      .add("kind", record.kind == RecordKind::metadata ? "metadata" : "record");
  if (record.salvaged) object.add_bool("salvaged", true);
  if (record.nonfinite) {
    object.add_bool("nonfinite", true).add("record_text", record.bytes);
  } else {
    object.add_raw("record", record.bytes);
  }
  return object;
}

JsonObject appended_object(std::string_view key, const Appended& reply) {
  JsonObject object("everturn.append/1");
  object.add("key", key)
      .add_number("records", reply.records)
      .add_number("already_there", reply.already_there)
      .add("first", reply.first.to_string())
      .add("last", reply.last.to_string())
      .add("end", reply.end.to_string())
      .add("version", reply.version.to_string())
      .add("reached", level_name(reply.reached));
  return object;
}

JsonObject repair_object(std::string_view target_name, std::string_view target,
                         const RepairReport& report, bool applied) {
  std::vector<std::string> steps;
  for (const RepairStep& step : report.steps) steps.push_back(repair_step_json(step));
  JsonObject object("everturn.repair/1");
  object.add(target_name, target)
      .add_bool("applied", applied)
      .add_bool("has_work", report.has_work())
      .add_number("records", report.records)
      .add_number("recovered", report.recovered)
      .add_number("set_aside", report.set_aside_count)
      .add_number("set_aside_bytes", report.set_aside_bytes)
      .add_number("left", report.left_count)
      .add_number("watermark", report.watermark)
      .add_number("alarms", report.alarm_count)
      .add_number("bytes_before", report.bytes_before)
      .add_number("bytes_after", report.bytes_after)
      .add("summary", report.summary)
      .add_number("step_count", report.step_count)
      .add_list("steps", steps);
  return object;
}

JsonObject receipt_object(const RepairReceipt& receipt) {
  JsonObject object("everturn.receipt/1");
  object.add("id", receipt.id)
      .add("key", receipt.key)
      .add("file", receipt.file_name)
      .add("repaired", iso_utc_time(receipt.repaired_ns))
      .add_number("bytes", receipt.bytes)
      .add("summary", receipt.summary);
  return object;
}

std::string_view trash_kind_name(TrashKind kind) {
  return kind == TrashKind::session ? "session" : "records";
}

JsonObject trash_object(std::string_view schema, const TrashEntry& entry) {
  JsonObject object(schema);
  object.add("id", entry.id)
      .add("key", entry.key)
      .add("kind", trash_kind_name(entry.kind))
      .add_number("bytes", entry.bytes)
      .add_number("records", entry.records)
      .add("removed", iso_utc_time(entry.removed_ns));
  return object;
}

JsonObject store_object(const StoreInfo& info) {
  std::vector<std::string> warnings;
  for (const std::string& warning : info.warnings) warnings.push_back(quote_json(warning));
  JsonObject object("everturn.store/1");
  object.add("url", info.url)
      .add("engine", info.engine)
      .add("folder", info.folder)
      .add("file_system", info.file_system)
      .add_bool("read_only", info.read_only)
      .add_bool("network", info.network)
      .add_bool("ignores_case", info.ignores_case)
      .add_bool("has_locks", info.has_locks)
      .add_bool("has_birth_time", info.has_birth_time)
      .add_bool("pads_well", info.pads_well)
      .add_number("free_bytes", info.free_bytes)
      .add_number("sessions", info.sessions)
      .add_number("trash_entries", info.trash_entries)
      .add_number("trash_bytes", info.trash_bytes)
      .add_number("session_bytes", info.session_bytes)
      .add_number("receipts", info.quarantine_entries)
      .add_number("quarantine_bytes", info.quarantine_bytes)
      .add_list("warnings", warnings);
  return object;
}

void add_counts(JsonObject& object, const ReadReport& report) {
  object.add_number("records", report.records)
      .add_number("damage_count", report.damage_count)
      .add_number("damage_bytes", report.damage_bytes)
      .add_number("in_flight_bytes", report.in_flight_bytes)
      .add_number("salvaged", report.salvaged);
}

void add_findings(JsonObject& object, const ReadReport& report) {
  std::vector<std::string> damage;
  for (const Damage& one : report.damage) damage.push_back(damage_json(one));
  std::vector<std::string> notes;
  for (const Note& one : report.notes) notes.push_back(note_json(one));
  object.add_number("note_count", report.note_count)
      .add_list("damage", damage)
      .add_list("notes", notes);
}

namespace {

std::string_view verdict_name(HeadVerdict verdict) {
  if (verdict == HeadVerdict::none) return "none";
  return verdict == HeadVerdict::fits ? "fits" : "differs";
}

std::string finding_json(const SealFinding& finding) {
  return JsonObject()
      .add("fault", seal_fault_name(finding.fault))
      .add_number("line", finding.line)
      .add_number("lines", finding.lines)
      .add_number("offset", finding.offset)
      .add_number("length", finding.length)
      .add("detail", finding.detail)
      .text();
}

}  // namespace

std::string_view seal_status_name(const SealReport& report) {
  if (report.finding_count > 0) return seal_fault_name(report.findings.front().fault);
  if (report.head_verdict == HeadVerdict::differs) return "head_differs";
  return report.has_seals ? "sealed" : "unsealed";
}

JsonObject verify_object(std::string_view key, const SealReport& report) {
  std::vector<std::string> findings;
  for (const SealFinding& finding : report.findings) findings.push_back(finding_json(finding));
  std::vector<std::string> unsealed;
  for (const SealRange& range : report.unsealed) {
    unsealed.push_back(
        JsonObject().add_number("begin", range.begin).add_number("end", range.end).text());
  }
  std::vector<std::string> links;
  for (const SealLink& link : report.links) {
    links.push_back(JsonObject()
                        .add("why", link.why)
                        .add("at", iso_utc_time(link.at_ns))
                        .add("old_head", link.old_head)
                        .text());
  }
  JsonObject object("everturn.verify/1");
  object.add("key", key)
      .add("status", seal_status_name(report))
      .add_bool("alarm", report.is_alarm())
      .add_bool("has_seals", report.has_seals)
      .add_bool("is_copy", report.is_copy)
      .add_number("bytes", report.bytes)
      .add_number("sealed_lines", report.sealed_lines)
      .add_number("sealed_bytes", report.sealed_bytes)
      .add_number("watermark", report.watermark)
      .add_number("unsealed_bytes", report.unsealed_bytes)
      .add_list("unsealed", unsealed)
      .add_number("crash_tail_bytes", report.crash_tail_bytes)
      .add("head_verdict", verdict_name(report.head_verdict))
      .add_number("finding_count", report.finding_count)
      .add_list("findings", findings)
      .add_list("links", links);
  return object;
}

}  // namespace everturn
