// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/gated_fs.h"

#include <cerrno>
#include <utility>

#include "base/try.h"

namespace everturn {

class GatedFs::Passage {
 public:
  explicit Passage(Gate gate) : gate_(std::move(gate)) {}

  Status pass() {
    if (gate_(++calls_)) return {};
    return {Code::io, "the process was killed", EIO};
  }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

  static std::unique_ptr<Folder> wrap(std::unique_ptr<Folder> inner, Passage& passage);

 private:
  class GatedFile;
  class GatedLockFile;
  class GatedFolder;

  Gate gate_;
  std::uint64_t calls_ = 0;
};

class GatedFs::Passage::GatedFile final : public File {
 public:
  GatedFile(std::unique_ptr<File> inner, Passage& passage)
      : inner_(std::move(inner)), passage_(passage) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    CHECK_OK(passage_.pass());
    return inner_->read_at(offset, into, size);
  }
  Result<std::size_t> append(std::string_view bytes) override {
    CHECK_OK(passage_.pass());
    return inner_->append(bytes);
  }
  Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) override {
    CHECK_OK(passage_.pass());
    return inner_->write_at(offset, bytes);
  }
  Status sync_data() override {
    CHECK_OK(passage_.pass());
    return inner_->sync_data();
  }
  Status drop_cache() override {
    CHECK_OK(passage_.pass());
    return inner_->drop_cache();
  }
  Status truncate(std::uint64_t size) override {
    CHECK_OK(passage_.pass());
    return inner_->truncate(size);
  }
  Result<bool> lease(bool take) override {
    CHECK_OK(passage_.pass());
    return inner_->lease(take);
  }
  Result<std::string> other_writer() override { return inner_->other_writer(); }
  Status copy_attributes(File& model) override {
    CHECK_OK(passage_.pass());
    auto* wrapped = dynamic_cast<GatedFile*>(&model);
    return inner_->copy_attributes(wrapped != nullptr ? *wrapped->inner_ : model);
  }
  Status set_modified(std::int64_t modified_ns) override {
    CHECK_OK(passage_.pass());
    return inner_->set_modified(modified_ns);
  }
  Result<FileInfo> info() override {
    CHECK_OK(passage_.pass());
    return inner_->info();
  }
  Status close() override {
    CHECK_OK(passage_.pass());
    return inner_->close();
  }

 private:
  std::unique_ptr<File> inner_;
  Passage& passage_;
};

class GatedFs::Passage::GatedLockFile final : public LockFile {
 public:
  GatedLockFile(std::unique_ptr<LockFile> inner, Passage& passage)
      : inner_(std::move(inner)), passage_(passage) {}

  Result<bool> try_lock(std::uint64_t slot) override {
    CHECK_OK(passage_.pass());
    return inner_->try_lock(slot);
  }
  Status unlock(std::uint64_t slot) override {
    CHECK_OK(passage_.pass());
    return inner_->unlock(slot);
  }
  Result<bool> is_held(std::uint64_t slot) override {
    CHECK_OK(passage_.pass());
    return inner_->is_held(slot);
  }
  std::string holder(std::uint64_t slot) override { return inner_->holder(slot); }
  Result<FileInfo> info() override {
    CHECK_OK(passage_.pass());
    return inner_->info();
  }

 private:
  std::unique_ptr<LockFile> inner_;
  Passage& passage_;
};

class GatedFs::Passage::GatedFolder final : public Folder {
 public:
  GatedFolder(std::unique_ptr<Folder> inner, Passage& passage)
      : inner_(std::move(inner)), passage_(passage) {}

  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
    CHECK_OK(passage_.pass());
    auto file = TRY(inner_->open(name, access));
    return std::unique_ptr<File>(std::make_unique<GatedFile>(std::move(file), passage_));
  }
  Result<std::unique_ptr<Folder>> open_folder(std::string_view name) override {
    CHECK_OK(passage_.pass());
    auto folder = TRY(inner_->open_folder(name));
    return wrap(std::move(folder), passage_);
  }
  Status make_folder(std::string_view name) override {
    CHECK_OK(passage_.pass());
    return inner_->make_folder(name);
  }
  Result<FileInfo> stat(std::string_view name) override {
    CHECK_OK(passage_.pass());
    return inner_->stat(name);
  }
  Result<FileInfo> info() override {
    CHECK_OK(passage_.pass());
    return inner_->info();
  }
  Status list(const std::function<bool(std::string_view, FileKind)>& visit) override {
    CHECK_OK(passage_.pass());
    return inner_->list(visit);
  }
  Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                bool replace) override {
    CHECK_OK(passage_.pass());
    return inner_->rename(from, *static_cast<GatedFolder&>(to_folder).inner_, to, replace);
  }
  Status link(std::string_view from, Folder& to_folder, std::string_view to) override {
    CHECK_OK(passage_.pass());
    return inner_->link(from, *static_cast<GatedFolder&>(to_folder).inner_, to);
  }
  Status remove(std::string_view name) override {
    CHECK_OK(passage_.pass());
    return inner_->remove(name);
  }
  Status remove_folder(std::string_view name) override {
    CHECK_OK(passage_.pass());
    return inner_->remove_folder(name);
  }
  Status sync() override {
    CHECK_OK(passage_.pass());
    return inner_->sync();
  }
  Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create) override {
    CHECK_OK(passage_.pass());
    auto file = TRY(inner_->open_lock_file(name, create));
    return std::unique_ptr<LockFile>(std::make_unique<GatedLockFile>(std::move(file), passage_));
  }
  Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) override {
    CHECK_OK(passage_.pass());
    return inner_->try_flock(name);
  }
  Result<std::unique_ptr<FolderWatch>> watch() override {
    CHECK_OK(passage_.pass());
    return inner_->watch();
  }
  Result<FsTraits> traits() override {
    CHECK_OK(passage_.pass());
    return inner_->traits();
  }

 private:
  std::unique_ptr<Folder> inner_;
  Passage& passage_;
};

std::unique_ptr<Folder> GatedFs::Passage::wrap(std::unique_ptr<Folder> inner, Passage& passage) {
  return std::make_unique<GatedFolder>(std::move(inner), passage);
}

GatedFs::GatedFs(Fs& inner, Gate gate)
    : inner_(inner), passage_(std::make_unique<Passage>(std::move(gate))) {}
GatedFs::~GatedFs() = default;

Result<std::unique_ptr<Folder>> GatedFs::open_folder(const std::string& path, bool create) {
  CHECK_OK(passage_->pass());
  auto folder = TRY(inner_.open_folder(path, create));
  return Passage::wrap(std::move(folder), *passage_);
}

std::uint64_t GatedFs::calls() const { return passage_->calls(); }

}  // namespace everturn
