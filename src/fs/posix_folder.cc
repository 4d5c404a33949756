// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/try.h"
#include "fs/posix_internal.h"

namespace everturn::posix {
namespace {

FileKind kind_of(int folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return FileKind::file;
    case DT_DIR:
      return FileKind::folder;
    case DT_LNK:
      return FileKind::symlink;
    case DT_UNKNOWN:
      break;
    default:
      return FileKind::other;
  }
  FileInfo found;
  return info_error(folder, entry.d_name, found) == 0 ? found.kind : FileKind::other;
}

// For file systems without RENAME_NOREPLACE. A crash in between leaves both names, never none.
int link_and_remove_error(int from_folder, const char* from, int to_folder, const char* to) {
  if (::linkat(from_folder, from, to_folder, to, 0) != 0) return errno;
  return ::unlinkat(from_folder, from, 0) == 0 ? 0 : errno;
}

int rename_error(int from_folder, const char* from, int to_folder, const char* to, bool replace) {
  if (replace) return ::renameat(from_folder, from, to_folder, to) == 0 ? 0 : errno;
  if (::renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return link_and_remove_error(from_folder, from, to_folder, to);
}

class PosixFolder final : public Folder {
 public:
  PosixFolder(Descriptor folder, std::string path)
      : folder_(std::move(folder)), path_(std::move(path)) {}

  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override;
  Result<std::unique_ptr<Folder>> open_folder(std::string_view name) override;
  Status make_folder(std::string_view name) override;
  Result<FileInfo> stat(std::string_view name) override { return look_at(name, Times::ask_for); }
  Result<FileInfo> stat_without_times(std::string_view name) override {
    return look_at(name, Times::leave_out);
  }
  Result<FileInfo> info() override;
  Status list(const std::function<bool(std::string_view name, FileKind kind)>& visit) override;
  Status list_numbered(
      const std::function<bool(std::string_view, FileKind, std::uint64_t)>& visit) override;
  Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                bool replace) override;
  Status link(std::string_view from, Folder& to_folder, std::string_view to) override;
  Status remove(std::string_view name) override;
  Status remove_folder(std::string_view name) override;
  Status sync() override;
  Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create) override;
  Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) override;
  Result<std::unique_ptr<FolderWatch>> watch() override;
  Result<FsTraits> traits() override;

  [[nodiscard]] int number() const { return folder_.number(); }

 private:
  Result<FileInfo> look_at(std::string_view name, Times times);
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] Status fail(std::string_view what, std::string_view name, int error) const {
    return failure(what, path_of(name), error);
  }
  Status remove_name(std::string_view name, std::string_view what, int flags);

  const Descriptor folder_;
  const std::string path_;  // as it was opened, for messages
};

// The folder of the target of rename() and link(), or null if another file system made it.
PosixFolder* ours(Folder& folder) { return dynamic_cast<PosixFolder*>(&folder); }

Status foreign_folder() { return {Code::invalid, "the target is a folder of another file system"}; }

std::string PosixFolder::path_of(std::string_view name) const {
  std::string path;
  path.reserve(path_.size() + 1 + name.size());
  path = path_;
  if (path.back() != '/') path.push_back('/');
  return path.append(name);
}

Result<std::unique_ptr<File>> PosixFolder::open(std::string_view name, Access access) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  return open_file(number(), checked, path_of(name), access);
}

Result<std::unique_ptr<Folder>> PosixFolder::open_folder(std::string_view name) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  Descriptor opened(open_beneath(number(), checked.c_str(), O_RDONLY | O_DIRECTORY, 0));
  if (opened.is_open()) return make_folder_object(std::move(opened), path_of(name));
  const int error = errno;
  if (!says_wrong_kind(error)) return fail("cannot open the folder", name, error);
  return wrong_kind(path_of(name), "a folder", number(), checked.c_str(), error);
}

Status PosixFolder::make_folder(std::string_view name) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  const int error = make_folder_error(number(), checked.c_str());
  if (error == 0) return {};
  return fail("cannot make the folder", name, error);
}

