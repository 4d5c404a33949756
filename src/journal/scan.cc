// SPDX-License-Identifier: Apache-2.0
#include "journal/scan.h"

#include <utility>

#include "journal/scan_split.h"

namespace everturn {
namespace {

constexpr std::uint64_t kSectorSize = 512;
constexpr std::size_t kBlankMin = 2;  // one empty line more is no padding

bool has_padding(std::string_view text) {
  return text.find(kPaddingByte) != std::string_view::npos;
}

}  // namespace

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  const auto is_blank_byte = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (at < text.size() && is_blank_byte(text[at])) ++at;
  return at;
}

bool is_blank(std::string_view text) { return skip_blanks(text, 0) == text.size(); }

std::string_view without_byte_order_mark(std::string_view line) {
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return line;
}

std::string_view first_member_name(std::string_view object) {
  std::size_t at = skip_blanks(object, 0);
  if (at == object.size() || object[at] != '{') return {};
  at = skip_blanks(object, at + 1);
  if (at == object.size() || object[at] != '"') return {};
  const std::size_t begin = ++at;
  while (at < object.size() && object[at] != '"') at += object[at] == '\\' ? 2 : 1;
  return at < object.size() ? object.substr(begin, at - begin) : std::string_view();
}

bool Scanner::line(std::uint64_t offset, std::string_view bytes, bool terminated) {
  std::uint64_t next = offset + bytes.size() + (terminated ? 1 : 0);
  const bool is_behind_hole = hole_end_ > 0 && offset == hole_end_;
  if (bytes.empty() || (bytes.front() != '{' && is_blank(bytes))) {
    return is_behind_hole ? blank_behind_hole(offset, bytes, next)
                          : blank_line(offset, bytes, next);
  }
  if (!note_blanks()) return false;
  const bool is_object = checker_.is_object(bytes);
  if (!is_object && !terminated && !is_behind_hole) {
    const std::uint64_t settled = settled_size(bytes);
    in_flight_bytes_ = bytes.size() - settled;
    bytes = bytes.substr(0, settled);
    next = offset + settled;
    if (bytes.empty()) return true;
  }
  return text(offset, bytes, next, {!is_behind_hole, true, terminated}, is_object);
}

// What stands on a line between the ranges that cannot be read, more than blanks.
bool Scanner::text(std::uint64_t offset, std::string_view bytes, std::uint64_t next, LinePart part,
                   bool is_object) {
  if (!report_gap()) return false;
  content_end_ = next;
  if (is_object && bytes.back() != '\r') {
    in_mark_run_ = in_return_run_ = false;
  } else {
    const std::size_t size = bytes.size();
    if (!strip_mark(offset, bytes) || !note_return(offset, bytes)) return false;
    if (is_blank(bytes)) return true;
    if (!is_object && bytes.size() < size) is_object = checker_.is_object(bytes);
  }
  if (!leading_gap(offset, bytes)) return false;
  if (!is_object) {
    LineSplitter splitter(*this, offset, bytes, next, part);
    const bool go_on = splitter.run();
    if (!part.has_end) cut_name_ = splitter.last_name();
    return go_on;
  }
  if (!whole_line(offset, bytes, next)) return false;
  if (!part.has_end) cut_name_ = short_name(bytes);
  return part.is_terminated || emit_note(offset, bytes.size(), NoteKind::unterminated_record,
                                         "the last record lacks its line end");
}

bool Scanner::unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) {
  const std::uint64_t begin = offset - front.size();
  const LinePart part{hole_end_ == 0 || begin != hole_end_, false, true};
  if (part.has_begin) cut_name_.clear();
  if (is_blank(front)) {
    if (!front.empty() && !blank_line(begin, front, offset)) return false;
  } else if (!note_blanks() || !text(begin, front, offset, part, checker_.is_object(front))) {
    return false;
  }
  if (!note_blanks() || !report_gap()) return false;
  content_end_ = hole_end_ = offset + length;
  return emit_damage(offset, length, DamageReason::unreadable, "the disk cannot read it");
}

// The line holds more than blanks, if anybody knew what.
bool Scanner::blank_behind_hole(std::uint64_t offset, std::string_view bytes, std::uint64_t next) {
  content_end_ = next;
  if (!options_.padded_tails || !has_padding(bytes)) return true;
  return blank_line(offset, bytes, next) && report_gap();
}

bool Scanner::blank_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next) {
  if (options_.padded_tails && has_padding(bytes)) {
    if (gap_length_ == 0) gap_offset_ = offset;
    gap_length_ = next - gap_offset_;
    return true;
  }
  if (gap_length_ > 0) return true;
  if (blank_length_ == 0) blank_offset_ = offset;
  blank_length_ += next - offset;
  return true;
}

bool Scanner::note_blanks() {
  if (blank_length_ == 0) return true;
  const std::uint64_t length = std::exchange(blank_length_, 0);
  if (length < kBlankMin) return true;
  return emit_note(blank_offset_, length, NoteKind::blank, "blank lines");
}

