// SPDX-License-Identifier: Apache-2.0
#include "views/examination_findings.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "store/seal_check.h"

namespace everturn {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string_view damage_words(DamageReason reason) {
  switch (reason) {
    case DamageReason::torn:
      return "of a record that was cut off";
    case DamageReason::zeros:
      return "of zeros: a write whose content never reached the disk";
    case DamageReason::gap:
      return "where a record should stand: a write that a power cut took out";
    case DamageReason::not_json:
      return "that are no JSON";
    case DamageReason::bad_utf8:
      return "with characters that are broken; the record is read with U+FFFD in their place";
    case DamageReason::not_object:
      return "that are JSON, but no object";
    case DamageReason::oversize:
      return "of a whole record that is longer than the size limit (--max-record)";
    case DamageReason::unterminated:
      return "of an unfinished last line";
    case DamageReason::unreadable:
      return "that the disk cannot read: copy what it can (everturn rescue), or take a backup";
  }
  return "";
}

struct NoteWords {
  Grade grade;
  std::string_view one;
  std::string_view many;
};

NoteWords note_words(NoteKind kind) {
  switch (kind) {
    case NoteKind::glued:
      return {Grade::damage, "record stands on the line of another: readers of lines lose both",
              "records stand on the line of another: readers of lines lose both"};
    case NoteKind::consolidated_shifted:
      return {Grade::hides_messages,
              "record was lost among those that last_consolidated counts: a live message counts as "
              "archived",
              "records were lost among those that last_consolidated counts: live messages count "
              "as archived"};
    case NoteKind::unterminated_record:
      return {Grade::note, "last record lacks its line end", "last records lack their line end"};
    case NoteKind::candidate:
      return {Grade::note, "text inside damage may be a record",
              "texts inside damage may be records"};
    case NoteKind::nonfinite:
      return {Grade::note, "record holds NaN or Infinity, which strict readers refuse",
              "records hold NaN or Infinity, which strict readers refuse"};
    case NoteKind::duplicate_block:
      return {Grade::note, "block of records repeats an earlier one",
              "blocks of records repeat earlier ones"};
    case NoteKind::byte_order_mark:
      return {Grade::note, "byte order mark", "byte order marks"};
    case NoteKind::carriage_return:
      return {Grade::note, "run of lines that end in CR LF", "runs of lines that end in CR LF"};
    case NoteKind::blank:
      return {Grade::note, "run of blank lines", "runs of blank lines"};
    default:
      return {Grade::note, "remark about the metadata", "remarks about the metadata"};
  }
}

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
};

}  // namespace

void FindingList::add(Grade grade, std::string_view kind, std::uint64_t count, std::uint64_t offset,
                      std::string text) {
  findings_.push_back({grade, std::string(kind), count, offset, std::move(text)});
}

void FindingList::add_damage(const ReadReport& report) {
  std::map<DamageReason, Tally> tallies;
  for (const Damage& damage : report.damage) {
    Tally& tally = tallies[damage.reason];
    if (tally.count++ == 0) tally.offset = damage.offset;
    tally.bytes += damage.length;
  }
  for (const auto& [reason, tally] : tallies) {
    const bool is_whole = reason == DamageReason::oversize;
    add(is_whole ? Grade::note : Grade::damage, damage_reason_name(reason), tally.count,
        tally.offset,
        counted(tally.count, "place", "places") + ", " + counted(tally.bytes, "byte", "bytes") +
            ", " + std::string(damage_words(reason)));
  }
  if (report.damage_count > report.damage.size()) {
    const std::uint64_t more = report.damage_count - report.damage.size();
    add(Grade::damage, "more", more, report.damage.empty() ? 0 : report.damage.back().offset,
        counted(more, "more damaged place", "more damaged places"));
  }
  if (report.in_flight_bytes > 0) {
    add(Grade::note, "unterminated", 1, report.end.offset,
        "the last " + counted(report.in_flight_bytes, "byte has", "bytes have") +
            " no line end: cut off, or still being written");
  }
}

