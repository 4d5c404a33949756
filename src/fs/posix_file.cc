// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/try.h"
#include "fs/posix_internal.h"
#include "fs/posix_size_signal.h"

namespace everturn::posix {
namespace {

constexpr std::size_t kLargestTransfer = 0x7ffff000;  // the kernel's own limit: 2 GiB - 4 KiB
constexpr std::size_t kLargestAttribute = 65536;
constexpr const char* kAccessList = "system.posix_acl_access";

// The errno value of a call that may grow a file, or 0; `result` receives what it returned.
template <class Call>
int growing_error(ssize_t& result, Call call) {
  const SizeSignalBlock block;
  result = call();
  const int error = result < 0 ? errno : 0;
  if (error == EFBIG) block.consume();
  return error;
}

int open_flags(Access access) {
  switch (access) {
    case Access::read:
      return O_RDONLY;
    case Access::append:
      return O_RDWR | O_APPEND;
    case Access::write:
      return O_RDWR;
    case Access::create_new:
      return O_RDWR | O_APPEND | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

// Who only looks leaves no trace, not even a time of access, where the system lets us: the owner of
// the file may ask for that, others may not.
int open_to_look(int folder, const char* name) {
  const int number = open_beneath(folder, name, O_RDONLY | O_NOATIME, 0);
  return number >= 0 || errno != EPERM ? number : open_beneath(folder, name, O_RDONLY, 0);
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor file, std::string path, Access access, const FileInfo& opened)
      : file_(std::move(file)), path_(std::move(path)), access_(access), opened_(opened) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override;
  Result<std::size_t> append(std::string_view bytes) override;
  Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) override;
  Status sync_data() override;
  Status drop_cache() override;
  Status truncate(std::uint64_t size) override;
  Result<bool> lease(bool take) override;
  Status copy_attributes(File& model) override;
  Status set_modified(std::int64_t modified_ns) override;
  Result<FileInfo> info() override { return look(Times::ask_for); }
  Result<FileInfo> info_without_times() override { return look(Times::leave_out); }
  Result<FileInfo> info_when_opened() override { return opened_; }
  Result<std::string> other_writer() override;
  Status close() override;

 private:
  [[nodiscard]] Status fail(std::string_view what, int error) const;
  [[nodiscard]] Result<FileInfo> look(Times times) const;
  // Code::io whatever the errno: attributes are kept or they are not.
  [[nodiscard]] Status not_kept(std::string_view what, int error) const;
  [[nodiscard]] Status copy_owner(const FileInfo& wanted) const;
  [[nodiscard]] Status copy_access_list(const PosixFile& model) const;

  Descriptor file_;
  const std::string path_;
  const Access access_;
  const FileInfo opened_;
};

Status PosixFile::fail(std::string_view what, int error) const {
  return file_.is_open() ? failure(what, path_, error) : closed_handle(path_);
}

Result<std::size_t> PosixFile::read_at(std::uint64_t offset, char* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        ::pread(file_.number(), into + done, size - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return fail("cannot read", errno);
    }
  }
  return done;
}

Result<std::size_t> PosixFile::append(std::string_view bytes) {
  // Without O_APPEND the bytes would land at the start of the file.
  if (access_ != Access::append && access_ != Access::create_new) {
    return Status(Code::invalid, printable(path_) + " was not opened for appending");
  }
  ssize_t count = 0;
  const int error = growing_error(count, [&] {
    return ::write(file_.number(), bytes.data(), std::min(bytes.size(), kLargestTransfer));
  });
  if (error == EINTR) return std::size_t{0};
  if (error != 0) return fail("cannot append to", error);
  return static_cast<std::size_t>(count);
}

Result<std::size_t> PosixFile::write_at(std::uint64_t offset, std::string_view bytes) {
  // With O_APPEND, Linux ignores the offset.
  if (access_ != Access::write) {
    return Status(Code::invalid, printable(path_) + " was not opened for overwriting");
  }
  ssize_t count = 0;
  const int error = growing_error(count, [&] {
    return ::pwrite(file_.number(), bytes.data(), std::min(bytes.size(), kLargestTransfer),
                    static_cast<off_t>(offset));
  });
  if (error == EINTR) return std::size_t{0};
  if (error != 0) return fail("cannot write to", error);
  return static_cast<std::size_t>(count);
}

Status PosixFile::sync_data() {
  if (::fdatasync(file_.number()) == 0) return {};
  return fail("cannot make durable", errno);
}

Status PosixFile::drop_cache() {
  const int error = ::posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED);
  if (error == 0) return {};
  return fail("cannot drop the cached pages of", error);
}

Status PosixFile::truncate(std::uint64_t size) {
  ssize_t result = 0;
  const int error =
      growing_error(result, [&] { return ::ftruncate(file_.number(), static_cast<off_t>(size)); });
  if (error == 0) return {};
  return fail("cannot change the size of", error);
}

