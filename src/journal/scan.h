// SPDX-License-Identifier: Apache-2.0
// Scan: splits the bytes of a session file into records, damage and notes. Pure: no disk, no clock.
//
// A line (up to '\n') that is one JSON object is a record, byte for byte, with a CR in front of the
// '\n' if there is one; a byte order mark in front of the line belongs to nothing. No proper prefix
// of a JSON object is a JSON object, so a line that validates was written whole. Every other line
// is split: glued records `{...}{...}` are all records; what a torn write left before a whole
// record is damage and the record behind it is returned, under rules strict enough that an inner
// object of a damaged record is not taken for one (see scan_split.cc). Everything else is damage: a
// byte range and a reason. Records, damage, byte order marks, line ends and blanks are all that a
// file holds: each of its bytes is in exactly one of them, but for the range of a salvaged record,
// which is damage and a record.
//
// A range that cannot be read cuts the line it stands on, and both parts are taken like damaged
// ones: no proper beginning and no proper end of a JSON object is a JSON object, so a part that is
// one was written as one, and what goes through the range is damage.
//
// Where files have padded tails, a line of tabs at the end is padding; before a record it is a
// gap that a power cut left, and is reported.
//
// Time is linear in the size whatever the bytes are; memory is what the longest line takes, and an
// eighth of it.
#ifndef EVERTURN_JOURNAL_SCAN_H_
#define EVERTURN_JOURNAL_SCAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "everturn/report.h"
#include "journal/repeats.h"

namespace everturn {

struct ScannedRecord {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // in the file
  std::uint64_t next = 0;    // the offset behind the record and its line end
  // What a caller gets: the file's bytes, or mended ones if salvaged. Valid during the call;
  // if not salvaged, as long as the line that was given to the scanner.
  std::string_view bytes;
  bool salvaged = false;
  bool nonfinite = false;
  bool has_mark = false;  // a byte order mark stands in front of it
};

// Gets what a file holds, in its order; false stops the scan. A salvaged record comes twice: first
// its range as damage (reason bad_utf8), then the record with the same offset.
class ScanSink {
 public:
  virtual ~ScanSink() = default;
  virtual bool on_record(const ScannedRecord& record) = 0;
  virtual bool on_damage(Damage damage) = 0;
  // Notes may come late, and so not in the order of their offsets.
  // Who takes them, keeps them. NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual bool on_note(Note) { return true; }
  // Records that seem to repeat earlier ones, see RepeatFinder; not yet a note.
  virtual bool on_repeat(const RepeatedRun&) { return true; }
};

// What of a line a text is: a range that cannot be read may cut off its beginning or its end.
struct LinePart {
  bool has_begin = true;
  bool has_end = true;
  bool is_terminated = true;  // or who knows
  [[nodiscard]] bool is_whole() const { return has_begin && has_end; }
};

struct ScanOptions {
  bool padded_tails = false;  // padding before or inside a record is a gap
  bool find_repeats = false;  // tell of duplicate blocks
};

// Takes the lines of a file in order. One thread at a time.
class Scanner {
 public:
  Scanner(ScanOptions options, ScanSink& sink) : options_(options), sink_(sink) {}

  // One line without its '\n'. kJsonPadding bytes behind it must be readable. Of a line that is not
  // terminated (the last of the file) what settled_size() says is split like any other; the rest a
  // writer may be about to finish, and it only counts as in_flight_bytes(). False: the sink stopped
  // the scan.
  bool line(std::uint64_t offset, std::string_view bytes, bool terminated);
  // A line that was too long to be read into memory.
  bool oversize_line(std::uint64_t offset, std::uint64_t length);
  // A range that the disk cannot read. `front` is what stands before it on its line (kJsonPadding
  // bytes behind it must be readable): settled, for nobody goes on behind the range without a line
  // end. The next line begins behind the range, and is the rest of the line that goes through it.
  bool unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front);

  // After the last line: the notes that only the end settles. Only for sinks that want them.
  bool finish();

  // Bytes of the unterminated last line that is no whole record; 0 if there is none.
  [[nodiscard]] std::uint64_t in_flight_bytes() const { return in_flight_bytes_; }
  // Behind the last line that held anything but blanks.
  [[nodiscard]] std::uint64_t content_end() const { return content_end_; }

 private:
  friend class LineSplitter;

  bool blank_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next);
  bool note_blanks();
  bool strip_mark(std::uint64_t& offset, std::string_view& bytes);
  bool note_return(std::uint64_t offset, std::string_view bytes);
  bool report_gap();
  bool leading_gap(std::uint64_t& offset, std::string_view& bytes);
  [[nodiscard]] bool holds_lost_sector(std::uint64_t offset, std::string_view bytes) const;
  bool record_or_gap(const ScannedRecord& record);
  bool emit_record(const ScannedRecord& record);
  bool emit_damage(std::uint64_t offset, std::uint64_t length, DamageReason reason,
                   std::string detail);
  bool emit_note(std::uint64_t offset, std::uint64_t length, NoteKind kind, std::string detail);
  bool tell_repeat(const std::optional<RepeatedRun>& run);
  bool whole_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next);
  bool blank_behind_hole(std::uint64_t offset, std::string_view bytes, std::uint64_t next);
  bool text(std::uint64_t offset, std::string_view bytes, std::uint64_t next, LinePart part,
            bool is_object);

  ScanOptions options_;
  ScanSink& sink_;
  JsonChecker checker_;
  RepeatFinder repeats_;
  std::string neighbour_name_;   // first member name of the last good record
  std::string neighbour_start_;  // how such a record begins: what usually the next one does too
  std::uint64_t gap_offset_ = 0;
  std::uint64_t gap_length_ = 0;
  std::uint64_t blank_offset_ = 0;
  std::uint64_t blank_length_ = 0;
  bool in_mark_run_ = false;    // the last line began with a byte order mark
  bool in_return_run_ = false;  // the last line ended in CR LF
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t content_end_ = 0;
  std::uint64_t hole_end_ = 0;  // of the last range that could not be read; 0: none
  std::string cut_name_;        // first member name of the record that it cut, as far as it stands
};

// How many bytes at the start of an unterminated last line are settled: whatever is written behind
// them, they stay the records and the damage that they are. The whole line if objects, from its
// start or behind a torn one, reach its end, or if it holds NUL bytes, which a power cut left and
// no writer goes on behind; else the whole objects at its start. Needs no bytes behind the line.
std::uint64_t settled_size(std::string_view line);

// The raw name of an object's first member as it stands between its quotes; also of an object that
// is cut off behind the name. Empty if there is none.
std::string_view first_member_name(std::string_view object);

// What the padded tail of a file is made of. Tabs, because JSON allows them raw between values
// only: a sector of padding that a power cut left inside a record, where spaces could be taken for
// text, cannot go unseen.
inline constexpr char kPaddingByte = '\t';

// True if `text` holds nothing but JSON white space.
bool is_blank(std::string_view text);
// The offset of the first byte at or behind `at` that is no JSON white space, or the size.
std::size_t skip_blanks(std::string_view text, std::size_t at);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// Is it the first record of the first line? In front of it only a byte order mark may stand.
inline bool is_on_first_line(const ScannedRecord& record) {
  return record.offset == 0 || (record.offset == kByteOrderMark.size() && record.has_mark);
}
// A line without a byte order mark in front of it.
std::string_view without_byte_order_mark(std::string_view line);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_SCAN_H_
