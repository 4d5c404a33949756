// SPDX-License-Identifier: Apache-2.0
// The folder a store lies in: whose it is, and where our side data goes.
//
//   own      ROOT/.everturn/format exists: side data in ROOT/.everturn
//   shared   nanobot's lock file or marker lies in ROOT: we write sessions under its lock; side
//            data in the user's state folder, nothing of ours in ROOT
//   foreign  any other folder with files in it: read-only unless asked otherwise; side data as
//            where it is shared
//   missing  nothing there yet: the first write makes it ours
#ifndef EVERTURN_STORE_STORE_FOLDER_H_
#define EVERTURN_STORE_STORE_FOLDER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "everturn/status.h"
#include "everturn/store.h"
#include "fs/fs.h"
#include "store/user_cache.h"

namespace everturn {

enum class FolderKind : std::uint8_t { missing, own, shared, foreign };

inline constexpr std::string_view kSideFolder = ".everturn";
inline constexpr std::string_view kFormatFile = "format";
inline constexpr std::string_view kLockFile = "lock";
inline constexpr std::string_view kCacheFolder = "cache";
inline constexpr std::string_view kTrashFolder = "trash";
inline constexpr std::string_view kQuarantineFolder = "quarantine";
inline constexpr std::string_view kSealsFolder = "seals";
// In the side folder of a backup (see backup_folder.h).
inline constexpr std::string_view kBackupManifest = "backup.jsonl";
inline constexpr std::string_view kBackupPartial = "backup.partial";
inline constexpr std::string_view kNanobotLock = ".session-files.lock";
inline constexpr std::string_view kNanobotMarker = ".workspace";

class StoreFolder {
 public:
  // Never writes. `invalid`: the path is no folder, or was written by a newer Everturn.
  static Result<std::unique_ptr<StoreFolder>> open(Fs& fs, std::string path,
                                                   const StoreOptions& options);

  [[nodiscard]] FolderKind kind() const { return kind_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool read_only() const { return options_.read_only; }
  // The folder itself; null while it is missing.
  std::shared_ptr<Folder> root();
  // Of the file system that the folder lies on, or will lie on.
  Result<FsTraits> traits();
  // Before each write: makes a missing or empty folder ours; refuses (`invalid`) a read-only store
  // and another agent's folder.
  Status prepare_to_write();
  // ROOT/.everturn, made again if somebody removed it. Only of an own folder.
  Result<std::shared_ptr<Folder>> side();
  // False: nobody has written to this own folder by its locks. Never writes.
  Result<bool> has_lock_file();
  // Somebody has replaced ROOT/.everturn: side() will look again.
  void forget_side();
  // Where the trash and the quarantine of this store lie, made if `create`; null if they do not
  // exist.
  Result<std::shared_ptr<Folder>> trash(bool create);
  Result<std::shared_ptr<Folder>> quarantine(bool create);
  // As Engine::cache_place. Never makes the folder ours.
  Result<CachePlace> cache(bool create);
  // The one in the user's cache folder, which is used where the folder is not ours.
  Result<CachePlace> user_cache(bool create);
  // Where the seals of an own folder lie; null elsewhere, and if they do not exist. Making it syncs
  // nothing: it is disposable.
  Result<std::shared_ptr<Folder>> seals(bool create);
  // Somebody has cleared it away: seals() will look again.
  void forget_seals();
  // The path of the quarantine, for people.
  [[nodiscard]] std::string quarantine_path() const;
  // Makes the folder ours, whoever's it was.
  Status adopt();
  [[nodiscard]] bool ignores_case() const { return ignores_case_; }
  // Files of an own folder may end in padding.
  [[nodiscard]] bool padded_tails() const { return kind_ == FolderKind::own; }

 private:
  StoreFolder(Fs& fs, std::string path, const StoreOptions& options)
      : fs_(fs), path_(std::move(path)), options_(options) {}
  Status look();
  Status check_format(Folder& side);
  Status make_own();
  std::string state_path() const;
  Result<std::shared_ptr<Folder>> data_folder(std::string_view name, bool create,
                                              std::shared_ptr<Folder>& known);

  Fs& fs_;
  std::string path_;
  StoreOptions options_;
  std::mutex mutex_;
  std::atomic<FolderKind> kind_ = FolderKind::missing;
  bool ignores_case_ = false;
  bool is_backup_ = false;
  std::shared_ptr<Folder> root_;
  std::shared_ptr<Folder> side_;
  std::shared_ptr<Folder> trash_;
  std::shared_ptr<Folder> quarantine_;
  std::shared_ptr<Folder> seals_;
};

// Where the user's own data about folders of others lies: StoreOptions::state_folder, else the
// folder that the environment names.
std::string user_state_folder(const StoreOptions& options);

// nanobot keeps sessions in this folder. Its lock file may come and go, since several versions of
// its lock library remove it with every release; its marker, the absolute path of the workspace on
// one line, stays.
Result<bool> is_used_by_nanobot(Folder& folder);

// Opens a folder inside `parent`, making it (durably) if `create`; null if it is not there.
Result<std::shared_ptr<Folder>> open_child(Folder& parent, std::string_view name, bool create);

}  // namespace everturn

#endif  // EVERTURN_STORE_STORE_FOLDER_H_
