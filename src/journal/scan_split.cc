// SPDX-License-Identifier: Apache-2.0
// The rules of splitting, from experiments with torn real transcripts (restarting at any '{' that
// parses invented a record in every fourth torn line):
// - A range that cannot be read divides a line like NUL bytes: a part of a line is a segment.
// - A run of NUL bytes is a write that never reached the disk: what stands before and behind it are
//   segments of their own.
// - From its start, a segment is read as objects one behind the other, at most one stray byte
//   between two (a line end that was altered; one that could go on in an enclosing record only
//   once, between objects that begin alike, and not behind damage). If they reach the segment's
//   end, all are records.
// - If not, an object is a record only if another one begins behind it, whole or torn. What meets
//   anything else may have been closed by chance, or lie in a larger one.
// - Behind damage, reading starts again only at the last '{' at or before the first grammar error
//   (none if there is no error but the end), and only if the objects from there reach the segment's
//   end and begin with the same member name as a good neighbour or as the damaged record itself. If
//   they meet a grammar error of their own, it was one more torn record: again.
// - Whatever else in the damage parses and has such a name is a candidate: told, never returned.
// Objects are read tolerantly: bad bytes in a string damage that record alone, and do not hide
// where it ends.
#include "journal/scan_split.h"

#include <algorithm>
#include <utility>

namespace everturn {
namespace {

constexpr std::size_t kOtherJsonMax = 1 << 20;  // longer lines are just "not a JSON object"
constexpr std::size_t kCandidatesMax = 16;      // told of one range

// A byte that could go on with an enclosing array or object: what stands before it may be an inner
// object of a record whose beginning was lost.
bool continues_a_container(char c) { return c == ',' || c == ']' || c == '}' || c == ':'; }

// An object begins at `at`, or behind one stray byte that is no part of an enclosing record.
bool is_followed_by_object(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at, 2);
  return rest.starts_with('{') || (rest.ends_with("{") && !continues_a_container(rest.front()));
}

// A JSON value, but no object.
bool is_other_json(std::string_view text) {
  const char first = text[skip_blanks(text, 0)];
  if (first == '{' || first == '\0' || text.size() > kOtherJsonMax) return false;
  std::string member = "{\"\":";
  member += text;
  member += '}';
  JsonFault fault;
  return is_json_object_by_grammar(member, &fault);
}

std::uint64_t budget_of(std::size_t size) { return 64 + 16 * static_cast<std::uint64_t>(size); }

std::string detail_of(DamageReason reason) {
  if (reason == DamageReason::torn) return "a record that ends too early";
  return "not a JSON object";
}

}  // namespace

std::optional<ObjectReader::Object> ObjectReader::next(std::string_view text, std::size_t at,
                                                       bool is_first, JsonFault* fault) {
  Object object;
  object.begin = at;
  if (!is_first && text[at] != '{') {
    const std::string_view rest = text.substr(at);
    const std::size_t stray = rest.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 1;
    if (rest.size() > stray && rest[stray] == '{') object.begin += stray;
  }
  const auto length =
      parse_json_object_tolerantly(text.substr(object.begin), fault, &object.tolerated);
  if (!length) {
    fault->offset += object.begin;
    return std::nullopt;
  }
  object.end = object.begin + *length;
  return object;
}

ObjectChain ObjectReader::chain(std::string_view text, std::size_t from, bool behind_damage) {
  ObjectChain chain;
  chain.from = chain.sure_end = from;
  chain.end = skip_blanks(text, from);
  const std::string_view name = short_name(text.substr(chain.end));
  bool may_go_on = !behind_damage;
  while (chain.end < text.size()) {
    const auto object = next(text, chain.end, chain.count == 0, &chain.fault);
    const std::uint64_t cost = 2 + (object ? object->end : chain.fault.offset) - chain.end;
    if (object && continues_a_container(text[chain.end])) {
      const bool begin_alike = name == "_type" || short_name(text.substr(object->begin)) == name;
      if (!may_go_on || !begin_alike) {
        budget_ -= std::min(cost, budget_);
        chain.fault = {chain.end, "", false};
        return chain;
      }
      may_go_on = false;
    }
    if (!object || cost >= budget_) {
      budget_ -= std::min(cost, budget_);
      return chain;
    }
    budget_ -= cost;
    ++chain.count;
    chain.end = skip_blanks(text, object->end);
    if (is_followed_by_object(text, chain.end)) chain.sure_end = object->end;
  }
  chain.reaches_end = chain.count > 0;
  return chain;
}