void FindingList::add_standing(const ReadReport& report, const SealReport& seals) {
  if (!seals.has_seals) return;
  Tally altered;
  for (const Damage& damage : report.damage) {
    if (standing_of(seals, damage.offset, damage.length) != SealStanding::altered) continue;
    if (altered.count++ == 0) altered.offset = damage.offset;
  }
  if (altered.count > 0) {
    add(Grade::damage, "altered", altered.count, altered.offset,
        counted(altered.count, "damaged place was", "damaged places were") +
            " durable and whole once: no crash does that, everturn verify tells more");
  } else if (report.damage_count > 0) {
    add(Grade::note, "crash_tail", report.damage_count, report.damage.front().offset,
        "nothing that was durable is damaged: it is what a crash leaves");
  }
}

void FindingList::add_chain(const std::vector<ChainBreak>& breaks, std::uint64_t missing_parents) {
  std::uint64_t hidden = 0;
  for (const ChainBreak& one : breaks) hidden += one.hidden;
  if (hidden > 0) {
    add(Grade::hides_messages, "missing_parent", hidden, breaks.front().offset,
        counted(hidden, "message is", "messages are") +
            " in the file, but the agent does not find " + (hidden == 1 ? "it" : "them") + ": " +
            counted(breaks.size(), "later record names a parent that is",
                    "later records name parents that are") +
            " gone");
  }
  if (missing_parents > breaks.size()) {
    const std::uint64_t harmless = missing_parents - breaks.size();
    add(Grade::note, "foreign_parent", harmless, 0,
        counted(harmless, "record names a parent that is", "records name parents that are") +
            " not in this file, which hides nothing");
  }
}

void FindingList::add_calls(const std::vector<std::uint64_t>& open_calls) {
  if (open_calls.empty()) return;
  add(Grade::note, "open_call", open_calls.size(), open_calls.front(),
      counted(open_calls.size(), "tool call has", "tool calls have") + " no result");
}

void FindingList::add_clock(const ClockSteps& small, const ClockSteps& large) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto told = [](const ClockSteps& steps) {
    return "times step back " + counted(steps.count, "time", "times") + ", by " +
           std::to_string((steps.largest_ns + kSecond - 1) / kSecond) + " s at most";
  };
  if (small.count > 0) add(Grade::note, "clock", small.count, small.offset, told(small));
  if (large.count == 0) return;
  add(Grade::note, "clock_set_back", large.count, large.offset,
      told(large) +
          ": the clock was set back, or another run's records stand between; the order "
          "is that of the file");
}

void FindingList::add_drift(std::uint64_t records, std::uint64_t first, std::string_view dialect) {
  if (records == 0) return;
  add(Grade::note, "drift", records, first,
      counted(records, "record is", "records are") + " not as " + std::string(dialect) +
          " is known to write; shown all the same");
}

void FindingList::add_notes(const ReadReport& report) {
  std::map<NoteKind, Tally> tallies;
  for (const Note& note : report.notes) {
    // Told as damage, and as what the file is.
    if (note.kind == NoteKind::salvaged || note.kind == NoteKind::json_document) continue;
    Tally& tally = tallies[note.kind];
    if (tally.count++ == 0) tally.offset = note.offset;
  }
  for (const auto& [kind, tally] : tallies) {
    const NoteWords words = note_words(kind);
    std::string text = counted(tally.count, words.one, words.many);
    const bool is_of_metadata = words.one == "remark about the metadata";
    const auto first = std::find_if(report.notes.begin(), report.notes.end(),
                                    [kind = kind](const Note& note) { return note.kind == kind; });
    if (is_of_metadata && !first->detail.empty()) text = printable(first->detail);
    add(words.grade, note_kind_name(kind), tally.count, tally.offset, std::move(text));
  }
}

std::vector<Finding> FindingList::sorted() const {
  std::vector<Finding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Finding& a, const Finding& b) {
    return a.grade != b.grade ? a.grade > b.grade : a.offset < b.offset;
  });
  return sorted;
}

}  // namespace everturn
