// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/try.h"
#include "everturn/store.h"
#include "fs/fs.h"
#include "journal/replace.h"
#include "store/atomic_file.h"

namespace everturn {
namespace {

class ReplacedFile : public AtomicFile {
 public:
  ReplacedFile(std::unique_ptr<Folder> folder, std::unique_ptr<Replacement> replacement)
      : folder_(std::move(folder)), replacement_(std::move(replacement)) {}

  Status write(std::string_view bytes) override {
    if (replacement_ == nullptr) return closed();
    try {
      Status written = replacement_->write(bytes);
      if (!written.ok()) replacement_.reset();
      return written;
    } catch (const std::bad_alloc&) {
      replacement_.reset();
      return {Code::unavailable, "out of memory; the file is as it was"};
    }
  }
  Status commit() override {
    if (replacement_ == nullptr) return closed();
    const std::unique_ptr<Replacement> replacement = std::move(replacement_);
    return replacement->publish(true);
  }

 private:
  static Status closed() { return {Code::invalid, "the file was committed, or failed before"}; }

  std::unique_ptr<Folder> folder_;  // before what refers to it
  std::unique_ptr<Replacement> replacement_;
};

Result<std::unique_ptr<AtomicFile>> create(Fs& fs, const std::string& path) {
  NewFile file = TRY(begin_file_at(fs, path));
  return std::unique_ptr<AtomicFile>(
      std::make_unique<ReplacedFile>(std::move(file.folder), std::move(file.replacement)));
}

}  // namespace

Result<NewFile> begin_file_at(Fs& fs, const std::string& path) {
  const auto [parent, name] = split_path(path);
  NewFile file;
  file.folder = TRY(fs.open_folder(parent, false));
  // An existing file is the model for owner, mode and access control list.
  std::unique_ptr<File> model;
  Result<std::unique_ptr<File>> existing = file.folder->open(name, Access::read);
  if (existing) {
    model = *std::move(existing);
  } else if (existing.status().code() != Code::not_found) {
    return existing.status();
  }
  // No lock says that a leftover is one, so each call has a name of its own.
  const std::string temporary = ".everturn-" + std::to_string(fs.random()) + ".tmp";
  file.replacement = TRY(Replacement::begin(*file.folder, name, temporary, model.get()));
  return file;
}

Status publish_as_new(NewFile& file, const std::string& path) {
  const Status published = file.replacement->publish(false);
  if (published.code() != Code::conflict) return published;
  return {Code::conflict, path + " exists already; give the path of a new file"};
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Result<std::unique_ptr<AtomicFile>> create_atomic_file(Fs& fs, const std::string& path) {
  try {
    return create(fs, path);
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, "out of memory; the file is as it was");
  }
}

Result<std::unique_ptr<AtomicFile>> create_atomic_file(const std::string& path) {
  return create_atomic_file(posix_fs(), path);
}

}  // namespace everturn
