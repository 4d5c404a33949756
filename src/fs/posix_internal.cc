// SPDX-License-Identifier: Apache-2.0
#include "fs/posix_internal.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace everturn::posix {
namespace {

constexpr int kCreateAttempts = 16;
constexpr int kLeaseAttempts = 2000;  // of a millisecond
constexpr long kNanosecondsPerMillisecond = 1'000'000;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

Code code_for(int error) {
  switch (error) {
    case ENOENT:
      return Code::not_found;
    case EEXIST:
      return Code::conflict;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      return Code::unavailable;
    case ELOOP:
    case EISDIR:
    case ENOTDIR:
      return Code::invalid;
    default:
      return Code::io;
  }
}

std::string_view remedy_for(int error) {
  switch (error) {
    case ENOSPC:
      return "; no space left: free some, then try again";
    case EDQUOT:
      return "; the quota is used up: free some space, then try again";
    case EFBIG:
      return "; a limit of file sizes is reached: raise it (ulimit -f), then try again";
    case EACCES:
    case EPERM:
      return "; look at the owner and the mode of it and of its folder";
    case EROFS:
      return "; it can only be read: mount the file system for writing";
    case EMFILE:
      return "; too many files are open: close some, or raise the limit (ulimit -n)";
    case ENFILE:
      return "; too many files are open in the whole system: close some";
    default:
      return "";
  }
}

std::string_view kind_words(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

FileKind kind_for(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISDIR(mode)) return FileKind::folder;
  if (S_ISLNK(mode)) return FileKind::symlink;
  return FileKind::other;
}

// The nearest to it from 1823 to 2262: a file system may know more years than 63 bits can tell in
// nanoseconds, and ages are to fit too.
std::int64_t nanoseconds(const statx_timestamp& time) {
  constexpr std::int64_t kMost = INT64_MAX / kNanosecondsPerSecond;
  if (time.tv_sec >= kMost) return INT64_MAX;
  if (time.tv_sec < -kMost / 2) return INT64_MIN / 2;
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

int call_openat2(int folder, const char* name, int flags, mode_t mode) {
  open_how how = {};
  how.flags = static_cast<std::uint32_t>(flags);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(::syscall(SYS_openat2, folder, name, &how, sizeof how));
}

// openat does as well for a single component; openat2 has the kernel vouch for it.
int open_once(int folder, const char* name, int flags, mode_t mode) {
  if (openat2_refused().load(std::memory_order_relaxed)) return ::openat(folder, name, flags, mode);
  const int number = call_openat2(folder, name, flags, mode);
  if (number >= 0 || (errno != ENOSYS && errno != EPERM)) return number;
  // EPERM is a sandbox that does not know the call, or a file that may not be opened at all.
  const bool unknown = errno == ENOSYS;
  const int plain = ::openat(folder, name, flags, mode);
  if (unknown || plain >= 0) openat2_refused().store(true, std::memory_order_relaxed);
  return plain;
}

// A umask may have taken the owner's own bits away.
int give_owner_access(int number) {
  FileInfo info;
  const int error = info_error(number, "", info);
  if (error == 0 && (info.mode & 0600U) == 0600U) return 0;
  return error == 0 ? ::fchmod(number, 0600) : -1;
}

struct CloseFolderStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() {
  const int number = number_;
  number_ = -1;
  return number;
}

Name::Name(std::string_view name)
    : ok_(!name.empty() && name.size() <= kLimit && name != "." && name != ".." &&
          std::memchr(name.data(), '/', name.size()) == nullptr &&
          std::memchr(name.data(), '\0', name.size()) == nullptr) {
  const std::size_t size = ok_ ? name.size() : 0;
  std::copy_n(name.data(), size, text_);
  text_[size] = '\0';
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7f) letter = '?';
  }
  return result;
}

Status failure(std::string_view what, std::string_view where, int error) {
  const char* reason = ::strerrordesc_np(error);
  const char* name = ::strerrorname_np(error);
  std::string message(what);
  message.append(" ").append(printable(where)).append(": ");
  message.append(reason != nullptr ? reason : "Unknown error").append(" (");
  message.append(name != nullptr ? name : std::to_string(error)).append(")");
  message.append(remedy_for(error));
  return {code_for(error), std::move(message), error};
}

