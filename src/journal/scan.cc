// SPDX-License-Identifier: Apache-2.0
#include "journal/scan.h"

#include <utility>
#include <vector>

namespace everturn {
namespace {

constexpr std::uint64_t kSectorSize = 512;
constexpr std::size_t kShortestRecord = 3;  // with its line end: what a gap may have held
constexpr std::string_view kGapDetail =
    "padding before a record: a write that a power cut took out";
constexpr std::size_t kOtherJsonMax = 1 << 20;  // longer lines are just "not a JSON object"

bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank_byte(text[at])) ++at;
  return at;
}

bool has_padding(std::string_view text) {
  return text.find(kPaddingByte) != std::string_view::npos;
}

// A byte that could go on with an enclosing array or object: what stands before it may be an inner
// object of a record whose beginning was lost.
bool continues_a_container(char c) { return c == ',' || c == ']' || c == '}' || c == ':'; }

DamageReason reason_of(const JsonFault& fault) {
  if (fault.at_end) return DamageReason::torn;
  if (fault.reason.find("UTF-8") != std::string_view::npos ||
      fault.reason.find("control") != std::string_view::npos) {
    return DamageReason::bad_utf8;
  }
  return DamageReason::not_json;
}

// A JSON value, but no object.
bool is_other_json(std::string_view text) {
  if (text.size() > kOtherJsonMax) return false;
  std::string member = "{\"\":";
  member += text;
  member += '}';
  JsonFault fault;
  return is_json_object_by_grammar(member, &fault);
}

struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Objects that stand one behind the other.
struct Chain {
  std::vector<Piece> pieces;
  std::size_t end = 0;       // behind the last one and the blanks that follow it
  bool reaches_end = false;  // nothing but those stands in the text
  JsonFault fault;           // why the next one is none; offset in the text
};

}  // namespace

bool is_blank(std::string_view text) { return skip_blanks(text, 0) == text.size(); }

std::string_view first_member_name(std::string_view object) {
  std::size_t at = skip_blanks(object, 0);
  if (at == object.size() || object[at] != '{') return {};
  at = skip_blanks(object, at + 1);
  if (at == object.size() || object[at] != '"') return {};
  const std::size_t begin = ++at;
  while (at < object.size() && object[at] != '"') at += object[at] == '\\' ? 2 : 1;
  return at < object.size() ? object.substr(begin, at - begin) : std::string_view();
}

// The rules of splitting, from experiments with torn real transcripts (restarting at any '{' that
// parses invented a record in every fourth torn line):
// - A run of NUL bytes is a write that never reached the disk: what stands before and behind it are
//   segments of their own.
// - From its start, a segment is read as objects one behind the other, at most one stray byte
//   between two (a line end that was altered). If they reach the segment's end, all are records.
// - If not, whole objects at the start of a line are records only if what follows them cannot be
// the
//   rest of an enclosing record.
// - Behind damage, reading starts again only at the last '{' at or before the first grammar error
//   (none if there is no error but the end), and only if the objects from there reach the segment's
//   end and begin with the same member name as a good neighbour or as the damaged record itself.
// The work is bounded by a budget of a few passes over the line.
struct Scanner::Split {
  Scanner& scanner;
  std::uint64_t base;
  std::string_view line;
  std::uint64_t next;
  std::uint64_t budget;
  std::string_view own_name;
  bool go_on = true;

  Chain read_chain(std::string_view text, std::size_t from) {
    Chain chain;
    chain.end = skip_blanks(text, from);
    while (chain.end < text.size() && budget > 0) {
      std::size_t start = chain.end;
      if (text[start] != '{' && !chain.pieces.empty() && start + 1 < text.size() &&
          text[start + 1] == '{') {
        ++start;
      }
      JsonFault fault;
      const auto length = parse_json_object(text.substr(start), &fault);
      const std::uint64_t cost = 16 + (length ? *length : fault.offset);
      budget -= cost < budget ? cost : budget;
      if (!length) {
        chain.fault = fault;
        chain.fault.offset += start;
        return chain;
      }
      chain.pieces.push_back({start, start + *length});
      chain.end = skip_blanks(text, start + *length);
    }
    chain.reaches_end = chain.end == text.size() && !chain.pieces.empty();
    return chain;
  }

