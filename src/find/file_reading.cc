// SPDX-License-Identifier: Apache-2.0
#include "find/file_reading.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "journal/reader.h"
#include "views/continuation.h"
#include "views/examination.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::uint64_t kAnchor = 4096;

// A hash of the bytes before `to`: a file that only grew still has them. Nothing if they cannot be
// read.
std::optional<std::uint64_t> anchor_at(ListedFile& file, std::uint64_t to) {
  std::string bytes(static_cast<std::size_t>(std::min(kAnchor, to)), '\0');
  const Result<std::size_t> got = file.read_at(to - bytes.size(), bytes.data(), bytes.size());
  if (!got || *got < bytes.size()) return std::nullopt;
  return hash64(bytes);
}

// Counts to be continued from `to` on.
void set_anchor(ListedFile& file, std::uint64_t to, Counts& counts) {
  counts.to = 0;
  if (!file.is_plain()) return;
  to = std::min(to, file.info().bytes);
  const std::optional<std::uint64_t> anchor = anchor_at(file, to);
  if (!anchor) return;
  counts.to = to;
  counts.anchor = *anchor;
}

bool is_same_file(const FileStamp& one, const FileStamp& other) {
  return one.inode != 0 && one.inode == other.inode && one.device == other.device &&
         one.birth_ns == other.birth_ns;
}

std::uint64_t generation_of(const FileStamp& stamp) {
  return everturn::generation_of(FileId{stamp.device, stamp.inode, stamp.birth_ns});
}

// Adds what stands behind `counts.to`.
Status count_on(ListedFile& file, Counts& counts) {
  ReadOptions how;
  if (counts.to > 0) how.from = {generation_of(file.info().stamp), counts.to};
  const ReadReport report = TRY(file.read(how, [](const Record&) { return true; }));
  counts.records += report.records;
  counts.damage_count += report.damage_count;
  counts.damage_bytes += report.damage_bytes;
  counts.salvaged += report.salvaged;
  counts.in_flight_bytes = report.in_flight_bytes;
  set_anchor(file, report.end.offset, counts);
  return {};
}

// `known` is of this file, which only grew since: its counts can be continued.
bool has_only_grown(ListedFile& file, const CatalogRow* known) {
  if (known == nullptr || !known->counts || !file.is_plain()) return false;
  const Counts& counts = *known->counts;
  const FileStamp& now = file.info().stamp;
  const bool is_longer = known->is_padded || known->is_behind || now.size > known->stamp.size;
  if (counts.to == 0 || counts.to > now.size || !is_longer) return false;
  return is_same_file(known->stamp, now) && anchor_at(file, counts.to) == counts.anchor;
}

// Nothing was odd in all of it up to its end, so that nothing of it matters to what came since.
bool is_clean(const CatalogRow& known) {
  const Counts& counts = *known.counts;
  return known.verdict && known.verdict->health == Health::sound &&
         known.verdict->note_count == 0 && counts.damage_count == 0 && counts.salvaged == 0;
}

// What was counted of the file as it was, to go on from; nothing if there is no `known`.
void set_counted(const CatalogRow* known, CatalogRow& row) {
  row.is_behind = known != nullptr;
  row.counts = known != nullptr ? known->counts : std::nullopt;
  row.verdict = known != nullptr ? known->verdict : std::nullopt;
  row.examined_as = known != nullptr ? known->examined_as : "";
  row.checkpoint = known != nullptr ? known->checkpoint : "";
}

// Not where it would be a good part of what it saves the reading of: there are many small files.
void set_checkpoint(ListedFile& file, std::string checkpoint, CatalogRow& row) {
  constexpr std::size_t kLeastShare = 32;
  const bool is_worth_it = checkpoint.size() <= file.info().bytes / kLeastShare;
  row.checkpoint = is_worth_it ? std::move(checkpoint) : std::string();
}

// Adds to the verdict what came since. False: the file has to be read from its beginning.
Result<bool> examine_on(ListedFile& file, CatalogRow& row) {
  if (!row.is_behind || !is_clean(row)) return false;
  ReadOptions how;
  how.from = {generation_of(file.info().stamp), row.counts->to};
  std::optional<Continued> more = TRY(examine_more(
      [&](const ReadOptions& from, const RecordSink& sink) { return file.read(from, sink); }, how,
      row.examined_as, row.checkpoint));
  if (!more) return false;
  row.is_behind = false;
  row.is_continued = true;
  row.counts->records += more->report.records;
  row.counts->in_flight_bytes = more->report.in_flight_bytes;
  set_anchor(file, more->report.end.offset, *row.counts);
  row.verdict->turns += more->turns;
  add_usage(row.verdict->tokens, more->tokens);
  set_checkpoint(file, std::move(more->checkpoint), row);
  return true;
}