// A byte order mark in front of a line belongs to no record.
bool Scanner::strip_mark(std::uint64_t& offset, std::string_view& bytes) {
  const bool has_mark = bytes.starts_with(kByteOrderMark);
  if (has_mark) {
    if (!in_mark_run_ && !emit_note(offset, kByteOrderMark.size(), NoteKind::byte_order_mark,
                                    "a byte order mark in front of the line")) {
      return false;
    }
    offset += kByteOrderMark.size();
    bytes.remove_prefix(kByteOrderMark.size());
  }
  in_mark_run_ = has_mark;
  return true;
}

// CRs at the end of a line are white space, and a whole record keeps them: its writer may have
// given it so.
bool Scanner::note_return(std::uint64_t offset, std::string_view bytes) {
  std::size_t end = bytes.size();
  while (end > 0 && bytes[end - 1] == '\r') --end;
  const bool has_return = end < bytes.size();
  const bool is_first = has_return && !in_return_run_;
  in_return_run_ = has_return;
  return !is_first || emit_note(offset + end, bytes.size() - end, NoteKind::carriage_return,
                                "lines that end in CR LF, from here on");
}

// A power cut takes whole sectors, so that other tabs are the caller's own.
bool Scanner::leading_gap(std::uint64_t& offset, std::string_view& bytes) {
  if (!options_.padded_tails || bytes.front() != kPaddingByte) return true;
  const std::size_t start = skip_blanks(bytes, 0);
  if (start < kShortestRecord || (offset + start) % kSectorSize != 0 ||
      bytes.substr(0, start).find_first_not_of(kPaddingByte) != std::string_view::npos) {
    return true;
  }
  gap_offset_ = offset;
  gap_length_ = start;
  offset += start;
  bytes.remove_prefix(start);
  return report_gap();
}

// A power cut may have taken the sector behind a record, with its line end: then a sector of
// padding and more stands there, and is no part of the record.
bool Scanner::whole_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next) {
  const std::size_t size = bytes.find_last_not_of(kPaddingByte) + 1;
  const bool lost_end = options_.padded_tails && bytes.size() - size >= kSectorSize &&
                        (offset + size) % kSectorSize == 0;
  if (!lost_end)
    return record_or_gap({offset, bytes.size(), next, bytes, false, false, in_mark_run_});
  return record_or_gap({offset, size, next, bytes.substr(0, size), false, false, in_mark_run_}) &&
         emit_damage(offset + size, bytes.size() - size, DamageReason::gap,
                     std::string(kGapDetail));
}

// An object with a whole sector of padding in it is not what its writer wrote: between its values
// something is missing.
bool Scanner::record_or_gap(const ScannedRecord& record) {
  if (!holds_lost_sector(record.offset, record.bytes)) return emit_record(record);
  return emit_damage(record.offset, record.length, DamageReason::gap,
                     "padding inside a record: a part that a power cut took out");
}

bool Scanner::holds_lost_sector(std::uint64_t offset, std::string_view bytes) const {
  if (!options_.padded_tails) return false;
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t first = (offset + kSectorSize - 1) / kSectorSize * kSectorSize;
  for (std::uint64_t sector = first; sector + kSectorSize <= end; sector += kSectorSize) {
    const std::string_view content = bytes.substr(sector - offset, kSectorSize);
    if (content.front() != kPaddingByte) continue;
    if (content.find_first_not_of(kPaddingByte) == std::string_view::npos) return true;
  }
  return false;
}

bool Scanner::oversize_line(std::uint64_t offset, std::uint64_t length) {
  if (!note_blanks() || !report_gap()) return false;
  content_end_ = offset + length;
  return emit_damage(offset, length, DamageReason::oversize,
                     "a line over the size limit; kept in place");
}

bool Scanner::report_gap() {
  if (gap_length_ == 0) return true;
  return emit_damage(gap_offset_, std::exchange(gap_length_, 0), DamageReason::gap,
                     std::string(kGapDetail));
}

bool Scanner::emit_record(const ScannedRecord& record) {
  if (neighbour_start_.empty() || !record.bytes.starts_with(neighbour_start_)) {
    neighbour_name_ = short_name(record.bytes);
    neighbour_start_ = neighbour_name_.empty() ? "" : "{\"" + neighbour_name_ + "\"";
  }
  if (options_.find_repeats &&
      !tell_repeat(repeats_.add(record.offset, record.offset + record.length, record.bytes))) {
    return false;
  }
  return sink_.on_record(record);
}

bool Scanner::emit_damage(std::uint64_t offset, std::uint64_t length, DamageReason reason,
                          std::string detail) {
  return tell_repeat(repeats_.interrupt()) &&
         sink_.on_damage({offset, length, reason, std::move(detail)});
}

bool Scanner::emit_note(std::uint64_t offset, std::uint64_t length, NoteKind kind,
                        std::string detail) {
  return sink_.on_note({offset, length, kind, std::move(detail)});
}

bool Scanner::tell_repeat(const std::optional<RepeatedRun>& run) {
  return !run || sink_.on_repeat(*run);
}

bool Scanner::finish() { return tell_repeat(repeats_.interrupt()) && note_blanks(); }

}  // namespace everturn