  [[nodiscard]] bool name_is_known(std::string_view object) const {
    const std::string_view name = first_member_name(object);
    if (name.empty()) return false;
    if (name == own_name || name == scanner.neighbour_name_) return true;
    // Behind nothing but a metadata record, the first one of a session may have any name.
    const auto says_nothing = [](std::string_view known) {
      return known.empty() || known == "_type";
    };
    return says_nothing(own_name) && says_nothing(scanner.neighbour_name_);
  }

  // Emits text[from, to) as damage and what lies between and in the pieces as damage and records.
  void emit(std::string_view text, std::uint64_t offset, const Chain& chain, std::size_t from) {
    std::size_t at = from;
    for (const Piece& piece : chain.pieces) {
      damage(text, offset, at, piece.begin, DamageReason::not_json);
      if (!go_on) return;
      const std::string_view bytes = text.substr(piece.begin, piece.end - piece.begin);
      own_name = first_member_name(bytes);
      const bool ends_line = offset + piece.end == base + line.size();
      go_on =
          scanner.record_or_gap(offset + piece.begin, ends_line ? next : offset + piece.end, bytes);
      if (!go_on) return;
      at = piece.end;
    }
  }

  // Blanks inside a damaged line: padding that a power cut kept from being overwritten.
  void gap(std::uint64_t offset, std::uint64_t length) {
    if (length < kShortestRecord || !scanner.options_.padded_tails) return;
    go_on = scanner.emit_damage(offset, length, DamageReason::gap, std::string(kGapDetail));
  }

  void damage(std::string_view text, std::uint64_t offset, std::size_t from, std::size_t to,
              DamageReason reason) {
    if (!go_on) return;
    if (is_blank(text.substr(from, to - from))) return gap(offset + from, to - from);
    std::string detail = reason == DamageReason::torn ? "a record that ends too early"
                         : reason == DamageReason::bad_utf8
                             ? "a record with bytes that JSON does not allow in text"
                             : "not a JSON object";
    go_on = scanner.emit_damage(offset + from, to - from, reason, std::move(detail));
  }

  // A record that was torn and whose line another one goes on. If the damage is as it would be of
  // one torn record, every object in it may be an inner one. Else the record that broke the grammar
  // begins at the last '{' before the fault: what stands before that may be inner objects too.
  bool restart(std::string_view text, std::uint64_t offset, const JsonFault& fault,
               std::size_t done) {
    if (fault.at_end || budget == 0) return false;
    const std::size_t at = text.rfind('{', fault.offset);
    if (at == std::string_view::npos || at < done || at == 0) return false;
    if (!name_is_known(text.substr(at))) return false;
    const Chain chain = read_chain(text, at);
    if (!chain.reaches_end) return false;
    damage(text, offset, done, at, DamageReason::torn);
    if (go_on) emit(text, offset, chain, at);
    return true;
  }

  void segment(std::string_view text, std::uint64_t offset, bool starts_a_line) {
    Chain chain = read_chain(text, 0);
    std::size_t done = 0;
    if (!chain.pieces.empty()) {
      const bool trusted = starts_a_line || name_is_known(text.substr(chain.pieces[0].begin));
      if (trusted && (chain.reaches_end || !continues_a_container(text[chain.end]))) {
        emit(text, offset, chain, 0);
        done = chain.pieces.back().end;
        if (chain.reaches_end) return;
      }
    } else {
      own_name = first_member_name(text);
    }
    if (restart(text, offset, chain.fault, done)) return;
    damage(text, offset, done, text.size(), reason_of(chain.fault));
  }

  bool run() {
    std::size_t at = 0;
    while (go_on && at < line.size()) {
      std::size_t zeros = line.find('\0', at);
      if (zeros == std::string_view::npos) zeros = line.size();
      const std::string_view text = line.substr(at, zeros - at);
      if (is_blank(text)) {
        gap(base + at, text.size());
      } else {
        segment(text, base + at, at == 0);
      }
      std::size_t end = line.find_first_not_of('\0', zeros);
      if (end == std::string_view::npos) end = line.size();
      if (go_on && end > zeros) {
        go_on = scanner.emit_damage(base + zeros, end - zeros, DamageReason::zeros,
                                    "NUL bytes: a write that never reached the disk");
      }
      at = end;
    }
    return go_on;
  }
};

