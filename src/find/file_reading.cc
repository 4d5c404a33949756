// SPDX-License-Identifier: Apache-2.0
#include "find/file_reading.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "journal/reader.h"
#include "views/examination.h"

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

// The counts of the file as it was, if it only grew since.
std::optional<Counts> counts_to_continue(ListedFile& file, const CatalogRow* known) {
  if (known == nullptr || !known->counts || !file.is_plain()) return std::nullopt;
  const Counts& counts = *known->counts;
  const FileStamp& now = file.info().stamp;
  const bool has_grown = known->is_padded || now.size > known->stamp.size;
  if (counts.to == 0 || counts.to > now.size || !has_grown) return std::nullopt;
  if (!is_same_file(known->stamp, now)) return std::nullopt;
  return anchor_at(file, counts.to) == counts.anchor ? known->counts : std::nullopt;
}

Status examine_file(ListedFile& file, CatalogRow& row) {
  const Examination examined = TRY(
      examine([&](const ReadOptions& how, const RecordSink& sink) { return file.read(how, sink); },
              {.secrets = false}));
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
  return {};
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
  CatalogRow row;
  const SessionInfo& info = file.info();
  if (known != nullptr && known->is_settled(info.stamp)) {
    row = *known;
  } else {
    row.name = name_of(info);
    row.stamp = info.stamp;
    row.part_of = info.part_of;
    row.key = info.key;
    row.note = info.note;
    set_summary(TRY(summaries_.read(file)), row);
    row.is_padded = summaries_.may_be_padded() && file.is_padded();
  }
  if (depth == Depth::verdict && !row.verdict) CHECK_OK(examine_file(file, row));
  if (depth != Depth::counts || row.counts) return row;
  row.counts = counts_to_continue(file, known);
  if (!row.counts) row.counts.emplace();
  CHECK_OK(count_on(file, *row.counts));
  return row;
}

}  // namespace everturn