Status examine_file(ListedFile& file, CatalogRow& row) {
  Examination examined = TRY(
      examine([&](const ReadOptions& how, const RecordSink& sink) { return file.read(how, sink); },
              {.secrets = false, .checkpoint = true}));
  Counts& counts = row.counts.emplace();
  counts.records = examined.report.records - examined.store_records;
  counts.damage_count = examined.report.damage_count;
  counts.damage_bytes = examined.report.damage_bytes;
  counts.in_flight_bytes = examined.report.in_flight_bytes;
  counts.salvaged = examined.report.salvaged;
  set_anchor(file, examined.report.end.offset, counts);
  Verdict& verdict = row.verdict.emplace();
  verdict.health = Health::sound;
  if (examined.worst() == Grade::hides_messages) verdict.health = Health::hides_messages;
  if (examined.worst() == Grade::damage) verdict.health = Health::damaged;
  verdict.note_count = examined.report.note_count;
  verdict.turns = examined.turns;
  verdict.tokens = examined.tokens;
  row.examined_as = examined.dialect;
  set_checkpoint(file, std::move(examined.checkpoint), row);
  return {};
}

// So much of the file as `depth` asks for, and is not known of it as it is now.
Status read_on(ListedFile& file, Depth depth, CatalogRow& row) {
  const bool is_enough = depth == Depth::summary || (depth == Depth::counts && row.counts_now()) ||
                         (depth == Depth::health && row.verdict_now()) ||
                         (depth == Depth::verdict && row.verdict_now() && !row.is_continued);
  if (is_enough) return {};
  const bool is_examined = depth != Depth::verdict && TRY(examine_on(file, row));
  if (is_examined) return {};
  if (depth != Depth::counts) {
    set_counted(nullptr, row);
    return examine_file(file, row);
  }
  row.verdict.reset();
  row.is_behind = false;
  if (!row.counts) row.counts.emplace();
  return count_on(file, *row.counts);
}

void set_summary(Overview overview, CatalogRow& row) {
  row.title = std::move(overview.title);
  row.preview = std::move(overview.preview);
  row.dialect = overview.dialect;
  row.project = std::move(overview.project);
  row.branch = std::move(overview.branch);
  row.created_ns = overview.created_ns;
  row.last_time_ns = overview.last_time_ns;
}

void set_unreadable(const Status& status, CatalogRow& row) {
  row.note = "cannot be read: " + status.message();
  row.counts.reset();
  row.verdict.emplace().health = Health::unreadable;
}

}  // namespace

Result<CatalogRow> FileReading::read(const SessionInfo& listed, const CatalogRow* known,
                                     Depth depth) {
  const std::int64_t read_ns = posix_fs().now_ns();
  Result<std::unique_ptr<ListedFile>> file = engine_.open_listed(listed);
  if (file) {
    Result<CatalogRow> row = read_file(**file, known, depth);
    if (row) row->read_ns = read_ns;
    if (row || row.status().code() == Code::not_found) return row;
    file = row.status();
  }
  if (file.status().code() == Code::not_found) return file.status();
  CatalogRow row;
  row.name = name_of(listed);
  row.part_of = listed.part_of;
  row.key = listed.key;
  set_unreadable(file.status(), row);
  return row;  // with no stamp: looked at again next time
}

Result<CatalogRow> FileReading::read_file(ListedFile& file, const CatalogRow* known, Depth depth) {
  // What was put together from parts may hide an edit in the middle: who asks for all gets it.
  if (depth == Depth::verdict && known != nullptr && known->is_continued) known = nullptr;
  CatalogRow row;
  const SessionInfo& info = file.info();
  const bool is_known = known != nullptr && known->is_settled(info.stamp);
  const bool is_current = is_known && !known->is_behind;
  const bool can_go_on = !is_current && has_only_grown(file, known);
  if (is_known) {
    row = *known;
  } else {
    row.name = name_of(info);
    row.stamp = info.stamp;
    row.part_of = info.part_of;
    row.key = info.key;
    row.note = info.note;
    const bool has_title = can_go_on && known->title_stands;
    summaries_.begin_at(has_title ? known->counts->to : 0, has_title ? known->title : "",
                        can_go_on ? known->about : AboutSearch());
    set_summary(TRY(summaries_.read(file)), row);
    row.about = summaries_.about();
    row.title_stands = summaries_.title_stands();
    row.is_continued = summaries_.took_known_title();
    row.is_padded = summaries_.may_be_padded() && file.is_padded();
  }
  if (!is_current) {
    set_counted(can_go_on ? known : nullptr, row);
  }
  CHECK_OK(read_on(file, depth, row));
  return row;
}

}  // namespace everturn