bool Scanner::line(std::uint64_t offset, std::string_view bytes, bool terminated) {
  const std::uint64_t next = offset + bytes.size() + (terminated ? 1 : 0);
  const std::size_t start = skip_blanks(bytes, 0);
  if (start == bytes.size()) {
    if (options_.padded_tails && has_padding(bytes)) {
      if (gap_length_ == 0) gap_offset_ = offset;
      gap_length_ = next - gap_offset_;
    }
    return true;
  }
  // No writer leaves NUL bytes behind it: such an end is what a power cut left.
  const bool is_finished = terminated || bytes.find('\0') != std::string_view::npos;
  if (!is_finished && !checker_.is_object(bytes)) {
    in_flight_bytes_ = bytes.size();
    return true;
  }
  if (!report_gap()) return false;
  // A power cut takes whole sectors, so that other tabs are the caller's own.
  if (options_.padded_tails && start >= kShortestRecord && (offset + start) % kSectorSize == 0 &&
      bytes.substr(0, start).find_first_not_of(kPaddingByte) == std::string_view::npos) {
    gap_offset_ = offset;
    gap_length_ = start;
    if (!report_gap()) return false;
    offset += start;
    bytes.remove_prefix(start);
  }
  content_end_ = next;
  if (!is_finished || checker_.is_object(bytes)) return whole_line(offset, bytes, next);
  return split_line(offset, bytes, next);
}

// A power cut may have taken the sector behind a record, with its line end: then a sector of
// padding and more stands there, and is no part of the record.
bool Scanner::whole_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next) {
  const std::size_t size = bytes.find_last_not_of(kPaddingByte) + 1;
  const bool lost_end = options_.padded_tails && bytes.size() - size >= kSectorSize &&
                        (offset + size) % kSectorSize == 0;
  if (!lost_end) return record_or_gap(offset, next, bytes);
  return record_or_gap(offset, next, bytes.substr(0, size)) &&
         emit_damage(offset + size, bytes.size() - size, DamageReason::gap,
                     std::string(kGapDetail));
}

// An object with a whole sector of padding in it is not what its writer wrote: between its values
// something is missing.
bool Scanner::record_or_gap(std::uint64_t offset, std::uint64_t next, std::string_view bytes) {
  if (!holds_lost_sector(offset, bytes)) return emit_record(offset, next, bytes);
  return emit_damage(offset, bytes.size(), DamageReason::gap,
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

bool Scanner::finish() { return true; }

bool Scanner::oversize_line(std::uint64_t offset, std::uint64_t length) {
  if (!report_gap()) return false;
  content_end_ = offset + length;
  return emit_damage(offset, length, DamageReason::oversize,
                     "a line over the size limit; kept in place");
}

bool Scanner::report_gap() {
  if (gap_length_ == 0) return true;
  return emit_damage(gap_offset_, std::exchange(gap_length_, 0), DamageReason::gap,
                     std::string(kGapDetail));
}

bool Scanner::emit_record(std::uint64_t offset, std::uint64_t next, std::string_view bytes) {
  const std::string_view name = first_member_name(bytes);
  if (name != neighbour_name_) neighbour_name_ = name;
  return sink_.on_record({offset, bytes.size(), next, bytes});
}

bool Scanner::emit_damage(std::uint64_t offset, std::uint64_t length, DamageReason reason,
                          std::string detail) {
  return sink_.on_damage({offset, length, reason, std::move(detail)});
}

bool Scanner::split_line(std::uint64_t offset, std::string_view bytes, std::uint64_t next) {
  Split split{*this, offset, bytes, next, 64 + 8 * static_cast<std::uint64_t>(bytes.size()), {}};
  const char first = bytes[skip_blanks(bytes, 0)];
  if (first != '{' && first != '\0' && is_other_json(bytes)) {
    return emit_damage(offset, bytes.size(), DamageReason::not_object, "JSON, but not an object");
  }
  return split.run();
}

}  // namespace everturn
