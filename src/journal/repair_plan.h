// SPDX-License-Identifier: Apache-2.0
// The plan of a repair: which bytes of a session file go out and which come in, so that every
// record stands alone on its line. Pure: no disk, no clock.
//
// A plan is an edit script over the old file. Bytes that no edit names stay as they are, in order.
// So the new file and what the edits took out hold every byte of the old one, and the script can be
// turned around (store/quarantine.h).
//
// What the load scan calls a record is one here, with two more, which only a repair looks for:
//   unfold  lines from a lone '{' to a lone '}' that are one object together
//   join    a record that another process's line was written into: its first part stands torn in
//           front of a whole record, its second part alone on one of the next lines, and together
//           they are one object that begins with the same member name as its neighbours
#ifndef EVERTURN_JOURNAL_REPAIR_PLAN_H_
#define EVERTURN_JOURNAL_REPAIR_PLAN_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/repair.h"
#include "journal/json_document.h"
#include "journal/reader.h"
#include "journal/scan.h"

namespace everturn {

// old[offset, offset + taken.size()) is replaced by `put`.
struct RepairEdit {
  std::uint64_t offset = 0;
  std::string_view taken;  // both live until the sink returns
  std::string_view put;
  RepairAction action = RepairAction::set_aside;
  std::string_view reason;
  std::string_view detail;
};

class RepairSink {
 public:
  virtual ~RepairSink() = default;
  // In file order, not overlapping.
  virtual Status on_edit(const RepairEdit& edit) = 0;
  // Damage that stays where it is.
  virtual Status on_leave(const Damage& damage) = 0;
};

struct RepairPlanOptions {
  bool padded_tails = false;
  bool partial = false;          // see RepairOptions
  bool keeps_other_json = true;  // lines that are JSON but no object stay: the file is not ours
  bool joins = true;             // false where edits other than set_aside are not carried out: a
                                 // first part that was set aside cannot be joined any more
};

// Takes the lines of a file from its beginning, in order, and gives the edits to the sink. Memory:
// twice the longest line, kHeldBytes, and 24 bytes for each record or damage on one line. One
// thread at a time.
class RepairPlanner : public LineSink, private ScanSink {
 public:
  RepairPlanner(const RepairPlanOptions& options, RepairSink& sink);

  // From read_lines(). False after a failure of the sink.
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override;
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override;
  // An error: nothing can be set aside that cannot be read.
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override;
  // Instead of lines: the whole file, which is one JSON document with these records in it.
  Status take_document(std::string_view bytes, std::span<const DocumentPart> records);
  // Behind the last line. Only padding may follow.
  Status finish();

  // Edits are yet to come from this offset on at the most; `behind` is the end of what was read.
  [[nodiscard]] std::uint64_t settled_up_to(std::uint64_t behind) const;
  // Why on_line() said false.
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }  // in the new file
  // Of them, those that a reader of strict lines would not have had.
  [[nodiscard]] std::uint64_t recovered() const { return recovered_; }

  // Lines that may be parts of one object are held up to so many bytes.
  static constexpr std::size_t kHeldBytes = 4 << 20;

 private:
  // What the scan says of a range of a line. Small: a line of 64 MiB may hold 20 million.
  struct Finding {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint32_t text = 0;  // in texts_: a mended record, or a sentence about damage
    DamageReason reason = DamageReason::not_json;
    bool is_record = false;
    bool is_mended = false;
  };
  // A part of a line that is kept or goes.
  struct Piece {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool is_kept = false;
    bool has_text = false;  // `text` stands in its place
    RepairAction action = RepairAction::set_aside;
    std::string_view reason;
    std::string detail;
    std::string text;
  };
  struct Line {
    std::uint64_t begin = 0;
    std::string_view bytes;  // with its line end, if it has one
    std::size_t size = 0;    // without it
    [[nodiscard]] std::uint64_t end() const { return begin + size; }
    [[nodiscard]] std::string_view part(std::uint64_t from, std::uint64_t to) const {
      return bytes.substr(from - begin, to - from);
    }
  };
  // How far the planning of a line has come.
  struct Progress {
    std::uint64_t at = 0;          // behind what is dealt with
    std::uint64_t passed = 0;      // behind the last finding
    std::uint64_t kept = 0;        // pieces
    std::optional<Piece> next;     // may be the only one of its line, or a mended record
    std::optional<Piece> dropped;  // the last one, if nothing kept stands behind it yet
    std::optional<Piece> opening;  // what is dropped at the beginning of the line
    bool is_first = true;          // `next` is
  };
  struct HeldLine {
    std::uint64_t offset = 0;
    std::size_t begin = 0;  // in held_bytes_
    std::size_t size = 0;   // without its line end
    bool terminated = false;
  };

  bool on_record(const ScannedRecord& record) override;
  bool on_damage(Damage damage) override;

  bool hold_for_unfolding(std::uint64_t offset, std::string_view bytes, bool terminated);
  void unfold_or_release();
  void release_held();
  void plan_line(std::uint64_t offset, std::string_view bytes, bool terminated);
  void take_padding(std::uint64_t offset, std::string_view bytes, bool terminated);
  void take_gap();
  std::uint32_t add_text(std::string text);
  Piece piece_of_damage(const Line& line, const Finding& finding);
  bool leaves_other_json();
  void plan_findings(const Line& line);
  void take_finding(const Line& line, const Finding& finding, Progress& progress);
  void pass_over(const Line& line, std::uint64_t to, Progress& progress);
  void put_off(const Line& line, Piece piece, Progress& progress);
  void take_piece(const Line& line, Piece& piece, Progress& progress);
  void drop(const Line& line, std::uint64_t end, std::string_view put, Progress& progress);
  void finish_line(const Line& line, Progress& progress);
  void remember_torn(const Line& line, const Piece& piece);
  void join(const Line& line, Piece& piece);
  void split(const Line& line, std::uint64_t begin, std::uint64_t end, std::string_view put);
  void edit(const Line& line, const Piece& piece, std::string_view put);
  void give(const RepairEdit& edit);

  RepairPlanOptions options_;
  RepairSink& sink_;
  Scanner scanner_;
  std::vector<Finding> findings_;  // of the line at hand
  std::vector<std::string> texts_;
  std::string neighbour_name_;
  std::string padding_;  // blank lines since the first one with padding in it
  std::uint64_t padding_offset_ = 0;
  std::string held_bytes_;
  std::vector<HeldLine> held_;
  std::string torn_;  // the last torn beginning in front of a whole record
  std::uint64_t torn_offset_ = 0;
  std::uint64_t lines_since_torn_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t recovered_ = 0;
  Status status_;
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_REPAIR_PLAN_H_
