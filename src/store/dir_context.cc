// SPDX-License-Identifier: Apache-2.0
#include "store/dir_context.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "base/try.h"

namespace everturn {
namespace {

struct Distrusted {
  std::mutex mutex;
  std::vector<FileId> files;
};

Distrusted& distrusted() {
  static Distrusted& instance = *new Distrusted;  // used until the process ends
  return instance;
}

}  // namespace

void distrust_file(const FileId& id) {
  Distrusted& all = distrusted();
  const std::lock_guard guard(all.mutex);
  all.files.push_back(id);
}

bool is_distrusted(const FileId& id) {
  Distrusted& all = distrusted();
  const std::lock_guard guard(all.mutex);
  return std::find(all.files.begin(), all.files.end(), id) != all.files.end();
}

void trust_file(const FileId& id) {
  Distrusted& all = distrusted();
  const std::lock_guard guard(all.mutex);
  std::erase(all.files, id);
}

DirContext::DirContext(Fs& file_system, std::unique_ptr<StoreFolder> store_folder,
                       StoreOptions store_options)
    : fs(file_system),
      options(std::move(store_options)),
      folder(std::move(store_folder)),
      locks(fs, *folder),
      process_token_(fs.process_token()) {}

Status DirContext::check_process() const {
  if (fs.process_token() == process_token_) return {};
  return {Code::invalid, "this store was opened before a fork; open it again in the child"};
}

Status DirContext::prepare_to_write() {
  CHECK_OK(check_process());
  {
    const std::lock_guard guard(mutex_);
    if (!closed_.ok()) return closed_;
  }
  return noted(folder->prepare_to_write());
}

Result<std::shared_ptr<Folder>> DirContext::readable_root() {
  CHECK_OK(check_process());
  std::shared_ptr<Folder> root = folder->root();
  if (root == nullptr) return Status(Code::not_found, "there is no such session");
  return root;
}

void DirContext::note_failure(const Status& status) {
  if (status.system_error() != EIO && status.system_error() != EROFS) return;
  const std::lock_guard guard(mutex_);
  if (!closed_.ok()) return;
  closed_ = Status(Code::io,
                   "the device failed before (" + status.message() +
                       "); nothing more is written through this store: look at the disk, then "
                       "open the store again",
                   status.system_error());
}

Status DirContext::noted(Status status) {
  if (!status.ok()) note_failure(status);
  return status;
}

Status DirContext::sync_data(File& file) {
  Status synced = noted(file.sync_data());
  if (synced.ok()) return synced;
  const Result<FileInfo> info = file.info();
  if (info) distrust_file(info->id);
  return synced;
}

DurableNames& DirContext::names() {
  const std::lock_guard guard(mutex_);
  if (names_ == nullptr) {
    names_root_ = folder->root();
    names_ = std::make_unique<DurableNames>(fs, *names_root_);
  }
  return *names_;
}

Result<SessionFile> DirContext::find(std::string_view key) {
  return find_session_file(*folder->root(), key, folder->ignores_case());
}

std::string DirContext::now_text() { return iso_local_time(fs.now_ns()); }

}  // namespace everturn
