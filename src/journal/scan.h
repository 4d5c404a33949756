// SPDX-License-Identifier: Apache-2.0
// Scan: splits the bytes of a session file into records and damage. Pure: no disk, no clock.
//
// A line (up to '\n') that is one JSON object is a record, byte for byte. No proper prefix of a
// JSON object is a JSON object, so a line that validates was written whole. Every other line is
// split: glued records `{...}{...}` are all records; what a torn write left before a whole record
// is damage and the record behind it is returned, under rules strict enough that an inner object of
// a damaged record is not taken for one (see scan.cc). Everything else is damage: a byte range and
// a reason. Blank lines are nothing.
//
// Where files have padded tails, a line of tabs at the end is padding; before a record it is a
// gap that a power cut left, and is reported.
#ifndef EVERTURN_JOURNAL_SCAN_H_
#define EVERTURN_JOURNAL_SCAN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "everturn/report.h"

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
};

// Gets what a file holds, in its order; false stops the scan. A salvaged record comes twice: first
// its range as damage (reason bad_utf8), then the record with the same offset.
class ScanSink {
 public:
  virtual ~ScanSink() = default;
  virtual bool on_record(const ScannedRecord& record) = 0;
  virtual bool on_damage(Damage damage) = 0;
  // Notes may come late, and so not in the order of their offsets.
  virtual bool on_note(Note) { return true; }
};

struct ScanOptions {
  bool padded_tails = false;  // padding before or inside a record is a gap
};

// Takes the lines of a file in order. One thread at a time.
class Scanner {
 public:
  Scanner(ScanOptions options, ScanSink& sink) : options_(options), sink_(sink) {}

  // One line without its '\n'. kJsonPadding bytes behind it must be readable. A line that is not
  // terminated (the last of the file) is a record if it is a whole object; it is damage if it holds
  // NUL bytes, which a power cut left and no writer goes on behind; else a writer may be
  // about to finish it, and it only counts as in_flight_bytes(). False: the sink stopped the scan.
  bool line(std::uint64_t offset, std::string_view bytes, bool terminated);
  // A line that was too long to be read into memory.
  bool oversize_line(std::uint64_t offset, std::uint64_t length);

  // After the last line: the notes that only the end settles. Only for sinks that want them.
  bool finish();

  // Bytes of the unterminated last line that is no whole record; 0 if there is none.
  [[nodiscard]] std::uint64_t in_flight_bytes() const { return in_flight_bytes_; }
  // Behind the last line that held anything but blanks.
  [[nodiscard]] std::uint64_t content_end() const { return content_end_; }

 private:
  struct Split;  // one line on its way to records and damage
  bool report_gap();
  [[nodiscard]] bool holds_lost_sector(std::uint64_t offset, std::string_view bytes) const;
  bool record_or_gap(std::uint64_t offset, std::uint64_t next, std::string_view bytes);
  bool emit_record(std::uint64_t offset, std::uint64_t next, std::string_view bytes);
  bool emit_damage(std::uint64_t offset, std::uint64_t length, DamageReason reason,
                   std::string detail);
  bool whole_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next);
  bool split_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next);

  ScanOptions options_;
  ScanSink& sink_;
  JsonChecker checker_;
  std::string neighbour_name_;  // first member name of the last good record
  std::uint64_t gap_offset_ = 0;
  std::uint64_t gap_length_ = 0;
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t content_end_ = 0;
};

// The raw name of an object's first member as it stands between its quotes; also of an object that
// is cut off behind the name. Empty if there is none.
std::string_view first_member_name(std::string_view object);

// What the padded tail of a file is made of. Tabs, because JSON allows them raw between values
// only: a sector of padding that a power cut left inside a record, where spaces could be taken for
// text, cannot go unseen.
inline constexpr char kPaddingByte = '\t';

// True if `text` holds nothing but JSON white space.
bool is_blank(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_SCAN_H_
