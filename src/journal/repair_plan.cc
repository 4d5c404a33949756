// SPDX-License-Identifier: Apache-2.0
#include "journal/repair_plan.h"

#include <utility>

#include "base/json.h"
#include "journal/partial_record.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

constexpr std::size_t kTornMax = 1 << 20;        // a longer beginning is not joined with its rest
constexpr std::uint64_t kLinesBetweenParts = 8;  // lines of others between two parts of a record
constexpr std::size_t kPaddingHeld = 2 * kPaddingMax;  // more cannot be the padding of a tail

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// What stands in front of the first thing on a line.
std::string_view indentation(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t"));
}

std::string_view from_first_byte(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// Where files have padded tails, the scan takes a record with so much padding in it for damage.
bool has_lost_sector(std::string_view text) {
  constexpr std::size_t kSectorBytes = 512;
  return text.find(std::string(kSectorBytes, kPaddingByte)) != std::string_view::npos;
}

}  // namespace

RepairPlanner::RepairPlanner(const RepairPlanOptions& options, RepairSink& sink)
    : options_(options), sink_(sink), scanner_(ScanOptions{options.padded_tails}, *this) {}

bool RepairPlanner::on_line(std::uint64_t offset, std::string_view bytes, bool terminated) {
  if (!hold_for_unfolding(offset, bytes, terminated)) plan_line(offset, bytes, terminated);
  return status_.ok();
}

bool RepairPlanner::on_long_line(std::uint64_t offset, std::uint64_t length) {
  release_held();
  take_gap();
  if (!status_.ok()) return false;
  torn_.clear();
  status_ = sink_.on_leave(
      {offset, length, DamageReason::oversize, "a line over the size limit; it stays in place"});
  return status_.ok();
}

bool RepairPlanner::on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view) {
  status_ = unreadable_range(offset, length);
  return false;
}

Status RepairPlanner::take_document(std::string_view bytes, std::span<const DocumentPart> records) {
  constexpr std::string_view kReason = "json_document";
  std::size_t at = 0;
  const auto replace = [&](std::size_t end, std::string_view put, std::string_view detail) {
    give({at, bytes.substr(at, end - at), put, RepairAction::unfold, kReason, detail});
    at = end;
  };
  for (const DocumentPart& record : records) {
    const std::string_view between =
        records.size() > 1 ? "the brackets and commas of an array" : "";
    if (record.begin > at) replace(record.begin, at == 0 ? "" : "\n", between);
    const std::string_view text = bytes.substr(at, record.end - at);
    if (text.find_first_of("\r\n") != std::string_view::npos) {
      replace(record.end, on_one_line(text), "one object over several lines");
    }
    at = record.end;
  }
  if (bytes.substr(at) != "\n") replace(bytes.size(), records.empty() ? "" : "\n", "the end");
  records_ += records.size();
  recovered_ += records.size();
  return status_;
}

Status RepairPlanner::finish() {
  release_held();
  return status_;
}

std::uint64_t RepairPlanner::settled_up_to(std::uint64_t behind) const {
  if (!padding_.empty()) return padding_offset_;
  return held_.empty() ? behind : held_[0].offset;
}

// Takes lines from a lone '{' on. A line that cannot be the next one of an object that is written
// over several lines ends the attempt, so that nothing is looked at more than twice.
bool RepairPlanner::hold_for_unfolding(std::uint64_t offset, std::string_view bytes,
                                       bool terminated) {
  const std::string_view text = without_blanks(bytes);
  const bool opens = text == "{";
  if (held_.empty() && !opens) return false;
  if (!held_.empty()) {
    const std::string_view first(held_bytes_.data() + held_[0].begin, held_[0].size);
    const bool may_follow =
        held_.size() > 1 || text.empty() || text.starts_with('"') || text == "}";
    const bool opens_anew = opens && indentation(bytes).size() <= indentation(first).size();
    if (!may_follow || opens_anew || held_bytes_.size() + bytes.size() > kHeldBytes) {
      release_held();
      return hold_for_unfolding(offset, bytes, terminated);
    }
  }
  held_.push_back({offset, held_bytes_.size(), bytes.size(), terminated});
  held_bytes_ += bytes;
  if (terminated) held_bytes_ += '\n';
  const std::string_view first(held_bytes_.data() + held_[0].begin, held_[0].size);
  if (text == "}" && indentation(bytes) == indentation(first)) unfold_or_release();
  return true;
}

void RepairPlanner::unfold_or_release() {
  JsonFault fault;
  const HeldLine& last = held_.back();
  const std::string_view whole(held_bytes_.data(), last.begin + last.size);
  if (!is_json_object_by_grammar(whole, &fault)) return release_held();
  take_gap();
  ++records_;
  ++recovered_;
  give({held_[0].offset, whole, on_one_line(whole), RepairAction::unfold, "several_lines",
        "one object over several lines"});
  held_.clear();
  held_bytes_.clear();
}