Result<FileInfo> PosixFolder::look_at(std::string_view name, Times times) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  FileInfo found;
  const int error = info_error(number(), checked.c_str(), found, times);
  if (error != 0) return fail("cannot look at", name, error);
  return found;
}

Result<FileInfo> PosixFolder::info() {
  FileInfo found;
  const int error = info_error(number(), "", found);
  if (error != 0) return failure("cannot look at", path_, error);
  return found;
}

Status PosixFolder::list(const std::function<bool(std::string_view, FileKind)>& visit) {
  const int error = list_error(
      number(), [&](const dirent& entry) { return visit(entry.d_name, kind_of(number(), entry)); });
  if (error == 0) return {};
  return failure("cannot list", path_, error);
}

Status PosixFolder::list_numbered(
    const std::function<bool(std::string_view, FileKind, std::uint64_t)>& visit) {
  const int error = list_error(number(), [&](const dirent& entry) {
    return visit(entry.d_name, kind_of(number(), entry), entry.d_ino);
  });
  if (error == 0) return {};
  return failure("cannot list", path_, error);
}

Status PosixFolder::rename(std::string_view from, Folder& to_folder, std::string_view to,
                           bool replace) {
  const Name source(from);
  if (!source.ok()) return bad_name(from);
  const Name target(to);
  if (!target.ok()) return bad_name(to);
  const PosixFolder* const into = ours(to_folder);
  if (into == nullptr) return foreign_folder();
  const int error = rename_error(number(), source.c_str(), into->number(), target.c_str(), replace);
  if (error == 0) return {};
  return failure("cannot rename", path_of(from) + " to " + into->path_of(to), error);
}

Status PosixFolder::link(std::string_view from, Folder& to_folder, std::string_view to) {
  const Name source(from);
  if (!source.ok()) return bad_name(from);
  const Name target(to);
  if (!target.ok()) return bad_name(to);
  const PosixFolder* const into = ours(to_folder);
  if (into == nullptr) return foreign_folder();
  if (::linkat(number(), source.c_str(), into->number(), target.c_str(), 0) == 0) return {};
  const int error = errno;
  return failure("cannot link", path_of(from) + " as " + into->path_of(to), error);
}

Status PosixFolder::remove_name(std::string_view name, std::string_view what, int flags) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  if (::unlinkat(number(), checked.c_str(), flags) == 0) return {};
  return fail(what, name, errno);
}

Status PosixFolder::remove(std::string_view name) { return remove_name(name, "cannot remove", 0); }

Status PosixFolder::remove_folder(std::string_view name) {
  return remove_name(name, "cannot remove the folder", AT_REMOVEDIR);
}

Status PosixFolder::sync() {
  if (::fsync(number()) == 0) return {};
  return failure("cannot make durable the names in", path_, errno);
}

Result<std::unique_ptr<LockFile>> PosixFolder::open_lock_file(std::string_view name, bool create) {
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  return posix::open_lock_file(number(), checked, path_of(name), create);
}

Result<std::unique_ptr<WholeLock>> PosixFolder::try_flock(std::string_view name) {
  if (name.empty()) return posix::try_flock(number(), "", path_);
  const Name checked(name);
  if (!checked.ok()) return bad_name(name);
  return posix::try_flock(number(), checked.c_str(), path_of(name));
}

Result<std::unique_ptr<FolderWatch>> PosixFolder::watch() { return make_watch(number()); }

Result<FsTraits> PosixFolder::traits() { return read_traits(number(), path_); }

}  // namespace

int number_of(Folder& folder) {
  const PosixFolder* const one = ours(folder);
  return one == nullptr ? -1 : one->number();
}

std::unique_ptr<Folder> make_folder_object(Descriptor folder, std::string path) {
  return std::make_unique<PosixFolder>(std::move(folder), std::move(path));
}

}  // namespace everturn::posix
