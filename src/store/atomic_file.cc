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
  // `new_path`: the name must be free; empty: it may be taken.
  ReplacedFile(NewFile file, std::string new_path)
      : file_(std::move(file)), new_path_(std::move(new_path)) {}

  Status write(std::string_view bytes) override {
    if (file_.replacement == nullptr) return closed();
    try {
      Status written = file_.replacement->write(bytes);
      if (!written.ok()) file_.replacement.reset();
      return written;
    } catch (const std::bad_alloc&) {
      file_.replacement.reset();
      return {Code::unavailable, "out of memory; the file is as it was"};
    }
  }
  Status commit() override {
    if (file_.replacement == nullptr) return closed();
    NewFile file = std::move(file_);
    return new_path_.empty() ? file.replacement->publish(true) : publish_as_new(file, new_path_);
  }

 private:
  static Status closed() { return {Code::invalid, "the file was committed, or failed before"}; }

  NewFile file_;
  std::string new_path_;
};

Status name_is_taken(const std::string& path) {
  return {Code::conflict, path + " exists already; give the path of a new file"};
}

Result<std::unique_ptr<AtomicFile>> create(Fs& fs, const std::string& path, bool is_new) {
  bool existed = false;
  NewFile file = TRY(begin_file_at(fs, path, &existed));
  if (is_new && existed) return name_is_taken(path);
  return std::unique_ptr<AtomicFile>(
      std::make_unique<ReplacedFile>(std::move(file), is_new ? path : std::string()));
}

// As create, without exceptions.
Result<std::unique_ptr<AtomicFile>> try_create(Fs& fs, const std::string& path, bool is_new) {
  try {
    return create(fs, path, is_new);
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, "out of memory; the file is as it was");
  }
}

}  // namespace

Result<NewFile> begin_file_at(Fs& fs, const std::string& path, bool* existed) {
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
  if (existed != nullptr) *existed = model != nullptr;
  // No lock says that a leftover is one, so each call has a name of its own.
  const std::string temporary = ".everturn-" + std::to_string(fs.random()) + ".tmp";
  file.replacement = TRY(Replacement::begin(*file.folder, name, temporary, model.get()));
  return file;
}

Status publish_as_new(NewFile& file, const std::string& path) {
  const Status published = file.replacement->publish(false);
  if (published.code() != Code::conflict) return published;
  return name_is_taken(path);
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Result<std::unique_ptr<AtomicFile>> create_atomic_file(Fs& fs, const std::string& path) {
  return try_create(fs, path, false);
}

Result<std::unique_ptr<AtomicFile>> create_new_file(Fs& fs, const std::string& path) {
  return try_create(fs, path, true);
}

Result<std::unique_ptr<AtomicFile>> create_atomic_file(const std::string& path) {
  return create_atomic_file(posix_fs(), path);
}

Result<std::unique_ptr<AtomicFile>> create_new_file(const std::string& path) {
  return create_new_file(posix_fs(), path);
}

}  // namespace everturn
