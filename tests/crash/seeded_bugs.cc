// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/seeded_bugs.h"

#include <map>
#include <mutex>
#include <utility>

#include "base/try.h"
#include "journal/replace.h"

namespace everturn {

// What the wrappers of one BuggyFs share: the bug, and the last change of names in each folder.
class BuggyFs::Bugs {
 public:
  explicit Bugs(Bug bug) : bug_(bug) {}
  [[nodiscard]] bool has(Bug bug) const { return bug_ == bug; }

  // `skipper`: the bug that skips the sync behind a change of this kind.
  void changed(const std::string& folder, Bug skipper) {
    const std::lock_guard<std::mutex> lock(mutex_);
    last_change_[folder] = skipper;
  }

  // Whether the bug swallows the sync of this folder; in any case the change is done with.
  bool skips_sync(const std::string& folder) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Bug skipper = std::exchange(last_change_[folder], Bug::none);
    return skipper != Bug::none && skipper == bug_;
  }

  static std::unique_ptr<Folder> wrap(std::unique_ptr<Folder> inner, std::string path, Bugs& bugs);

 private:
  class BuggyFile;
  class BuggyFolder;

  const Bug bug_;
  std::mutex mutex_;
  std::map<std::string, Bug> last_change_;
};

namespace {

Result<std::string> read_all(File& file) {
  const FileInfo info = TRY(file.info());
  std::string content(info.size, '\0');
  const std::size_t size = TRY(file.read_at(0, content.data(), content.size()));
  content.resize(size);
  return content;
}

}  // namespace

class BuggyFs::Bugs::BuggyFile final : public File {
 public:
  BuggyFile(std::unique_ptr<File> inner, std::string path, Bugs& bugs)
      : inner_(std::move(inner)), path_(std::move(path)), bugs_(bugs) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    return inner_->read_at(offset, into, size);
  }
  Result<std::size_t> append(std::string_view bytes) override {
    if (!bugs_.has(Bug::drops_bytes) || !bytes.starts_with('\n')) return inner_->append(bytes);
    const std::string content = TRY(read_all(*inner_));
    const std::size_t torn_at = content.rfind('\n') + 1;  // npos + 1 is 0
    CHECK_OK(inner_->truncate(torn_at));
    CHECK_OK(append_all(*inner_, std::string(content.size() - torn_at, ' ')));
    return inner_->append(bytes);
  }
  Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) override {
    return inner_->write_at(offset, bytes);
  }
  Status sync_data() override {
    if (bugs_.has(Bug::no_sync)) return Status();
    if (bugs_.has(Bug::quarantine_not_synced) && path_.find("/quarantine/") != std::string::npos)
      return Status();
    if (bugs_.has(Bug::no_sync_before_rename) && path_.ends_with(".tmp")) return Status();
    Status status = inner_->sync_data();
    return !status && bugs_.has(Bug::sync_retried) ? inner_->sync_data() : status;
  }
  Status drop_cache() override { return inner_->drop_cache(); }
  Status truncate(std::uint64_t size) override { return inner_->truncate(size); }
  Result<bool> lease(bool take) override { return inner_->lease(take); }
  Result<std::string> other_writer() override { return inner_->other_writer(); }
  Status copy_attributes(File& model) override {
    auto* wrapped = dynamic_cast<BuggyFile*>(&model);
    return inner_->copy_attributes(wrapped != nullptr ? *wrapped->inner_ : model);
  }
  Status set_modified(std::int64_t modified_ns) override {
    return inner_->set_modified(modified_ns);
  }
  Result<FileInfo> info() override { return inner_->info(); }
  Status close() override { return inner_->close(); }

 private:
  std::unique_ptr<File> inner_;
  std::string path_;
  Bugs& bugs_;
};

