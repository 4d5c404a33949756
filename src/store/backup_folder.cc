// SPDX-License-Identifier: Apache-2.0
#include "store/backup_folder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/try.h"
#include "base/utf8.h"
#include "journal/reader.h"
#include "journal/replace.h"
#include "store/atomic_file.h"
#include "store/store_folder.h"

namespace everturn {
namespace {

constexpr const char* kTemporary = "backup.tmp";
constexpr std::string_view kNamesMayBeLost = "{\"names_may_be_lost\":true}\n";
constexpr std::size_t kStagedMax = 32;  // files that get their names together

std::string staged_name(std::size_t i) { return "backup." + std::to_string(i) + ".tmp"; }
bool is_staged_name(std::string_view name) {
  return name.starts_with("backup.") && name.ends_with(".tmp");
}

std::string_view folder_name(BackupPart part) {
  return part == BackupPart::trash ? kTrashFolder : kQuarantineFolder;
}

Result<std::string> read_if_there(Folder& folder, std::string_view name, bool* there) {
  Result<std::string> text = read_whole_file(folder, name);
  *there = text.ok();
  if (!text && text.status().code() == Code::not_found) return std::string();
  return text;
}

}  // namespace

Result<std::string> sha256_of_file(File& file, std::uint64_t end) {
  Sha256Stream hash;
  CHECK_OK(for_each_piece(file, 0, end, [&hash](std::string_view bytes) {
    hash.update(bytes);
    return Status();
  }));
  return hex(hash.digest());
}

Result<std::string> read_whole_file(Folder& folder, std::string_view name) {
  const std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
  const FileInfo info = TRY(file->info());
  std::string text;
  CHECK_OK(for_each_piece(*file, 0, info.size, [&text](std::string_view bytes) {
    text += bytes;
    return Status();
  }));
  return text;
}

std::string absolute_path(Fs& fs, const std::string& path) {
  if (fs.open_folder(path, false).ok()) return fs.real_path(path);
  const auto [parent, name] = split_path(path);
  if (parent == path || name.empty()) return path;
  const std::string above = absolute_path(fs, parent);
  return above + (above.ends_with('/') ? "" : "/") + name;
}

Result<std::unique_ptr<BackupFolder>> BackupFolder::open_to_fill(Fs& fs, const std::string& path,
                                                                 const std::string& store) {
  std::unique_ptr<BackupFolder> backup(new BackupFolder(fs));
  const Status looked = backup->look(path);
  // Whatever is wrong with the manifest, the files are there, and a new one tells which.
  if (!looked.ok() && looked.code() != Code::not_found && looked.code() != Code::damaged) {
    return looked;
  }
  const bool is_new = !backup->has_manifest_ && !backup->was_cut_off_ && looked.ok();
  if (is_new || looked.code() == Code::not_found) CHECK_OK(backup->check_empty(path));
  if (!backup->manifest_.store.empty() && backup->manifest_.store != store) {
    return Status(Code::invalid, printable(path) + " holds a backup of " +
                                     printable(backup->manifest_.store) + "; give another folder");
  }
  backup->manifest_.store = store;
  backup->parts_[0] = TRY(fs.open_folder(path, true));
  backup->parts_[3] = TRY(open_child(*backup->parts_[0], kSideFolder, true));
  return backup;
}

Result<std::unique_ptr<BackupFolder>> BackupFolder::open(Fs& fs, const std::string& path) {
  std::unique_ptr<BackupFolder> backup(new BackupFolder(fs));
  CHECK_OK(backup->look(path));
  if (backup->has_manifest_) return backup;
  const std::string what = backup->was_cut_off_
                               ? " was never completed: run the backup again, it goes on from there"
                               : " holds no backup (everturn backup makes one)";
  return Status(Code::not_found, printable(path) + what);
}

// Opens what is there, and reads what it says of itself.
Status BackupFolder::look(const std::string& path) {
  parts_[0] = TRY(fs_.open_folder(path, false));
  parts_[3] = TRY(open_child(*parts_[0], kSideFolder, false));
  if (parts_[3] == nullptr) return {};
  for (const BackupPart part : {BackupPart::trash, BackupPart::quarantine}) {
    parts_.at(static_cast<std::size_t>(part)) =
        TRY(open_child(*parts_[3], folder_name(part), false));
  }
  const std::string partial = TRY(read_if_there(*parts_[3], kBackupPartial, &was_cut_off_));
  const std::string text = TRY(read_if_there(*parts_[3], kBackupManifest, &has_manifest_));
  Status status;
  if (has_manifest_) {
    Result<BackupManifest> manifest = parse_manifest(text);
    has_manifest_ = manifest.ok();
    status = manifest.status();
    if (manifest) manifest_ = *std::move(manifest);
    for (const auto& [place, entry] : manifest_.entries) candidates_.emplace(place, entry);
    was_cut_off_ = was_cut_off_ || !has_manifest_;
  }
  for (std::size_t at = 0; at < partial.size();) {
    const std::size_t end = std::min(partial.find('\n', at), partial.size());
    const std::string_view line = std::string_view(partial).substr(at, end - at);
    std::optional<BackupEntry> entry = parse_backup_line(line);
    names_may_be_lost_ = names_may_be_lost_ || line.starts_with("{\"names_may_be_lost\":");
    if (manifest_.store.empty()) manifest_.store = text_member(line, "store");
    if (entry) add_candidate(*std::move(entry));
    at = end + 1;
  }
  return status;
}

void BackupFolder::add_candidate(BackupEntry entry) {
  const Place place(entry.part, entry.name);
  candidates_.emplace(place, entry);
  manifest_.entries.insert_or_assign(place, std::move(entry));
}

// A new backup needs a folder of its own: what lies there would be taken for a part of it.
Status BackupFolder::check_empty(const std::string& path) {
  if (parts_[0] == nullptr) return {};
  bool is_empty = true;
  CHECK_OK(parts_[0]->list([&is_empty](std::string_view name, FileKind) {
    is_empty = name == kSideFolder;
    return is_empty;
  }));
  // A run that was killed before it had begun leaves an empty folder.
  if (is_empty && parts_[3] != nullptr) {
    CHECK_OK(parts_[3]->list([&is_empty](std::string_view, FileKind) {
      is_empty = false;
      return false;
    }));
  }
  if (is_empty) return {};
  return {Code::invalid,
          printable(path) + " has files in it and is no backup; give an empty or a new folder"};
}

Status BackupFolder::begin() {
  Result<std::unique_ptr<File>> file =
      parts_[3]->open(kBackupPartial, was_cut_off_ ? Access::append : Access::create_new);
  // Also where a broken manifest is all that tells of an earlier run.
  if (!file && file.status().code() == Code::not_found) {
    file = parts_[3]->open(kBackupPartial, Access::create_new);
  }
  if (!file) return file.status();
  partial_ = *std::move(file);
  // A run that was cut off may have left half a line.
  CHECK_OK(append_all(*partial_, (was_cut_off_ ? "\n{\"store\":" : "{\"store\":") +
                                     quote_json(manifest_.store) + "}\n"));
  const Status synced = parts_[3]->sync();
  // Its own name may be lost: the next run is to make it anew.
  if (!synced.ok()) static_cast<void>(parts_[3]->remove(kBackupPartial));
  return synced;
}

Result<Folder*> BackupFolder::part_to_fill(BackupPart part) {
  std::shared_ptr<Folder>& folder = parts_.at(static_cast<std::size_t>(part));
  if (folder == nullptr) folder = TRY(open_child(*parts_[3], folder_name(part), true));
  return folder.get();
}

Result<std::optional<BackupEntry>> BackupFolder::find(const Place& place, bool by_hash) {
  std::optional<BackupEntry> found;
  Folder* const folder = part(place.first);
  if (folder == nullptr) return found;
  const Result<FileInfo> info = folder->stat(place.second);
  if (!info && info.status().code() != Code::not_found) return info.status();
  if (!info || info->kind != FileKind::file) return found;
  std::string hash;
  const auto [begin, end] = candidates_.equal_range(place);
  for (auto each = begin; each != end; ++each) {
    if (each->second.bytes != info->size) continue;
    if (by_hash && hash.empty()) {
      const std::unique_ptr<File> file = TRY(folder->open(place.second, Access::read));
      hash = TRY(sha256_of_file(*file, info->size));
    }
    if (!by_hash || hash == each->second.sha256) found = each->second;
  }
  return found;
}

Status BackupFolder::take(BackupEntry& entry, File& source) {
  Folder* const folder = TRY(part_to_fill(entry.part));
  std::unique_ptr<Replacement> copy =
      TRY(Replacement::begin(*folder, entry.name, staged_name(staged_.size()), nullptr));
  Sha256Stream hash;
  CHECK_OK(for_each_piece(source, 0, entry.bytes, [&](std::string_view bytes) {
    hash.update(bytes);
    return copy->write(bytes);
  }));
  CHECK_OK(copy->sync());
  CHECK_OK(copy->file().set_modified(entry.modified_ns));
  entry.sha256 = hex(hash.digest());
  staged_.push_back({std::move(copy), backup_line(entry), entry.name});
  return staged_.size() < kStagedMax ? Status() : name_staged();
}

Status BackupFolder::name_staged() {
  std::string lines;
  for (const Staged& staged : staged_) lines += staged.line;
  CHECK_OK(append_all(*partial_, lines));
  CHECK_OK(partial_->sync_data());
  for (const Staged& staged : staged_) CHECK_OK(staged.file->give_name(staged.name, true));
  staged_.clear();
  return {};
}

Status BackupFolder::sync_names() {
  for (const std::shared_ptr<Folder>& folder : parts_) {
    const Status synced = folder == nullptr ? Status() : folder->sync();
    if (synced.ok()) continue;
    // For the next run; if this fails too, nothing more can be done here.
    const Status told = append_all(*partial_, kNamesMayBeLost);
    if (told.ok()) static_cast<void>(partial_->sync_data());
    return synced;
  }
  return {};
}

Status BackupFolder::finish(const BackupManifest& manifest, bool mirror) {
  CHECK_OK(name_staged());
  CHECK_OK(sync_names());
  const std::unique_ptr<Replacement> file =
      TRY(Replacement::begin(*parts_[3], std::string(kBackupManifest), kTemporary, nullptr));
  CHECK_OK(file->write(manifest_text(manifest)));
  CHECK_OK(file->publish(true));
  CHECK_OK(remove_others(manifest, mirror));
  CHECK_OK(partial_->close());
  CHECK_OK(parts_[3]->remove(kBackupPartial));
  return parts_[3]->sync();
}

// What runs left that were cut off and, with `mirror`, every file that is not in the manifest.
Status BackupFolder::remove_others(const BackupManifest& manifest, bool mirror) {
  for (const BackupPart part : {BackupPart::sessions, BackupPart::trash, BackupPart::quarantine}) {
    Folder* const folder = this->part(part);
    if (folder == nullptr) continue;
    std::vector<std::string> others;
    CHECK_OK(folder->list([&](std::string_view name, FileKind kind) {
      const bool is_listed = manifest.entries.contains({part, std::string(name)});
      const bool goes = !is_listed && (mirror || is_staged_name(name));
      if (kind == FileKind::file && goes) others.emplace_back(name);
      return true;
    }));
    for (const std::string& name : others) CHECK_OK(folder->remove(name));
    if (!others.empty()) CHECK_OK(folder->sync());
  }
  return {};
}

}  // namespace everturn