Result<bool> PosixFile::lease(bool take) {
  if (!file_.is_open()) return closed_handle(path_);
  if (!take) return ::fcntl(file_.number(), F_SETLEASE, F_UNLCK) == 0;
  // The default, SIGIO, would end the process as soon as somebody opens the file; SIGURG is
  // ignored.
  if (::fcntl(file_.number(), F_SETSIG, SIGURG) != 0) return false;
  return ::fcntl(file_.number(), F_SETLEASE, F_WRLCK) == 0;
}

Status PosixFile::not_kept(std::string_view what, int error) const {
  return {Code::io, failure(what, path_, error).message(), error};
}

Status PosixFile::copy_owner(const FileInfo& wanted) const {
  FileInfo present;
  if (const int error = info_error(file_.number(), "", present); error != 0) {
    return not_kept("cannot keep the owner of", error);
  }
  if (present.owner == wanted.owner && present.group == wanted.group) return {};
  if (::fchown(file_.number(), wanted.owner, wanted.group) == 0) return {};
  const int error = errno;
  const std::string ids = std::to_string(wanted.owner) + ":" + std::to_string(wanted.group);
  return not_kept("cannot keep the owner and group " + ids + " of", error);
}

Status PosixFile::copy_access_list(const PosixFile& model) const {
  const auto none = [](int error) { return error == ENODATA || error == ENOTSUP; };
  std::string list(kLargestAttribute, '\0');
  const ssize_t size = ::fgetxattr(model.file_.number(), kAccessList, list.data(), list.size());
  int result = 0;
  if (size >= 0) {
    result =
        ::fsetxattr(file_.number(), kAccessList, list.data(), static_cast<std::size_t>(size), 0);
    if (result == 0) return {};
  } else if (none(errno)) {
    result = ::fremovexattr(file_.number(), kAccessList);
    if (result == 0 || none(errno)) return {};
  }
  return not_kept("cannot keep the access control list of", errno);
}

Status PosixFile::copy_attributes(File& model) {
  auto* const other = dynamic_cast<PosixFile*>(&model);
  if (other == nullptr) return {Code::invalid, "the model is a file of another file system"};
  if (!file_.is_open()) return closed_handle(path_);
  const FileInfo wanted = TRY(other->info());
  CHECK_OK(copy_owner(wanted));
  CHECK_OK(copy_access_list(*other));
  // Last, because both of the others take the set-id bits away.
  if (::fchmod(file_.number(), wanted.mode) != 0) return not_kept("cannot keep the mode of", errno);
  const FileInfo present = TRY(info());
  if (present.mode == wanted.mode && present.owner == wanted.owner &&
      present.group == wanted.group) {
    return {};
  }
  return {Code::io, "cannot keep the owner and the mode of " + printable(path_) +
                        ": the system took other ones without a word"};
}

Status PosixFile::set_modified(std::int64_t modified_ns) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  const std::int64_t part = (modified_ns % kSecondNs + kSecondNs) % kSecondNs;  // also before 1970
  timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = (modified_ns - part) / kSecondNs;
  times[1].tv_nsec = part;
  if (::futimens(file_.number(), times) != 0) return fail("cannot set the time of", errno);
  return {};
}

Result<std::string> PosixFile::other_writer() {
  if (!file_.is_open()) return closed_handle(path_);
  return find_other_writer(file_.number());
}

Result<FileInfo> PosixFile::look(Times times) const {
  FileInfo found;
  // A closed descriptor is -1, which is not AT_FDCWD, so that the call fails.
  const int error = info_error(file_.number(), "", found, times);
  if (error != 0) return fail("cannot look at", error);
  return found;
}

Status PosixFile::close() {
  if (!file_.is_open()) return closed_handle(path_);
  // The kernel gives the number back whatever it answers: a second try could close another's file.
  if (::close(file_.release()) == 0) return {};
  return failure("closing found a failure of", path_, errno);
}

}  // namespace

Result<std::unique_ptr<File>> open_file(int folder, const Name& name, std::string path,
                                        Access access) {
  Descriptor file(access == Access::read ? open_to_look(folder, name.c_str())
                                         : open_beneath(folder, name.c_str(), open_flags(access),
                                                        access == Access::create_new ? 0600 : 0));
  if (!file.is_open()) {
    const int error = errno;
    if (says_wrong_kind(error)) {
      return wrong_kind(path, "a regular file", folder, name.c_str(), error);
    }
    return failure(access == Access::create_new ? "cannot create" : "cannot open", path, error);
  }
  FileInfo found;
  const int error = info_error(file.number(), "", found);
  if (error != 0) return failure("cannot look at", path, error);
  if (found.kind != FileKind::file) return wrong_kind(path, "a regular file", file.number(), "", 0);
  if (access == Access::create_new && (found.mode & 0600U) != 0600U &&
      ::fchmod(file.number(), 0600) != 0) {
    return failure("cannot give mode 0600 to", path, errno);
  }
  return std::unique_ptr<File>(
      std::make_unique<PosixFile>(std::move(file), std::move(path), access, found));
}

}  // namespace everturn::posix
