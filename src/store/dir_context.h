// SPDX-License-Identifier: Apache-2.0
// What all parts of the folder engine share: the folder, the locks, and whether writing is still
// allowed.
#ifndef EVERTURN_STORE_DIR_CONTEXT_H_
#define EVERTURN_STORE_DIR_CONTEXT_H_

#include <memory>
#include <mutex>
#include <string>

#include "everturn/store.h"
#include "fs/fs.h"
#include "journal/durable_names.h"
#include "store/session_files.h"
#include "store/session_locks.h"
#include "store/store_folder.h"

namespace everturn {

class DirContext {
 public:
  DirContext(Fs& file_system, std::unique_ptr<StoreFolder> store_folder,
             StoreOptions store_options);

  Fs& fs;
  const StoreOptions options;
  const std::unique_ptr<StoreFolder> folder;
  SessionLocks locks;

  // `invalid` in a forked child, where neither locks nor threads of ours exist.
  [[nodiscard]] Status check_process() const;
  // Before each write. `io` once a device failed: until the store is opened anew nothing is
  // written, for the kernel may have dropped what it had promised. `invalid` in a forked child.
  Status prepare_to_write();
  // Before each read. `invalid` in a forked child; `not_found` where there is no folder yet.
  Result<std::shared_ptr<Folder>> readable_root();
  // A write or sync failed. A failing device (EIO, EROFS) closes the whole store for writing.
  void note_failure(const Status& status);
  // The answer of a write or sync, noted if it is a failure.
  Status noted(Status status);
  // Syncs a session's file, and notes if that fails: what the cache shows of it is then not to be
  // trusted.
  Status sync_data(File& file);
  // Of the root folder; prepare_to_write() was called.
  DurableNames& names();
  Result<SessionFile> find(std::string_view key);
  std::string now_text();

 private:
  std::mutex mutex_;
  Status closed_;
  std::shared_ptr<Folder> names_root_;
  std::unique_ptr<DurableNames> names_;
  std::uint64_t process_token_;
};

// Files of this process whose sync has failed: their cached pages are not to be trusted. Any
// thread.
void distrust_file(const FileId& id);
bool is_distrusted(const FileId& id);
void trust_file(const FileId& id);

}  // namespace everturn

#endif  // EVERTURN_STORE_DIR_CONTEXT_H_
