// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.h"

#include <utility>

#include "base/try.h"
#include "journal/replace.h"
#include "journal/unreadable.h"

namespace everturn {

Result<std::unique_ptr<Journal>> Journal::open(Folder& folder, DurableNames& names,
                                               std::string file_name, const Options& options) {
  std::unique_ptr<Journal> journal(new Journal(folder, names, std::move(file_name), options));
  journal->file_ = TRY(folder.open(journal->file_name_, Access::append));
  if (options.distrust_cache) {
    // The first sync reports a write-back error that nobody has seen; then the clean pages go, and
    // what is read is what the disk has.
    CHECK_OK(journal->file_->sync_data());
    CHECK_OK(journal->file_->drop_cache());
  }
  const FileInfo info = TRY(journal->file_->info());
  journal->id_ = info.id;
  journal->generation_ = generation_of(info.id);
  journal->name_is_durable_ = options.name_is_durable;
  CHECK_OK(journal->look_at_tail(info.size));
  return journal;
}

Status Journal::look_at_tail(std::uint64_t size) {
  tail_ = TRY(read_tail(*file_, size, options_.padded_tails));
  last_hash_.reset();
  return {};
}

Result<bool> Journal::padding_is_intact() {
  padding_seen_.resize(tail_.padding);
  const std::size_t got =
      TRY(file_->read_at(tail_.write_at, padding_seen_.data(), padding_seen_.size()));
  if (got != padding_seen_.size()) return false;
  std::string_view seen = padding_seen_;
  if (seen.ends_with('\n')) seen.remove_suffix(1);
  // All are padding if the first is and each equals the next: compared in large steps.
  return seen.empty() ||
         (seen.front() == kPaddingByte && seen.substr(1) == seen.substr(0, seen.size() - 1));
}

Status Journal::refresh() {
  if (!poison_.ok()) return poison_;
  const FileInfo now = TRY(folder_.stat_without_times(file_name_));
  if (now.id != id_) return {Code::conflict, "the file was replaced"};
  if (now.size == tail_.size) {
    if (tail_.padding == 0) return {};
    const bool intact = TRY(padding_is_intact());
    if (intact) return {};
  }
  return look_at_tail(now.size);
}

Result<Version> Journal::version() {
  if (!last_hash_)
    last_hash_ = TRY(hash_of_last_record(*file_, tail_.content_end, options_.padded_tails));
  return Version{generation_, tail_.content_end, last_hash_->high, last_hash_->low};
}

std::uint64_t Journal::next_offset() const { return tail_.write_at + (tail_.needs_guard ? 1 : 0); }

Result<std::string> Journal::fragment() {
  const std::uint64_t size = tail_.size - tail_.fragment_at;
  if (!tail_.needs_guard || size > LineLimits{}.max_line_bytes) return std::string();
  return read(tail_.fragment_at, tail_.size - tail_.fragment_at);
}

Status Journal::poisoned(const Status& status) {
  if (poison_.ok()) {
    poison_ = {status.code(), "", status.system_error()};  // also when there is no memory for more
    poison_ = status.within("the outcome is unknown (the record may be there or not)");
  }
  return poison_;
}

Status Journal::write(std::string_view framed, const Digest128& last_record) {
  if (!poison_.ok()) return poison_;
  const std::uint64_t first = next_offset();
  const std::uint64_t old_end = tail_.size;
  const Status written =
      tail_.padding > 0 ? overwrite_padding(framed.substr(1)) : write_behind(framed);
  if (!written.ok()) return poisoned(why_unwritten(written, old_end));
  ++batches_;
  tail_.write_at = tail_.content_end = first + framed.size() - 1;
  if (tail_.size < tail_.write_at) tail_.size = tail_.write_at;
  tail_.padding = tail_.size - tail_.write_at;
  tail_.needs_guard = false;
  last_hash_ = last_record;
  return {};
}

// To add to the last page of a file the kernel reads it, and says no more than that it could not.
Status Journal::why_unwritten(const Status& failure, std::uint64_t old_end) {
  const std::uint64_t page = old_end - old_end % kPageBytes;
  const Status told = told_of_hole(*file_, page, old_end, failure);
  return told.message() == failure.message() ? failure : told.within("nothing can be added");
}

Status Journal::write_behind(std::string_view framed) {
  const std::string_view bytes = framed.substr(tail_.needs_guard ? 0 : 1);
  tail_.size = tail_.write_at + bytes.size();
  return append_with_padding(bytes);
}

Status Journal::overwrite_padding(std::string_view lines) {
  if (overwriting_ == nullptr) {
    std::unique_ptr<File> file = TRY(folder_.open(file_name_, Access::write));
    const FileInfo opened = TRY(file->info());
    if (opened.id != id_) return {Code::conflict, "the file was replaced"};
    overwriting_ = std::move(file);
  }
  const std::string_view into = lines.substr(0, tail_.padding);
  CHECK_OK(overwrite_all(*overwriting_, tail_.write_at + 1, into.substr(1)));
  CHECK_OK(overwrite_all(*overwriting_, tail_.write_at, into.substr(0, 1)));
  if (into.size() == lines.size()) return {};
  // The rest is appended, after what stands before it: a foreign line that has come behind the
  // padding is not overwritten, and a reader that comes from behind sees no end without a
  // beginning.
  tail_.size = tail_.write_at + lines.size();
  return append_with_padding(lines.substr(into.size()));
}

Status Journal::append_with_padding(std::string_view bytes) {
  if (!options_.write_padding || batches_ == 0) return append_all(*file_, bytes);
  std::string padded;
  padded.reserve(bytes.size() + kPaddingMax + 1);
  padded += bytes;
  padded.append(kPaddingMax, kPaddingByte);
  padded += '\n';
  tail_.size += kPaddingMax + 1;
  return append_all(*file_, padded);
}

Status Journal::make_durable() {
  if (!poison_.ok()) return poison_;
  Status synced = file_->sync_data();
  if (synced.ok() && !name_is_durable_) synced = names_.ensure();
  if (!synced.ok()) {
    sync_failed_ = true;
    return poisoned(synced);
  }
  name_is_durable_ = true;
  return {};
}

Status Journal::confirm() {
  const FileInfo now = TRY(folder_.stat_without_times(file_name_));
  if (now.id != id_) return {Code::conflict, "the file was replaced"};
  if (now.size == tail_.size) return {};
  return poisoned({Code::io,
                   "another program wrote into the file at the same moment without the lock; load "
                   "the session and look"});
}

void Journal::trim() {
  if (!options_.write_padding || tail_.padding == 0 || !poison_.ok() || !refresh().ok()) return;
  if (tail_.padding == 0) return;
  overwriting_.reset();  // a lease needs ours to be the only descriptor
  const Result<bool> alone = file_->lease(true);
  if (!alone || !*alone) return;
  // Nobody can open the file now, so what is checked here is what is cut.
  const Result<FileInfo> info = file_->info();
  const Result<bool> intact = padding_is_intact();
  if (info && info->size == tail_.size && intact && *intact) {
    if (file_->truncate(tail_.write_at).ok()) {
      tail_.size = tail_.write_at;
      tail_.padding = 0;
    }
  }
  static_cast<void>(file_->lease(false));
}

Result<std::string> Journal::read(std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  const Result<std::size_t> got = file_->read_at(offset, bytes.data(), bytes.size());
  if (!got) return told_of_hole(*file_, offset, offset + size, got.status());
  bytes.resize(*got);
  return bytes;
}

}  // namespace everturn