ObjectChain ObjectReader::restart(std::string_view text, JsonFault fault, std::size_t done) {
  while (!fault.at_end && budget_ > 0) {
    const std::size_t at = text.rfind('{', fault.offset);
    if (at == std::string_view::npos || at == 0 || at < done) break;
    ObjectChain found = chain(text, at, true);
    if (found.reaches_end) return found;
    done = at + 1;
    fault = found.fault;
  }
  return {};
}

std::uint64_t settled_size(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return line.size();
  const std::size_t mark = line.size() - without_byte_order_mark(line).size();
  ObjectReader reader(budget_of(line.size()));
  const ObjectChain found = reader.chain(line, mark);
  if (found.reaches_end) return line.size();
  const std::size_t done = found.sure_end > mark ? found.sure_end : 0;
  const bool goes_on = reader.restart(line, found.fault, done).count > 0;
  return goes_on ? line.size() : done;
}

LineSplitter::LineSplitter(Scanner& scanner, std::uint64_t offset, std::string_view line,
                           std::uint64_t next, LinePart part)
    : scanner_(scanner),
      base_(offset),
      line_(line),
      next_(next),
      part_(part),
      reader_(budget_of(line.size())),
      candidate_budget_(2 * static_cast<std::uint64_t>(line.size())),
      own_name_(part.has_begin ? std::string_view() : std::string_view(scanner.cut_name_)) {}

bool LineSplitter::run() {
  if (part_.is_whole() && is_other_json(line_)) {
    return scanner_.emit_damage(base_, line_.size(), DamageReason::not_object,
                                "JSON, but not an object");
  }
  std::size_t at = 0;
  while (at < line_.size()) {
    const std::size_t zeros = std::min(line_.find('\0', at), line_.size());
    const std::string_view text = line_.substr(at, zeros - at);
    if (is_blank(text) ? !gap(base_ + at, text.size())
                       : !segment(text, base_ + at, at == 0 && part_.has_begin)) {
      return false;
    }
    const std::size_t end = std::min(line_.find_first_not_of('\0', zeros), line_.size());
    if (end > zeros && !scanner_.emit_damage(base_ + zeros, end - zeros, DamageReason::zeros,
                                             "NUL bytes: a write that never reached the disk")) {
      return false;
    }
    at = end;
  }
  return true;
}

bool LineSplitter::segment(std::string_view text, std::uint64_t offset, bool starts_a_line) {
  const ObjectChain chain = reader_.chain(text, 0);
  std::size_t done = 0;
  if (chain.count == 0) {
    own_name_ = short_name(text);
  } else if (starts_a_line || name_is_known(text)) {
    done = chain.reaches_end ? chain.end : chain.sure_end;
    if (!emit(text, offset, 0, done)) return false;
    if (chain.reaches_end) return true;
  }
  const ObjectChain again = reader_.restart(text, chain.fault, done);
  if (again.count > 0 && name_is_known(text.substr(again.from))) {
    return damage(text, offset, done, again.from, DamageReason::torn) &&
           emit(text, offset, again.from, text.size());
  }
  return damage(text, offset, done, text.size(),
                chain.fault.at_end ? DamageReason::torn : DamageReason::not_json);
}

bool LineSplitter::name_is_known(std::string_view object) const {
  const std::string_view name = first_member_name(object);
  if (name.empty()) return false;
  const std::string_view neighbour = scanner_.neighbour_name_;
  if (name == own_name_ || name == neighbour) return true;
  // Behind nothing but a metadata record, the first one of a session may have any name.
  const auto says_nothing = [](std::string_view known) {
    return known.empty() || known == "_type";
  };
  return says_nothing(own_name_) && says_nothing(neighbour);
}

// The records of text[from, end), which is a chain, and what lies between them.
bool LineSplitter::emit(std::string_view text, std::uint64_t offset, std::size_t from,
                        std::size_t end) {
  text = text.substr(0, end);
  bool is_first = true;
  for (std::size_t at = skip_blanks(text, from); at < end; is_first = false) {
    JsonFault fault;
    const auto object = ObjectReader::next(text, at, is_first, &fault);
    if (!object) break;
    if (!between(text, offset, from, object->begin) || !record(text, offset, *object)) return false;
    from = object->end;
    at = skip_blanks(text, from);
  }
  return true;
}

