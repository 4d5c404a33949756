// SPDX-License-Identifier: Apache-2.0
#include "store/transcript_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.h"
#include "journal/reader.h"
#include "journal/unreadable.h"
#include "store/repair_run.h"
#include "store/store_folder.h"

namespace everturn {
Result<TranscriptFile> TranscriptFile::open(Folder& folder, std::string_view name,
                                            std::string_view key, const StoreOptions& options) {
  TranscriptFile opened;
  opened.key_ = key;
  opened.file_ = TRY(folder.open(name, Access::read));
  const FileInfo info = TRY(opened.file_->info());
  opened.raw_size_ = info.size;
  opened.info_ = info;
  const bool is_ours = folder.stat(kSideFolder).ok();
  SessionView& view = opened.view_;
  view.file = opened.file_.get();
  view.size = info.size;
  view.id = info.id;
  view.padded_tails = is_ours;
  view.expects_metadata = is_ours || TRY(is_used_by_nanobot(folder));
  view.max_record_bytes = options.max_record_bytes;
  CHECK_OK(opened.look_at_form(name));
  return opened;
}

Status TranscriptFile::look_at_form(std::string_view name) {
  unpacked_ = TRY(decompressed(*file_, raw_size_, &packed_));
  if (unpacked_ != nullptr) {
    is_cut_ = packed_.find(',') != std::string::npos;
    const FileInfo info = TRY(unpacked_->info());
    view_.file = unpacked_.get();
    view_.size = info.size;
  }
  document_ = TRY(read_document(*view_.file, view_.size, view_.max_record_bytes));
  if (document_ || name.find(".jsonl") != std::string_view::npos) return {};
  const bool is_named = name.find(".json") != std::string_view::npos;
  char beginning[2] = {};
  const std::size_t got = TRY(read_around_holes(*view_.file, 0, beginning, sizeof beginning));
  is_broken_document_ = is_named && got == 2 && beginning[0] == '{' && beginning[1] == '\n';
  return {};
}

Result<ReadReport> TranscriptFile::read(const ReadOptions& how, const RecordSink& sink) const {
  if (document_) return read_document_records(how, sink);
  SessionView view = view_;
  view.key = key_;
  if (is_broken_document_) {
    ReadReport report;
    report.version = TRY(version());
    report.damage_count = 1;
    report.damage_bytes = view_.size;
    report.damage.push_back({0, view_.size, DamageReason::torn,
                             "one JSON document that ends too early, or is damaged"});
    return report;
  }
  ReadReport report = TRY(read_session(view, how, sink));
  if (is_cut_) {
    ++report.damage_count;
    report.damage.push_back({view_.size, 0, DamageReason::torn, "compressed with " + packed_});
  }
  return report;
}

// In memory already; positions are offsets in the document.
Result<ReadReport> TranscriptFile::read_document_records(const ReadOptions& how,
                                                         const RecordSink& sink) const {
  ReadReport report;
  report.version = TRY(version());
  const std::uint64_t generation = report.version.generation;
  if (how.from.generation != 0 && how.from.generation != generation) {
    return Status(Code::conflict, "the position is of another generation of this session");
  }
  report.end = {generation, view_.size};
  report.note_count = 1;
  report.notes.push_back({0, view_.size, NoteKind::json_document, "one JSON document, no lines"});
  std::vector<DocumentPart> parts;
  for (const DocumentPart& part : document_->records) {
    if (part.begin >= how.from.offset) parts.push_back(part);
  }
  if (how.last && *how.last < parts.size()) {
    parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(*how.last));
  }
  if (how.backwards) std::reverse(parts.begin(), parts.end());
  for (const DocumentPart& part : parts) {
    if (report.records == how.limit) break;
    const std::string line =
        on_one_line(std::string_view(document_->bytes).substr(part.begin, part.end - part.begin));
    Record record;
    record.bytes = line;
    record.position = {generation, part.begin};
    record.next = {generation, part.end};
    if (report.records == 0 || how.backwards) report.begin = record.position;
    ++report.records;
    if (!sink(record)) break;
  }
  return report;
}

Status TranscriptFile::read_raw(const std::function<bool(std::string_view)>& sink) const {
  std::string bytes(1 << 20, '\0');
  std::uint64_t at = 0;
  while (at < raw_size_) {
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), raw_size_ - at));
    const Result<std::size_t> got = file_->read_at(at, bytes.data(), want);
    if (!got) return told_of_hole(*file_, at, at + want, got.status());
    if (*got == 0 || !sink(std::string_view(bytes).substr(0, *got))) break;
    at += *got;
  }
  return {};
}

bool TranscriptFile::is_padded() const {
  if (!view_.padded_tails || !is_plain()) return false;
  const Result<TailState> tail = read_tail(*file_, view_.size, true);
  return !tail || tail->padding > 0;
}

Result<std::size_t> TranscriptFile::read_beginning(char* into, std::size_t size) const {
  return read_around_holes(*file_, 0, into, size);
}

Result<Version> TranscriptFile::version() const {
  File& file = *view_.file;
  const TailState tail = TRY(read_tail(file, view_.size, view_.padded_tails));
  const Digest128 hash = TRY(hash_of_last_record(file, tail.content_end, view_.padded_tails));
  return Version{generation_of(view_.id), tail.content_end, hash.high, hash.low};
}

Result<Metadata> TranscriptFile::metadata() const {
  FoundMetadata found = TRY(find_metadata(*view_.file, view_.size, key_));
  found.metadata.version = TRY(version());
  return std::move(found.metadata);
}

}  // namespace everturn
