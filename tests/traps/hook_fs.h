// SPDX-License-Identifier: Apache-2.0
// A file system that calls back before each call that changes or syncs a file, so that a test can
// look at, or interfere with, the moment between two calls of a writer.
//
//   HookFs fs(disk);
//   fs.before("sync_data", [&] { disk.erase("/store/.everturn/lock"); });  // once
#ifndef EVERTURN_TESTS_TRAPS_HOOK_FS_H_
#define EVERTURN_TESTS_TRAPS_HOOK_FS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fs/fs.h"

namespace everturn {

class HookFs : public Fs {
 public:
  // `real` must outlive this.
  explicit HookFs(Fs& real) : real_(real) {}

  // Calls `work` once, before the `nth` call of that name from now on.
  void before(std::string_view call, std::function<void()> work, int nth = 1) {
    call_ = call;
    work_ = std::move(work);
    countdown_ = nth;
  }
  [[nodiscard]] bool is_done() const { return !work_; }

  void reached(std::string_view call) {
    if (!work_ || call != call_ || --countdown_ > 0) return;
    std::exchange(work_, nullptr)();
  }

  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override;
  std::int64_t now_ns() override { return real_.now_ns(); }
  std::int64_t monotonic_ns() override { return real_.monotonic_ns(); }
  void sleep_ns(std::int64_t duration_ns) override { real_.sleep_ns(duration_ns); }
  std::uint64_t random() override { return real_.random(); }
  std::uint64_t process_token() override { return real_.process_token(); }

 private:
  Fs& real_;
  std::string call_;
  std::function<void()> work_;
  int countdown_ = 0;
};

class HookFile : public File {
 public:
  HookFile(HookFs& fs, std::unique_ptr<File> real) : fs_(fs), real_(std::move(real)) {}
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    fs_.reached("read_at");
    return real_->read_at(offset, into, size);
  }
  Result<std::size_t> append(std::string_view bytes) override {
    fs_.reached("append");
    return real_->append(bytes);
  }
  Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) override {
    fs_.reached("write_at");
    return real_->write_at(offset, bytes);
  }
  Status sync_data() override {
    fs_.reached("sync_data");
    return real_->sync_data();
  }
  Status drop_cache() override { return real_->drop_cache(); }
  Status truncate(std::uint64_t size) override {
    fs_.reached("truncate");
    return real_->truncate(size);
  }
  Result<bool> lease(bool take) override { return real_->lease(take); }
  Result<std::string> other_writer() override { return real_->other_writer(); }
  Status copy_attributes(File& model) override {
    return real_->copy_attributes(*static_cast<HookFile&>(model).real_);
  }
  Status set_modified(std::int64_t modified_ns) override {
    return real_->set_modified(modified_ns);
  }
  Result<FileInfo> info() override { return real_->info(); }
  Status close() override { return real_->close(); }

 private:
  HookFs& fs_;
  std::unique_ptr<File> real_;
};

class HookFolder : public Folder {
 public:
  HookFolder(HookFs& fs, std::unique_ptr<Folder> real) : fs_(fs), real_(std::move(real)) {}
  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
    Result<std::unique_ptr<File>> file = real_->open(name, access);
    if (!file) return file.status();
    return std::unique_ptr<File>(std::make_unique<HookFile>(fs_, *std::move(file)));
  }
  Result<std::unique_ptr<Folder>> open_folder(std::string_view name) override {
    Result<std::unique_ptr<Folder>> folder = real_->open_folder(name);
    if (!folder) return folder.status();
    return std::unique_ptr<Folder>(std::make_unique<HookFolder>(fs_, *std::move(folder)));
  }
  Status make_folder(std::string_view name) override { return real_->make_folder(name); }
  Result<FileInfo> stat(std::string_view name) override { return real_->stat(name); }
  Result<FileInfo> info() override { return real_->info(); }
  Status list(const std::function<bool(std::string_view, FileKind)>& visit) override {
    return real_->list(visit);
  }
  Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                bool replace) override {
    fs_.reached("rename");
    return real_->rename(from, *static_cast<HookFolder&>(to_folder).real_, to, replace);
  }
  Status link(std::string_view from, Folder& to_folder, std::string_view to) override {
    return real_->link(from, *static_cast<HookFolder&>(to_folder).real_, to);
  }
  Status remove(std::string_view name) override { return real_->remove(name); }
  Status remove_folder(std::string_view name) override { return real_->remove_folder(name); }
  Status sync() override {
    fs_.reached("sync_folder");
    return real_->sync();
  }
  Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create) override {
    return real_->open_lock_file(name, create);
  }
  Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) override {
    return real_->try_flock(name);
  }
  Result<std::unique_ptr<FolderWatch>> watch() override { return real_->watch(); }
  Result<FsTraits> traits() override { return real_->traits(); }

 private:
  HookFs& fs_;
  std::unique_ptr<Folder> real_;
};

inline Result<std::unique_ptr<Folder>> HookFs::open_folder(const std::string& path, bool create) {
  Result<std::unique_ptr<Folder>> folder = real_.open_folder(path, create);
  if (!folder) return folder.status();
  return std::unique_ptr<Folder>(std::make_unique<HookFolder>(*this, *std::move(folder)));
}

}  // namespace everturn

#endif  // EVERTURN_TESTS_TRAPS_HOOK_FS_H_