bool LineSplitter::record(std::string_view text, std::uint64_t offset,
                          const ObjectReader::Object& object) {
  const std::string_view bytes = text.substr(object.begin, object.end - object.begin);
  own_name_ = short_name(bytes);
  offset += object.begin;
  const std::uint64_t end = offset + bytes.size();
  const bool ends_line = is_blank(line_.substr(end - base_));
  ScannedRecord found{offset,
                      bytes.size(),
                      ends_line ? next_ : end,
                      bytes,
                      false,
                      object.tolerated.nonfinite,
                      scanner_.in_mark_run_};
  const bool behind_return = std::exchange(behind_return_, false);
  if (records_++ > 0 && !behind_return &&
      !scanner_.emit_note(offset, bytes.size(), NoteKind::glued,
                          "a record on the same line as the one before it")) {
    return false;
  }
  if (found.nonfinite && !scanner_.emit_note(offset, bytes.size(), NoteKind::nonfinite,
                                             "a record with NaN or Infinity, which is no JSON")) {
    return false;
  }
  if (!object.tolerated.bad_text || scanner_.holds_lost_sector(offset, bytes)) {
    return scanner_.record_or_gap(found);
  }
  mended_ = mend_json_text(bytes);
  found.bytes = mended_;
  found.salvaged = true;
  return scanner_.emit_damage(offset, bytes.size(), DamageReason::bad_utf8,
                              "a record with bytes that JSON does not allow in text") &&
         scanner_.emit_note(offset, bytes.size(), NoteKind::salvaged,
                            "returned with U+FFFD in place of the bad bytes") &&
         scanner_.emit_record(found);
}

// What stands between two records of a chain: blanks, one stray byte, or a byte order mark.
bool LineSplitter::between(std::string_view text, std::uint64_t offset, std::size_t from,
                           std::size_t to) {
  const std::string_view found = text.substr(from, to - from);
  if (!found.ends_with(kByteOrderMark)) {
    const std::size_t at = skip_blanks(text, from);
    if (at < to) return damage(text, offset, at, to, DamageReason::not_json);
    return lone_return(found, offset + from) && gap(offset + from, to - from);
  }
  return scanner_.emit_note(offset + to - kByteOrderMark.size(), kByteOrderMark.size(),
                            NoteKind::byte_order_mark, "a byte order mark between two records");
}

// Old Macintosh line ends make the whole file one line.
bool LineSplitter::lone_return(std::string_view blanks, std::uint64_t offset) {
  const std::size_t at = blanks.find('\r');
  if (at == std::string_view::npos || records_ == 0) return true;
  behind_return_ = true;
  return records_ > 1 || scanner_.emit_note(offset + at, 1, NoteKind::carriage_return,
                                            "records with a lone CR between them, from here on");
}

// Blanks inside a damaged line: padding that a power cut kept from being overwritten.
bool LineSplitter::gap(std::uint64_t offset, std::uint64_t length) {
  if (length < kShortestRecord || !scanner_.options_.padded_tails) return true;
  return scanner_.emit_damage(offset, length, DamageReason::gap, std::string(kGapDetail));
}

bool LineSplitter::damage(std::string_view text, std::uint64_t offset, std::size_t from,
                          std::size_t to, DamageReason reason) {
  if (is_blank(text.substr(from, to - from))) return gap(offset + from, to - from);
  return scanner_.emit_damage(offset + from, to - from, reason, detail_of(reason)) &&
         candidates(text, offset, from, to);
}

bool LineSplitter::candidates(std::string_view text, std::uint64_t offset, std::size_t from,
                              std::size_t to) {
  text = text.substr(0, to);
  std::size_t count = 0;
  for (std::size_t at = text.find('{', from); at < to; at = text.find('{', at)) {
    const std::string_view name = first_member_name(text.substr(at, 256));
    JsonFault fault;
    JsonTolerance tolerated;
    std::size_t length = 0;
    if (name == "_type" || (!name.empty() && name_is_known(text.substr(at, 256)))) {
      length = parse_json_object_tolerantly(text.substr(at), &fault, &tolerated).value_or(0);
      candidate_budget_ -= std::min<std::uint64_t>(candidate_budget_, length + fault.offset);
    }
    if (length > 0 && !scanner_.emit_note(offset + at, length, NoteKind::candidate,
                                          "may be a record, but cannot be told; not returned")) {
      return false;
    }
    if (length > 0 && ++count == kCandidatesMax) break;
    if (candidate_budget_ == 0) break;
    at += std::max<std::size_t>(length, 1);
  }
  return true;
}

}  // namespace everturn
