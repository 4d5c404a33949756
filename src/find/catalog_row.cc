// SPDX-License-Identifier: Apache-2.0
#include "find/catalog_row.h"

#include <algorithm>

#include "base/digest.h"
#include "base/packed.h"
#include "find/project_beside.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

enum Flags : std::uint8_t {
  kPadded = 1,
  kCounted = 2,
  kExamined = 4,
  kTitleStands = 8,
  kBehind = 16,
  kContinued = 32,
  kSearched = 64
};

// The same for writing and reading: each field in its place.
template <class Stream, class S>
void stamp(Stream& stream, S& s) {
  stream.number(s.device);
  stream.number(s.inode);
  stream.number(s.birth_ns);
  stream.number(s.size);
  stream.number(s.modified_ns);
  stream.number(s.changed_ns);
}

template <class Stream, class A>
void about(Stream& stream, A& a) {
  stream.number(a.to);
  stream.number(a.found);
}

template <class Stream, class C>
void counts(Stream& stream, C& c) {
  stream.number(c.to);
  stream.number(c.anchor);
  stream.number(c.records);
  stream.number(c.damage_count);
  stream.number(c.damage_bytes);
  stream.number(c.in_flight_bytes);
  stream.number(c.salvaged);
}

template <class Stream, class V>
void verdict(Stream& stream, V& v) {
  stream.number(v.note_count);
  stream.number(v.turns);
  pack_usage(stream, v.tokens);
}

template <class Stream, class Row>
void texts(Stream& stream, Row& row) {
  stream.text(row.part_of);
  stream.text(row.key);
  stream.text(row.note);
  stream.text(row.title);
  stream.text(row.preview);
  stream.text(row.dialect);
  stream.text(row.project);
  stream.text(row.branch);
}

Digest128 checksum(std::string_view name, std::string_view bytes) {
  Digest128 sum = hash128(bytes);
  sum.low ^= hash64(name);
  return sum;
}

constexpr std::size_t kSum = 16;

template <class Text>
std::optional<BasicRow<Text>> decode_fields(std::string_view name, std::string_view bytes) {
  BasicRow<Text> row;
  row.name = name;
  PackedReader reader(bytes);
  std::uint8_t flags = 0;
  reader.number(flags);
  row.is_padded = (flags & kPadded) != 0;
  row.is_behind = (flags & kBehind) != 0;
  row.is_continued = (flags & kContinued) != 0;
  row.title_stands = (flags & kTitleStands) != 0;
  stamp(reader, row.stamp);
  reader.number(row.read_ns);
  reader.number(row.created_ns);
  reader.number(row.last_time_ns);
  if ((flags & kSearched) != 0) about(reader, row.about);
  texts(reader, row);
  if ((flags & kCounted) != 0) counts(reader, row.counts.emplace());
  if ((flags & kExamined) != 0) {
    std::uint8_t health = 0;
    reader.number(health);
    row.verdict.emplace().health = static_cast<Health>(health);
    verdict(reader, *row.verdict);
    reader.text(row.examined_as);
    reader.text(row.checkpoint);
  }
  if (!reader.is_done()) return std::nullopt;
  return row;
}

template <class Text>
std::optional<BasicRow<Text>> decode(std::string_view name, std::string_view bytes) {
  if (bytes.size() < kSum) return std::nullopt;
  Digest128 sum;
  PackedReader ending(bytes.substr(bytes.size() - kSum));
  ending.number(sum.high);
  ending.number(sum.low);
  bytes.remove_suffix(kSum);
  if (checksum(name, bytes) != sum) return std::nullopt;
  return decode_fields<Text>(name, bytes);
}

template <class Text>
void show(const BasicRow<Text>& row, SessionRow& shown) {
  SessionInfo& session = shown.session;
  if (session.key != row.key) session.key = row.key;
  if (row.stamp.inode != 0) {  // as it was read, perhaps later than it was listed
    session.stamp = row.stamp;
    session.bytes = row.stamp.size;
    session.modified_ns = row.stamp.modified_ns;
  }
  // What the listing itself told, of another file beside this one, is not the row's to know.
  if (!row.note.empty() || session.note == "empty") session.note = row.note;
  shown.title = row.title;
  shown.preview = row.preview;
  shown.dialect = row.dialect;
  shown.project = row.project;
  // The file beside it may change without the session's.
  if (shown.project.empty()) shown.project = project_beside(session);
  shown.branch = row.branch;
  shown.created_ns = row.created_ns;
  shown.last_time_ns = row.last_time_ns;
  session.checked = row.counts_now().has_value();
  const Counts counts = row.counts_now().value_or(Counts());
  session.records = counts.records;
  session.damage_count = counts.damage_count;
  session.damage_bytes = counts.damage_bytes;
  session.in_flight_bytes = counts.in_flight_bytes;
  session.salvaged = counts.salvaged;
  const Verdict verdict = row.verdict_now().value_or(Verdict());
  shown.health = verdict.health;
  session.note_count = verdict.note_count;
  shown.turns = verdict.turns;
  shown.tokens = verdict.tokens;
}

}  // namespace

std::string_view name_of(const SessionInfo& session) {
  return session.file_name.empty() ? session.key : session.file_name;
}

template <class Text>
bool BasicRow<Text>::is_settled(const FileStamp& now) const {
  if (is_padded || stamp != now || now.inode == 0) return false;
  // Times of whole seconds come from a file system that knows no finer ones.
  constexpr std::int64_t kTick = kSecond / 20;
  const bool is_coarse = now.changed_ns % kSecond == 0 && now.modified_ns % kSecond == 0;
  const std::int64_t tick = is_coarse ? 2 * kSecond : kTick;
  return now.changed_ns < read_ns - tick;
}

std::string encode_row(const CatalogRow& row) {
  PackedWriter writer(512);
  std::uint8_t flags = row.is_padded ? kPadded : 0;
  if (row.title_stands) flags |= kTitleStands;
  if (row.is_behind) flags |= kBehind;
  if (row.is_continued) flags |= kContinued;
  if (row.about.to > 0) flags |= kSearched;
  if (row.counts) flags |= kCounted;
  if (row.verdict) flags |= kExamined;
  writer.number(flags);
  stamp(writer, row.stamp);
  writer.number(row.read_ns);
  writer.number(row.created_ns);
  writer.number(row.last_time_ns);
  if (row.about.to > 0) about(writer, row.about);
  texts(writer, row);
  if (row.counts) counts(writer, *row.counts);
  if (row.verdict) {
    writer.number(static_cast<std::uint8_t>(row.verdict->health));
    verdict(writer, *row.verdict);
    writer.text(row.examined_as);
    writer.text(row.checkpoint);
  }
  const Digest128 sum = checksum(row.name, writer.bytes());
  writer.number(sum.high);
  writer.number(sum.low);
  return writer.take();
}

std::optional<CatalogRow> decode_row(std::string_view name, std::string_view bytes) {
  return decode<std::string>(name, bytes);
}
std::optional<RowView> view_row(std::string_view name, std::string_view bytes) {
  return decode<std::string_view>(name, bytes);
}
RowView view_checked_row(std::string_view name, std::string_view bytes) {
  bytes.remove_suffix(std::min(kSum, bytes.size()));
  return decode_fields<std::string_view>(name, bytes).value_or(RowView());
}

void show_row(const CatalogRow& row, SessionRow& shown) { show(row, shown); }
void show_row(const RowView& row, SessionRow& shown) { show(row, shown); }

template struct BasicRow<std::string>;
template struct BasicRow<std::string_view>;

}  // namespace everturn