class BuggyFs::Bugs::BuggyFolder final : public Folder {
 public:
  BuggyFolder(std::unique_ptr<Folder> inner, std::string path, Bugs& bugs)
      : inner_(std::move(inner)), path_(std::move(path)), bugs_(bugs) {}

  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
    auto file = TRY(inner_->open(name, access));
    if (access == Access::create_new) bugs_.changed(path_, Bug::no_folder_sync_after_create);
    return std::unique_ptr<File>(
        std::make_unique<BuggyFile>(std::move(file), path_ + "/" + std::string(name), bugs_));
  }
  Result<std::unique_ptr<Folder>> open_folder(std::string_view name) override {
    auto folder = TRY(inner_->open_folder(name));
    return wrap(std::move(folder), path_ + "/" + std::string(name), bugs_);
  }
  Status make_folder(std::string_view name) override {
    CHECK_OK(inner_->make_folder(name));
    bugs_.changed(path_, Bug::no_folder_sync_after_create);
    return Status();
  }
  Result<FileInfo> stat(std::string_view name) override { return inner_->stat(name); }
  Result<FileInfo> info() override { return inner_->info(); }
  Status list(const std::function<bool(std::string_view, FileKind)>& visit) override {
    return inner_->list(visit);
  }
  Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                bool replace) override {
    BuggyFolder& target = unwrap(to_folder);
    if (bugs_.has(Bug::truncate_in_place) && from.ends_with(".tmp") && replace &&
        target.inner_->stat(to).ok()) {
      return copy_into(from, target, to);
    }
    CHECK_OK(inner_->rename(from, *target.inner_, to, replace));
    bugs_.changed(path_, Bug::no_folder_sync_after_rename);
    bugs_.changed(target.path_, Bug::no_folder_sync_after_rename);
    return Status();
  }
  Status link(std::string_view from, Folder& to_folder, std::string_view to) override {
    BuggyFolder& target = unwrap(to_folder);
    CHECK_OK(inner_->link(from, *target.inner_, to));
    bugs_.changed(target.path_, Bug::no_folder_sync_after_create);
    return Status();
  }
  Status remove(std::string_view name) override {
    CHECK_OK(inner_->remove(name));
    bugs_.changed(path_, Bug::no_folder_sync_after_unlink);
    return Status();
  }
  Status remove_folder(std::string_view name) override {
    CHECK_OK(inner_->remove_folder(name));
    bugs_.changed(path_, Bug::no_folder_sync_after_unlink);
    return Status();
  }
  Status sync() override { return bugs_.skips_sync(path_) ? Status() : inner_->sync(); }
  Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create) override {
    return inner_->open_lock_file(name, create);
  }
  Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) override {
    return inner_->try_flock(name);
  }
  Result<std::unique_ptr<FolderWatch>> watch() override { return inner_->watch(); }
  Result<FsTraits> traits() override { return inner_->traits(); }

 private:
  static BuggyFolder& unwrap(Folder& folder) { return static_cast<BuggyFolder&>(folder); }

  Status copy_into(std::string_view from, BuggyFolder& target, std::string_view to) {
    auto source = TRY(inner_->open(from, Access::read));
    const std::string content = TRY(read_all(*source));
    auto file = TRY(target.inner_->open(to, Access::append));
    CHECK_OK(file->truncate(0));
    CHECK_OK(append_all(*file, content));
    CHECK_OK(file->sync_data());
    return inner_->remove(from);
  }

  std::unique_ptr<Folder> inner_;
  std::string path_;
  Bugs& bugs_;
};

std::unique_ptr<Folder> BuggyFs::Bugs::wrap(std::unique_ptr<Folder> inner, std::string path,
                                            Bugs& bugs) {
  return std::make_unique<BuggyFolder>(std::move(inner), std::move(path), bugs);
}

BuggyFs::BuggyFs(Fs& inner, Bug bug) : inner_(inner), bugs_(std::make_unique<Bugs>(bug)) {}
BuggyFs::~BuggyFs() = default;

Result<std::unique_ptr<Folder>> BuggyFs::open_folder(const std::string& path, bool create) {
  auto folder = TRY(inner_.open_folder(path, create));
  return Bugs::wrap(std::move(folder), path, *bugs_);
}

std::string_view bug_name(Bug bug) {
  constexpr std::string_view kNames[] = {
      "none",
      "no_sync",
      "no_sync_before_rename",
      "no_folder_sync_after_rename",
      "no_folder_sync_after_create",
      "no_folder_sync_after_unlink",
      "truncate_in_place",
      "sync_retried",
      "quarantine_not_synced",
      "drops_bytes",
  };
  return kNames[static_cast<std::size_t>(bug)];
}

}  // namespace everturn