void RepairPlanner::release_held() {
  const std::vector<HeldLine> lines = std::exchange(held_, {});
  std::string bytes = std::exchange(held_bytes_, {});
  bytes.append(kJsonPadding, '\0');
  for (const HeldLine& line : lines) {
    if (!status_.ok()) return;
    plan_line(line.offset, {bytes.data() + line.begin, line.size}, line.terminated);
  }
}

bool RepairPlanner::on_record(const ScannedRecord& record) {
  Finding finding;
  finding.begin = record.offset;
  finding.end = record.offset + record.length;
  finding.is_record = true;
  finding.is_mended = record.salvaged;
  if (record.salvaged) finding.text = add_text(std::string(record.bytes));
  const std::string_view name = first_member_name(record.bytes);
  if (name != neighbour_name_) neighbour_name_ = name;
  findings_.push_back(finding);
  return true;
}

bool RepairPlanner::on_damage(Damage damage) {
  Finding finding;
  finding.begin = damage.offset;
  finding.end = damage.offset + damage.length;
  finding.reason = damage.reason;
  finding.text = add_text(std::move(damage.detail));
  findings_.push_back(finding);
  return true;
}

// Much damage on one line is mostly of one kind.
std::uint32_t RepairPlanner::add_text(std::string text) {
  if (texts_.empty() || texts_.back() != text) texts_.push_back(std::move(text));
  return static_cast<std::uint32_t>(texts_.size() - 1);
}

void RepairPlanner::plan_line(std::uint64_t offset, std::string_view bytes, bool terminated) {
  findings_.clear();
  texts_.clear();
  // Also an unterminated line is looked at whole: under the lock nobody is still writing it.
  scanner_.line(offset, bytes, true);
  if (is_blank(bytes)) return take_padding(offset, bytes, terminated);
  take_gap();
  if (!torn_.empty() && ++lines_since_torn_ > kLinesBetweenParts) torn_.clear();
  const bool one_whole_record =
      findings_.size() == 1 && findings_[0].is_record && findings_[0].begin == offset && terminated;
  if (one_whole_record) {
    ++records_;
    return;
  }
  // The line end, if there is one, belongs to what may be taken out.
  Line line{offset, bytes, bytes.size()};
  std::string with_end;
  if (terminated) {
    with_end = bytes;
    with_end += '\n';
    line.bytes = with_end;
  }
  if (!leaves_other_json()) plan_findings(line);
}

// Padding at the end of the file stays, padding before a record goes.
void RepairPlanner::take_padding(std::uint64_t offset, std::string_view bytes, bool terminated) {
  if (!options_.padded_tails) return;
  if (padding_.empty() && bytes.find(kPaddingByte) == std::string_view::npos) return;
  if (padding_.empty()) padding_offset_ = offset;
  padding_ += bytes;
  if (terminated) padding_ += '\n';
  if (padding_.size() > kPaddingHeld) take_gap();
}

void RepairPlanner::take_gap() {
  if (padding_.empty() || !status_.ok()) return;
  const std::string padding = std::exchange(padding_, {});
  give({padding_offset_,
        padding,
        {},
        RepairAction::set_aside,
        damage_reason_name(DamageReason::gap),
        "padding before a record: a write that a power cut took out"});
}

RepairPlanner::Piece RepairPlanner::piece_of_damage(const Line& line, const Finding& finding) {
  Piece piece;
  piece.begin = finding.begin;
  piece.end = finding.end;
  piece.reason = damage_reason_name(finding.reason);
  piece.detail = texts_[finding.text];
  if (options_.partial && finding.reason == DamageReason::torn) {
    if (auto closed = close_partial_record(from_first_byte(line.part(piece.begin, piece.end)));
        closed && !(options_.padded_tails && has_lost_sector(*closed))) {
      piece.is_kept = piece.has_text = true;
      piece.action = RepairAction::partial;
      piece.text = *std::move(closed);
    }
  }
  return piece;
}

bool RepairPlanner::leaves_other_json() {
  if (!options_.keeps_other_json) return false;
  for (const Finding& finding : findings_) {
    if (finding.is_record || finding.reason != DamageReason::not_object) continue;
    if (status_.ok()) {
      status_ = sink_.on_leave({finding.begin, finding.end - finding.begin, finding.reason,
                                texts_[finding.text] + "; it stays in place"});
    }
    return true;
  }
  return false;
}

// The line as pieces in a row. Blanks between them belong to none; other bytes that the scan passed
// over (a byte order mark) are pieces of their own.
void RepairPlanner::plan_findings(const Line& line) {
  Progress progress;
  progress.at = progress.passed = line.begin;
  for (const Finding& finding : findings_) {
    // A gap in front of the line is left out: take_gap() has it.
    if (finding.end > line.begin) take_finding(line, finding, progress);
  }
  pass_over(line, line.end(), progress);
  if (!progress.next) return;
  Piece& last = *progress.next;
  if (progress.is_first && !last.is_kept) join(line, last);
  const bool was_whole = progress.is_first && last.is_kept && !last.has_text;
  take_piece(line, last, progress);
  if (was_whole) --recovered_;
  finish_line(line, progress);
}