Status bad_name(std::string_view name) {
  constexpr std::size_t kShown = 300;
  return {Code::invalid, "\"" + printable(name.substr(0, kShown)) +
                             "\" is not a file name: it must be 1 to 255 bytes, without '/' and "
                             "NUL, and not \".\" or \"..\""};
}

Status closed_handle(std::string_view where) {
  return {Code::invalid, printable(where) + " is closed here: open it again"};
}

Status wrong_kind(std::string_view where, std::string_view wanted, int folder, const char* name,
                  int error) {
  struct stat found = {};
  const int flags = AT_SYMLINK_NOFOLLOW | (*name == '\0' ? AT_EMPTY_PATH : 0);
  std::string message = printable(where) + " is not " + std::string(wanted);
  if (::fstatat(folder, name, &found, flags) == 0) {
    message.append(" (it is ").append(kind_words(found.st_mode)).append(")");
  }
  return {Code::invalid, std::move(message), error};
}

bool says_wrong_kind(int error) {
  return error == ELOOP || error == ENOTDIR || error == EISDIR || error == ENXIO;
}

int info_error(int folder, const char* name, FileInfo& into, Times times) {
  struct statx found;
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_AS_STAT |
                    (*name == '\0' ? AT_EMPTY_PATH : 0);
  unsigned int mask = STATX_BASIC_STATS | STATX_BTIME;
  if (times == Times::leave_out) mask &= ~(STATX_ATIME | STATX_MTIME | STATX_CTIME);
  if (::statx(folder, name, flags, mask, &found) != 0) return errno;
  into.kind = kind_for(found.stx_mode);
  into.id.device = ::makedev(found.stx_dev_major, found.stx_dev_minor);
  into.id.inode = found.stx_ino;
  into.id.birth_ns = (found.stx_mask & STATX_BTIME) != 0 ? nanoseconds(found.stx_btime) : 0;
  into.size = found.stx_size;
  into.links = found.stx_nlink;
  into.mode = found.stx_mode & 07777U;
  into.owner = found.stx_uid;
  into.group = found.stx_gid;
  if (times == Times::leave_out) return 0;
  into.modified_ns = nanoseconds(found.stx_mtime);
  into.changed_ns = nanoseconds(found.stx_ctime);
  return 0;
}

int open_beneath(int folder, const char* name, int flags, mode_t mode) {
  flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  for (int attempt = 0;;) {
    const int number = open_once(folder, name, flags, mode);
    if (number >= 0 || (errno != EINTR && errno != EAGAIN)) return number;
    if (errno == EINTR) continue;
    // O_NONBLOCK is for FIFOs, but it also makes the open of a leased file fail instead of waiting.
    if (++attempt > kLeaseAttempts) return -1;
    const timespec pause = {0, kNanosecondsPerMillisecond};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    errno = EAGAIN;
  }
}

int open_or_create(int folder, const char* name, int flags) {
  for (int attempt = 0; attempt < kCreateAttempts; ++attempt) {
    const int existing = open_beneath(folder, name, flags, 0);
    if (existing >= 0 || errno != ENOENT) return existing;
    Descriptor created(open_beneath(folder, name, flags | O_CREAT | O_EXCL, 0600));
    if (created.is_open()) return give_owner_access(created.number()) == 0 ? created.release() : -1;
    if (errno != EEXIST) return -1;
  }
  errno = EAGAIN;
  return -1;
}

int reopen_folder(int folder) {
  int number = -1;
  do {
    number = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  return number;
}

std::atomic<bool>& openat2_refused() {
  static std::atomic<bool> refused = false;
  return refused;
}

int make_folder_error(int folder, const char* name) {
  if (::mkdirat(folder, name, 0700) != 0) return errno;
  FileInfo made;
  const int error = info_error(folder, name, made);
  if (error != 0) return error;
  if ((made.mode & 0700U) == 0700U) return 0;
  return ::fchmodat(folder, name, 0700, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

int list_error(int folder, const std::function<bool(const dirent&)>& visit) {
  Descriptor again(reopen_folder(folder));
  if (!again.is_open()) return errno;
  const std::unique_ptr<DIR, CloseFolderStream> stream(::fdopendir(again.number()));
  if (!stream) return errno;
  again.release();
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) return errno;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!visit(*entry)) return 0;
  }
}

}  // namespace everturn::posix
