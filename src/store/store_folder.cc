// SPDX-License-Identifier: Apache-2.0
#include "store/store_folder.h"

#include <cstdlib>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "journal/replace.h"
#include "store/user_cache.h"

namespace everturn {
namespace {

constexpr std::string_view kFormatText = "everturn 1\n";
constexpr std::string_view kFormatPrefix = "everturn ";

// Is there anything in the folder that we did not put there?
Result<bool> holds_files(Folder& folder) {
  bool found = false;
  CHECK_OK(folder.list([&](std::string_view name, FileKind) {
    found = name != kSideFolder;
    return !found;
  }));
  return found;
}

Result<bool> exists(Folder& folder, std::string_view name) {
  const Result<FileInfo> info = folder.stat(name);
  if (info) return true;
  if (info.status().code() == Code::not_found) return false;
  return info.status();
}

// Other programs may have a file of this name too: only an absolute path in it counts.
Result<bool> has_nanobot_marker(Folder& folder) {
  const Result<FileInfo> info = folder.stat(kNanobotMarker);
  if (!info && info.status().code() != Code::not_found) return info.status();
  if (!info || info->kind != FileKind::file) return false;
  const Result<std::unique_ptr<File>> file = folder.open(kNanobotMarker, Access::read);
  if (!file) return false;  // gone meanwhile, or not for us to read
  char first = 0;
  const std::size_t size = TRY((*file)->read_at(0, &first, 1));
  return size == 1 && first == '/';
}

}  // namespace

Result<bool> is_used_by_nanobot(Folder& folder) {
  const bool locks = TRY(exists(folder, kNanobotLock));
  if (locks) return true;
  return has_nanobot_marker(folder);
}

Result<std::shared_ptr<Folder>> open_child(Folder& parent, std::string_view name, bool create) {
  Result<std::unique_ptr<Folder>> child = parent.open_folder(name);
  bool is_ours = false;
  if (!child && child.status().code() == Code::not_found) {
    if (!create) return std::shared_ptr<Folder>();
    const Status made = parent.make_folder(name);
    if (!made.ok() && made.code() != Code::conflict) return made;
    is_ours = made.ok();
    child = parent.open_folder(name);
  }
  if (!child) return child.status();
  // Also if it is there: who made it may have been killed before its name was durable.
  const Status synced = create ? parent.sync() : Status();
  // The name may be lost, and the next sync would say ok all the same: whoever comes next is to
  // make the folder anew.
  if (!synced.ok() && is_ours) static_cast<void>(parent.remove_folder(name));
  if (!synced.ok()) return synced;
  return std::shared_ptr<Folder>(*std::move(child));
}

Result<std::unique_ptr<StoreFolder>> StoreFolder::open(Fs& fs, std::string path,
                                                       const StoreOptions& options) {
  if (path.empty()) return Status(Code::invalid, "the path of the store is empty");
  if (path.find('\0') != std::string::npos) {
    return Status(Code::invalid, "the path of the store has a NUL byte");
  }
  std::unique_ptr<StoreFolder> folder(new StoreFolder(fs, std::move(path), options));
  CHECK_OK(folder->look());
  return folder;
}

// Finds out whose folder it is. The caller holds the mutex, or nobody else has the object yet.
Status StoreFolder::look() {
  Result<std::unique_ptr<Folder>> root = fs_.open_folder(path_, false);
  if (!root) {
    if (root.status().code() != Code::not_found) return root.status();
    kind_ = FolderKind::missing;
    return {};
  }
  root_ = *std::move(root);
  const FsTraits traits = TRY(root_->traits());
  ignores_case_ = traits.ignores_case;
  // The files first: the format is there before the first session, so that a folder which another
  // process makes a store just now is never taken for somebody else's.
  const bool nanobot = TRY(is_used_by_nanobot(*root_));
  const bool files = nanobot || TRY(holds_files(*root_));
  side_ = TRY(open_child(*root_, kSideFolder, false));
  if (side_ != nullptr) {
    is_backup_ = TRY(exists(*side_, kBackupManifest)) || TRY(exists(*side_, kBackupPartial));
    const bool has_format = TRY(exists(*side_, kFormatFile));
    if (has_format) {
      CHECK_OK(check_format(*side_));
      kind_ = FolderKind::own;
      return {};
    }
  }
  kind_ = nanobot ? FolderKind::shared : files ? FolderKind::foreign : FolderKind::missing;
  return {};
}

Status StoreFolder::check_format(Folder& side) {
  const std::unique_ptr<File> file = TRY(side.open(kFormatFile, Access::read));
  char bytes[64] = {};
  const std::size_t size = TRY(file->read_at(0, bytes, sizeof bytes));
  const std::string_view text(bytes, size);
  if (text == kFormatText) return {};
  if (text.starts_with(kFormatPrefix)) {
    return {Code::invalid, path_ + " was written by a newer Everturn (" +
                               std::string(text.substr(0, text.find('\n'))) +
                               "); use that version, nothing was touched"};
  }
  return {Code::damaged, path_ +
                             "/.everturn/format is not readable as a format; remove that file "
                             "and run everturn store adopt, the sessions are untouched"};
}

std::shared_ptr<Folder> StoreFolder::root() {
  const std::lock_guard guard(mutex_);
  // It may have been made or filled meanwhile, by an agent or by another process of ours.
  if (kind_ == FolderKind::missing) static_cast<void>(look());
  return root_;
}

Result<FsTraits> StoreFolder::traits() {
  if (const std::shared_ptr<Folder> here = root()) return here->traits();
  std::string above = path_;
  while (true) {
    const std::size_t slash = above.find_last_of('/');
    if (slash == std::string::npos)
      above = ".";
    else
      above.resize(slash == 0 ? 1 : slash);
    const Result<std::unique_ptr<Folder>> folder = fs_.open_folder(above, false);
    if (folder) return (*folder)->traits();
    if (folder.status().code() != Code::not_found || above == "." || above == "/") {
      return folder.status();
    }
  }
}

Status StoreFolder::make_own() {
  root_ = TRY(fs_.open_folder(path_, true));
  side_ = TRY(open_child(*root_, kSideFolder, true));
  const bool has_format = TRY(exists(*side_, kFormatFile));
  if (has_format) {
    CHECK_OK(check_format(*side_));
  } else {
    // Two processes may do this at once: both write the same text, each under its own name.
    const std::unique_ptr<Replacement> format =
        TRY(Replacement::begin(*side_, std::string(kFormatFile),
                               "format." + std::to_string(fs_.random()) + ".tmp", nullptr));
    CHECK_OK(format->write(kFormatText));
    CHECK_OK(format->publish(true));
  }
  const FsTraits traits = TRY(root_->traits());
  ignores_case_ = traits.ignores_case;
  kind_ = FolderKind::own;
  trash_.reset();
  quarantine_.reset();
  seals_.reset();
  return {};
}

Status StoreFolder::prepare_to_write() {
  if (options_.read_only) {
    return {Code::invalid, "the store was opened read-only"};
  }
  const std::lock_guard guard(mutex_);
  if (kind_ == FolderKind::missing || kind_ == FolderKind::foreign) CHECK_OK(look());
  if (is_backup_) {
    return {Code::invalid,
            path_ + " is a backup, only for reading; everturn restore brings it back"};
  }
  switch (kind_) {
    case FolderKind::missing:
      return make_own();
    case FolderKind::foreign:
      if (options_.write_foreign) return {};
      return {Code::invalid,
              path_ +
                  " belongs to another agent (files are in it, but no .everturn): it is opened "
                  "read-only; choose another folder, adopt it (everturn store adopt), or allow "
                  "writing to it (--write-foreign)"};
    case FolderKind::own:
    case FolderKind::shared:
      return {};
  }
  return {};
}

Result<std::shared_ptr<Folder>> StoreFolder::side() {
  const std::lock_guard guard(mutex_);
  if (side_ == nullptr && options_.read_only) {
    return Status(Code::not_found, "the folder .everturn is gone");
  }
  if (side_ == nullptr) CHECK_OK(make_own());
  return side_;
}

Result<bool> StoreFolder::has_lock_file() {
  const std::shared_ptr<Folder> root = this->root();
  if (root == nullptr) return false;
  const std::shared_ptr<Folder> side = TRY(open_child(*root, kSideFolder, false));
  if (side == nullptr) return false;
  return exists(*side, kLockFile);
}

void StoreFolder::forget_side() {
  const std::lock_guard guard(mutex_);
  side_.reset();
  trash_.reset();
  quarantine_.reset();
  seals_.reset();
}

std::string user_state_folder(const StoreOptions& options) {
  if (!options.state_folder.empty()) return options.state_folder;
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  const bool is_named = state != nullptr && *state != '\0';
  return (is_named ? std::string(state)
                   : std::string(home != nullptr ? home : "") + "/.local/state") +
         "/everturn";
}

std::string StoreFolder::state_path() const {
  return user_state_folder(options_) + "/" + hex(hash128(fs_.real_path(path_)));
}

Result<std::shared_ptr<Folder>> StoreFolder::trash(bool create) {
  return data_folder(kTrashFolder, create, trash_);
}

Result<std::shared_ptr<Folder>> StoreFolder::quarantine(bool create) {
  return data_folder(kQuarantineFolder, create, quarantine_);
}

Result<std::shared_ptr<Folder>> StoreFolder::seals(bool create) {
  const std::lock_guard guard(mutex_);
  if (seals_ != nullptr || kind_ != FolderKind::own) return seals_;
  std::shared_ptr<Folder> folder = side_;
  for (const std::string_view name : {kCacheFolder, kSealsFolder}) {
    if (folder == nullptr) return folder;
    if (create) {
      const Status made = folder->make_folder(name);
      if (!made.ok() && made.code() != Code::conflict) return made;
    }
    folder = TRY(open_child(*folder, name, false));
  }
  seals_ = folder;
  return seals_;
}

void StoreFolder::forget_seals() {
  const std::lock_guard guard(mutex_);
  seals_.reset();
}

std::string StoreFolder::quarantine_path() const {
  const std::string parent =
      kind_ == FolderKind::own ? path_ + "/" + std::string(kSideFolder) : state_path();
  return parent + "/" + std::string(kQuarantineFolder);
}

Result<std::shared_ptr<Folder>> StoreFolder::data_folder(std::string_view name, bool create,
                                                         std::shared_ptr<Folder>& known) {
  const std::lock_guard guard(mutex_);
  if (known != nullptr) return known;
  if (kind_ == FolderKind::missing) return std::shared_ptr<Folder>();
  std::shared_ptr<Folder> parent;
  if (kind_ == FolderKind::own) {
    if (side_ == nullptr) CHECK_OK(make_own());
    parent = side_;
  } else {
    Result<std::unique_ptr<Folder>> state = fs_.open_folder(state_path(), create);
    if (!state && state.status().code() == Code::not_found) return std::shared_ptr<Folder>();
    if (!state) return state.status();
    parent = *std::move(state);
  }
  known = TRY(open_child(*parent, name, create));
  return known;
}

Result<CachePlace> StoreFolder::cache(bool create) {
  const std::shared_ptr<Folder> root = this->root();
  const bool may_create = create && !options_.read_only;
  if (root == nullptr) return CachePlace();
  if (kind_ != FolderKind::own) return user_cache(create);
  const std::shared_ptr<Folder> side = TRY(open_child(*root, kSideFolder, false));
  if (side == nullptr) return CachePlace();
  CachePlace place;
  place.folder = TRY(open_child(*side, kCacheFolder, false));
  if (place.folder == nullptr && may_create) {
    place.folder = TRY(open_child(*side, kCacheFolder, true));
  }
  if (place.folder == nullptr) return CachePlace();
  place.path =
      fs_.real_path(path_) + "/" + std::string(kSideFolder) + "/" + std::string(kCacheFolder);
  return place;
}

Result<CachePlace> StoreFolder::user_cache(bool create) {
  return user_cache_place(fs_, options_, fs_.real_path(path_), create);
}

Status StoreFolder::adopt() {
  if (options_.read_only) return {Code::invalid, "the store was opened read-only"};
  const std::lock_guard guard(mutex_);
  return make_own();
}

}  // namespace everturn