void RepairPlanner::take_finding(const Line& line, const Finding& finding, Progress& progress) {
  if (finding.is_mended && progress.next && progress.next->begin == finding.begin) {
    // The damage that was just told is this record as it was.
    progress.next->is_kept = progress.next->has_text = true;
    progress.next->action = RepairAction::mend;
    progress.next->text = texts_[finding.text];
  } else {
    pass_over(line, finding.begin, progress);
    Piece piece;
    piece.begin = finding.begin;
    piece.end = finding.end;
    piece.is_kept = true;
    put_off(line, finding.is_record ? std::move(piece) : piece_of_damage(line, finding), progress);
  }
  progress.passed = finding.end;
}

void RepairPlanner::pass_over(const Line& line, std::uint64_t to, Progress& progress) {
  const std::string_view between = without_blanks(line.part(progress.passed, to));
  if (between.empty()) return;
  Piece piece;
  piece.begin = line.begin + static_cast<std::uint64_t>(between.data() - line.bytes.data());
  piece.end = piece.begin + between.size();
  const bool is_mark = between == kByteOrderMark;
  piece.reason = is_mark ? "byte_order_mark" : damage_reason_name(DamageReason::not_json);
  piece.detail = is_mark ? "a byte order mark" : "not a JSON object";
  put_off(line, std::move(piece), progress);
}

void RepairPlanner::put_off(const Line& line, Piece piece, Progress& progress) {
  if (progress.next) {
    take_piece(line, *progress.next, progress);
    progress.is_first = false;
  }
  progress.next = std::move(piece);
}

// A line that is no record may be the rest of one that was torn a few lines before.
void RepairPlanner::join(const Line& line, Piece& piece) {
  if (torn_.empty()) return;
  std::string whole = torn_;
  whole += line.part(piece.begin, piece.end);
  JsonFault fault;
  if (!is_json_object_by_grammar(whole, &fault)) return;
  piece.is_kept = piece.has_text = true;
  piece.action = RepairAction::join;
  piece.reason = "interleaved";
  piece.detail = "the rest of the record that begins at byte " + std::to_string(torn_offset_);
  piece.text = std::move(whole);
  torn_.clear();
}

void RepairPlanner::take_piece(const Line& line, Piece& piece, Progress& progress) {
  if (!piece.is_kept) {
    if (progress.dropped) drop(line, progress.dropped->end, "", progress);
    if (progress.at == line.begin) progress.opening = piece;
    progress.dropped = std::move(piece);
    return;
  }
  const std::string_view line_end = progress.kept > 0 ? "\n" : "";
  if (progress.dropped) {
    if (progress.opening) remember_torn(line, *progress.opening);
    drop(line, piece.begin, line_end, progress);
  } else if (progress.kept > 0 || progress.at < piece.begin) {
    split(line, progress.at, piece.begin, line_end);
  }
  progress.opening.reset();
  if (piece.has_text) edit(line, piece, piece.text);
  progress.at = piece.end;
  ++progress.kept;
  ++records_;
  ++recovered_;
}

void RepairPlanner::finish_line(const Line& line, Progress& progress) {
  if (progress.kept == 0 && progress.dropped) {
    drop(line, line.begin + line.bytes.size(), "", progress);
  } else if (progress.dropped) {
    drop(line, line.end(), "", progress);
  } else if (progress.at < line.end()) {
    split(line, progress.at, line.end(), "");
  }
}

// Takes the last dropped piece out, and the blanks around it up to `end`; `put` comes in its place.
void RepairPlanner::drop(const Line& line, std::uint64_t end, std::string_view put,
                         Progress& progress) {
  Piece& piece = *progress.dropped;
  piece.begin = progress.at;
  piece.end = end;
  edit(line, piece, put);
  progress.at = end;
  progress.dropped.reset();
}

// What was torn in front of a whole record may find its rest on one of the next lines.
void RepairPlanner::remember_torn(const Line& line, const Piece& piece) {
  if (!options_.joins || options_.partial) return;
  if (piece.reason != damage_reason_name(DamageReason::torn)) return;
  if (piece.end - piece.begin > kTornMax) return;
  if (first_member_name(line.part(piece.begin, piece.end)) != neighbour_name_) return;
  torn_ = line.part(piece.begin, piece.end);
  torn_offset_ = piece.begin;
  lines_since_torn_ = 0;
}

// Between two records, or between one and the end of its line: white space there is part of no
// record, and would become one of a record that stands alone.
void RepairPlanner::split(const Line& line, std::uint64_t begin, std::uint64_t end,
                          std::string_view put) {
  Piece between;
  between.begin = begin;
  between.end = end;
  between.action = RepairAction::split;
  between.reason = "glued";
  between.detail = put.empty() ? "white space beside a record that shared its line"
                               : "a record on the line of the one before it";
  edit(line, between, put);
}

void RepairPlanner::edit(const Line& line, const Piece& piece, std::string_view put) {
  give({piece.begin, line.part(piece.begin, piece.end), put, piece.action, piece.reason,
        piece.detail});
}

void RepairPlanner::give(const RepairEdit& edit) {
  if (status_.ok()) status_ = sink_.on_edit(edit);
}

}  // namespace everturn
