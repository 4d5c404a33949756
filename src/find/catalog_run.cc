// SPDX-License-Identifier: Apache-2.0
#include "find/catalog_run.h"

#include <utility>

#include "base/digest.h"
#include "base/parallel.h"
#include "base/try.h"
#include "find/project_beside.h"

namespace everturn {
namespace {

constexpr std::size_t kThreads = 4;         // that read ends of files: they also wait for the disk
constexpr std::size_t kReadingThreads = 2;  // that read whole files
constexpr std::size_t kFilesAThread = 16;
constexpr std::size_t kRowsAThread = 1024;
// Read between two looks at the progress, and kept together.
constexpr std::size_t kFilesAtOnce = 16384;
constexpr std::uint64_t kBytesAtOnce = 64 << 20;
constexpr std::size_t kFewFiles = 256;  // whose reading is nothing to tell of

}  // namespace

Status CatalogRun::look() {
  Result<ListedNames> listed = Status(Code::unavailable, "not looked yet");
  const bool may_know = file_.is_open();  // loading may close it
  in_two_threads([this] { stored_.load(file_); }, [&] { listed = engine_.list_names(may_know); });
  if (!listed) return listed.status();
  listed_ = *std::move(listed);
  entries_.resize(listed_.size());
  return {};
}

void CatalogRun::match() {
  const std::vector<std::int32_t> numbers = stored_.numbers_of(listed_);
  is_used_.assign(stored_.size(), 0);
  for (const std::int32_t number : numbers) {
    if (number >= 0) is_used_[static_cast<std::size_t>(number)] = 1;
  }
  in_threads(entries_.size(), kRowsAThread, kReadingThreads,
             [&](std::size_t begin, std::size_t end) {
               for (std::size_t i = begin; i < end; ++i) match_one(i, numbers[i]);
             });
}

void CatalogRun::match_one(std::size_t number, std::int32_t stored) {
  RunEntry& entry = entries_[number];
  if (listed_.is_no_file(number)) return take_as_unreadable(number);
  if (stored < 0) return;
  const std::string_view bytes = stored_.bytes(static_cast<std::size_t>(stored));
  const std::optional<RowView> row = view_row(listed_[number].name, bytes);
  if (!row) return;
  take(number, *row, bytes);
  entry.is_known = row->is_settled(listed_[number].stamp);
}

void CatalogRun::take(std::size_t number, const RowView& row, std::string_view bytes) {
  RunEntry& entry = entries_[number];
  const bool is_stamped = row.stamp.inode != 0;
  entry.row = bytes;
  entry.modified_ns = is_stamped ? row.stamp.modified_ns : listed_[number].stamp.modified_ns;
  entry.key = row.key;
  entry.key_hash = hash64(row.key);
  entry.health = row.verdict_now().value_or(Verdict()).health;
  entry.is_continued = row.is_continued;
  entry.has_counts = row.counts_now().has_value();
  entry.is_part = !row.part_of.empty();
}

// What the listing says is all there is.
void CatalogRun::take_as_unreadable(std::size_t number) {
  const SessionInfo info = listed_.info(number);
  CatalogRow row;
  row.name = name_of(info);
  row.key = info.key;
  row.part_of = info.part_of;
  row.note = info.note;
  row.verdict.emplace().health = Health::unreadable;
  const std::string bytes = encode_row(row);
  const std::lock_guard guard(mutex_);
  const std::string_view kept = unreadable_.keep(bytes);
  take(number, view_checked_row(row.name, kept), kept);
  entries_[number].is_known = true;
}

RowFacts CatalogRun::facts(std::uint32_t number, std::string* project) const {
  const ListedName& listed = listed_[number];
  RowFacts facts = facts_of(view_checked_row(listed.name, entries_[number].row));
  facts.modified_ns = entries_[number].modified_ns;
  if (facts.bytes == 0) facts.bytes = listed.stamp.size;
  if (project == nullptr || !facts.project.empty()) return facts;
  SessionInfo info;
  listed_.set_info(number, facts.key, info);
  *project = project_beside(info);
  facts.project = *project;
  return facts;
}

void CatalogRun::show(std::uint32_t number, SessionRow& shown) const {
  const RowView row = view_checked_row(listed_[number].name, entries_[number].row);
  listed_.set_info(number, row.key, shown.session);
  show_row(row, shown);
}

bool CatalogRun::needs(std::uint32_t number, Depth depth) const {
  const RunEntry& entry = entries_[number];
  if (entry.is_gone) return false;
  if (!entry.is_known) return true;
  if (entry.health == Health::unreadable) return false;
  if (depth == Depth::counts) return !entry.has_counts;
  if (depth == Depth::verdict && entry.is_continued) return true;
  return depth >= Depth::health && entry.health == Health::unread;
}

void CatalogRun::read(std::span<const std::uint32_t> which, Depth depth) {
  std::vector<std::uint32_t> wanted;
  for (const std::uint32_t number : which) {
    if (needs(number, depth)) wanted.push_back(number);
  }
  std::size_t begin = 0;
  while (begin < wanted.size()) {
    std::size_t end = begin;
    std::uint64_t bytes = 0;
    while (end < wanted.size() && end - begin < kFilesAtOnce && bytes < kBytesAtOnce) {
      const std::uint64_t size = listed_[wanted[end]].stamp.size;
      bytes += depth == Depth::summary ? 0 : size;
      ++end;
    }
    const bool is_long = wanted.size() > kFewFiles || bytes >= kBytesAtOnce;
    if (is_long && options_.progress != nullptr) options_.progress(begin, wanted.size());
    read_some(std::span(wanted).subspan(begin, end - begin), depth);
    begin = end;
  }
}

CatalogRun::Reader& CatalogRun::idle_reader() {
  const std::lock_guard guard(mutex_);
  if (idle_.empty()) return readers_.emplace_back(engine_);
  Reader& reader = *idle_.back();
  idle_.pop_back();
  return reader;
}

void CatalogRun::read_some(std::span<const std::uint32_t> which, Depth depth) {
  const bool is_short = depth == Depth::summary;
  in_threads(which.size(), is_short ? kFilesAThread : 1, is_short ? kThreads : kReadingThreads,
             [&](std::size_t begin, std::size_t end) {
               Reader& reader = idle_reader();
               for (std::size_t i = begin; i < end; ++i) {
                 if (i + 2 < end) __builtin_prefetch(listed_[which[i + 2]].name.data());
                 read_one(which[i], depth, reader);
               }
               const std::lock_guard guard(mutex_);
               idle_.push_back(&reader);
             });
  if (is_keeping_ && file_.is_open()) is_keeping_ = keep(which);
}

void CatalogRun::read_one(std::uint32_t number, Depth depth, Reader& reader) {
  RunEntry& entry = entries_[number];
  std::optional<CatalogRow> known;
  if (!entry.row.empty()) known = decode_row(listed_[number].name, entry.row);
  listed_.set_info(number, {}, reader.listed);
  const Result<CatalogRow> row =
      reader.reading.read(reader.listed, known ? &*known : nullptr, depth);
  entry.is_gone = !row && row.status().code() == Code::not_found;
  if (!row) return;
  const std::string_view bytes = reader.rows.keep(encode_row(*row));
  take(number, view_checked_row(listed_[number].name, bytes), bytes);
  entry.is_known = entry.is_fresh = true;
}

bool CatalogRun::keep(std::span<const std::uint32_t> which) {
  std::vector<KeptRow> rows;
  for (const std::uint32_t number : which) {
    const RunEntry& entry = entries_[number];
    if (entry.is_gone || !entry.is_fresh) continue;
    const RowView row = view_checked_row(listed_[number].name, entry.row);
    rows.push_back({row.name, row.key, entry.row, row.stamp.modified_ns});
  }
  return file_.save(rows, {}).ok();
}

void CatalogRun::finish(bool is_whole) {
  if (!file_.is_open()) return;
  std::vector<std::string_view> gone;
  for (std::size_t i = 0; i < is_used_.size(); ++i) {
    if (is_used_[i] == 0) gone.push_back(stored_.name(i));
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].is_gone) gone.push_back(listed_[i].name);
  }
  if (!is_keeping_ || !file_.save({}, gone).ok()) return;
  if (is_whole) static_cast<void>(file_.set_whole(true));
}

}  // namespace everturn
