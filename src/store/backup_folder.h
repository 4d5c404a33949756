// SPDX-License-Identifier: Apache-2.0
// The folder of a backup. While one is made, .everturn/backup.partial lies in it, durable before
// anything else changes, and goes when the manifest is durable: who finds it knows that the last
// run was cut off. A file gets its name in the backup only when its content and its line there are
// durable: so whatever stands under a name is told by its hash, in the manifest or there. One
// thread, and one backup at a time.
#ifndef EVERTURN_STORE_BACKUP_FOLDER_H_
#define EVERTURN_STORE_BACKUP_FOLDER_H_

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/replace.h"
#include "store/backup_manifest.h"
#include "store/store_folder.h"

namespace everturn {

class BackupFolder {
 public:
  // For writing: made if it is missing. `invalid` for a folder with something else in it, and for
  // the backup of another store. `fs` must outlive this.
  static Result<std::unique_ptr<BackupFolder>> open_to_fill(Fs& fs, const std::string& path,
                                                            const std::string& store);
  // `not_found` where no backup was ever completed.
  static Result<std::unique_ptr<BackupFolder>> open(Fs& fs, const std::string& path);

  // What it holds, as far as it is known.
  [[nodiscard]] const BackupManifest& manifest() const { return manifest_; }
  [[nodiscard]] bool was_cut_off() const { return was_cut_off_; }
  // A sync of its folders failed: names that everybody sees may be lost, and all later syncs say
  // ok. Only a new file under the name is sure.
  [[nodiscard]] bool names_may_be_lost() const { return names_may_be_lost_; }
  // Null if nothing of that part was ever copied.
  Folder* part(BackupPart part) { return parts_.at(static_cast<std::size_t>(part)).get(); }

  Status begin();
  // What stands in this place, if it is known. `by_hash`: it is read; else by its size.
  using Place = BackupEntries::key_type;
  Result<std::optional<BackupEntry>> find(const Place& place, bool by_hash);
  // Copies source[0, entry.bytes) to its place, by finish() at the latest, and completes the entry
  // with the hash.
  Status take(BackupEntry& entry, File& source);
  // Gives everything that was taken its place: when a run ends early.
  Status pause() { return name_staged(); }
  // Makes everything durable, then the manifest. With `mirror`, removes what is not in it.
  Status finish(const BackupManifest& manifest, bool mirror);

 private:
  explicit BackupFolder(Fs& fs) : fs_(fs) {}
  struct Staged {
    std::unique_ptr<Replacement> file;
    std::string line;
    std::string name;
  };

  Status look(const std::string& path);
  void add_candidate(BackupEntry entry);
  Status name_staged();
  Status sync_names();
  Status check_empty(const std::string& path);
  Result<Folder*> part_to_fill(BackupPart part);
  Status remove_others(const BackupManifest& manifest, bool mirror);

  Fs& fs_;
  std::array<std::shared_ptr<Folder>, kBackupParts> parts_;  // sessions: the folder itself
  BackupManifest manifest_;
  std::multimap<Place, BackupEntry> candidates_;
  std::vector<Staged> staged_;
  bool has_manifest_ = false;
  bool was_cut_off_ = false;
  bool names_may_be_lost_ = false;
  std::unique_ptr<File> partial_;
};

// The hash of file[0, end), in hexadecimal digits.
Result<std::string> sha256_of_file(File& file, std::uint64_t end);
// All of a file of ours.
Result<std::string> read_whole_file(Folder& folder, std::string_view name);
// `path` without symbolic links, also where it is not there yet.
std::string absolute_path(Fs& fs, const std::string& path);

}  // namespace everturn

#endif  // EVERTURN_STORE_BACKUP_FOLDER_H_
