// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

#include "base/try.h"
#include "fs/posix_internal.h"

namespace everturn::posix {
namespace {

// A descriptor that carries locks. fork() would share them with the child, where they would outlive
// us; so the child closes its copy before it does anything else, and number() is -1 there.
class LockDescriptor {
 public:
  LockDescriptor() = default;
  LockDescriptor(const LockDescriptor&) = delete;
  LockDescriptor& operator=(const LockDescriptor&) = delete;
  ~LockDescriptor();

  // Keeps what `open_call` opens, a descriptor or -1, and returns it; no fork() comes in between.
  template <class OpenCall>
  int open(OpenCall open_call);
  [[nodiscard]] int number() const { return number_; }

 private:
  friend void close_locks_in_child();
  void unlink();

  int number_ = -1;
  LockDescriptor* before_ = nullptr;
  LockDescriptor* after_ = nullptr;
};

// All of this is used while fork() is under way, so it has neither constructors nor an end.
constinit std::mutex fork_mutex;  // while it is held, no fork() begins
constinit LockDescriptor* first_lock = nullptr;
constinit std::atomic<std::uint64_t> token = 1;

template <class OpenCall>
int LockDescriptor::open(OpenCall open_call) {
  const std::lock_guard guard(fork_mutex);
  number_ = open_call();
  if (number_ < 0) return -1;
  after_ = first_lock;
  if (after_ != nullptr) after_->before_ = this;
  first_lock = this;
  return number_;
}

LockDescriptor::~LockDescriptor() {
  const std::lock_guard guard(fork_mutex);
  if (number_ < 0) return;
  unlink();
  ::close(number_);
}

void LockDescriptor::unlink() {
  (before_ != nullptr ? before_->after_ : first_lock) = after_;
  if (after_ != nullptr) after_->before_ = before_;
  before_ = nullptr;
  after_ = nullptr;
}

// Runs in the child, where only async-signal-safe calls are allowed.
void close_locks_in_child() {
  while (first_lock != nullptr) {
    LockDescriptor& lock = *first_lock;
    lock.unlink();
    ::close(lock.number_);
    lock.number_ = -1;
  }
}

constexpr std::uint64_t kSlotLimit = std::uint64_t{1} << 63U;
constexpr int kFlockAttempts = 16;

void before_fork() { fork_mutex.lock(); }
void after_fork_in_parent() { fork_mutex.unlock(); }
void after_fork_in_child() {
  close_locks_in_child();
  token.fetch_add(1, std::memory_order_relaxed);
  fork_mutex.unlock();
}

struct flock byte_lock(short type, std::uint64_t slot) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(slot);
  lock.l_len = 1;
  return lock;
}

class PosixLockFile final : public LockFile {
 public:
  explicit PosixLockFile(std::string path) : path_(std::move(path)) {}

  // Opens it; -1 and errno on failure.
  int open(int folder, const char* name, bool create);
  Result<bool> try_lock(std::uint64_t slot) override;
  Status unlock(std::uint64_t slot) override;
  Result<bool> is_held(std::uint64_t slot) override;
  std::string holder(std::uint64_t slot) override;
  Result<FileInfo> info() override;

 private:
  // Not ok where no call may be made.
  [[nodiscard]] Status check(std::uint64_t slot) const;

  LockDescriptor file_;
  const std::string path_;
};

int PosixLockFile::open(int folder, const char* name, bool create) {
  return file_.open([&] {
    return create ? open_or_create(folder, name, O_RDWR) : open_beneath(folder, name, O_RDWR, 0);
  });
}

Status PosixLockFile::check(std::uint64_t slot) const {
  if (file_.number() < 0) return closed_handle(path_);
  if (slot < kSlotLimit) return {};
  return {Code::invalid, "a lock slot must be below 2^63"};
}

Result<bool> PosixLockFile::try_lock(std::uint64_t slot) {
  CHECK_OK(check(slot));
  struct flock lock = byte_lock(F_WRLCK, slot);
  if (::fcntl(file_.number(), F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return failure("cannot lock", path_, errno);
}

Status PosixLockFile::unlock(std::uint64_t slot) {
  CHECK_OK(check(slot));
  struct flock lock = byte_lock(F_UNLCK, slot);
  if (::fcntl(file_.number(), F_OFD_SETLK, &lock) == 0) return {};
  return failure("cannot unlock", path_, errno);
}

Result<bool> PosixLockFile::is_held(std::uint64_t slot) {
  CHECK_OK(check(slot));
  struct flock lock = byte_lock(F_WRLCK, slot);
  if (::fcntl(file_.number(), F_OFD_GETLK, &lock) == 0) return lock.l_type != F_UNLCK;
  return failure("cannot look for locks of", path_, errno);
}

std::string PosixLockFile::holder(std::uint64_t slot) {
  return find_lock_holder(file_.number(), slot);
}

Result<FileInfo> PosixLockFile::info() {
  CHECK_OK(check(0));
  FileInfo found;
  const int error = info_error(file_.number(), "", found);
  if (error != 0) return failure("cannot look at", path_, error);
  return found;
}

class PosixWholeLock final : public WholeLock {
 public:
  // Opens `name`, or the folder itself for "", making a missing file; -1 and errno on failure.
  int open(int folder, const char* name);
  [[nodiscard]] int number() const { return file_.number(); }

 private:
  LockDescriptor file_;
};

int PosixWholeLock::open(int folder, const char* name) {
  return file_.open([&] {
    if (*name == '\0') return reopen_folder(folder);
    const int number = open_or_create(folder, name, O_RDWR);
    if (number >= 0 || (errno != EACCES && errno != EPERM && errno != EROFS)) return number;
    // A lock of somebody else's may be readable only; flock needs no more.
    return open_beneath(folder, name, O_RDONLY, 0);
  });
}

// True while the locked file is the one under its name. The folder itself has no name to lose here.
bool still_named(int number, int folder, const char* name) {
  if (*name == '\0') return true;
  FileInfo locked;
  FileInfo named;
  return info_error(number, "", locked) == 0 && locked.links > 0 &&
         info_error(folder, name, named) == 0 && named.id == locked.id;
}

// 0, EWOULDBLOCK when somebody holds it, or another errno value.
int flock_error(int number) {
  while (::flock(number, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// `invalid` for what is not a regular file.
Status check_kind(int number, std::string_view path) {
  FileInfo found;
  const int error = info_error(number, "", found);
  if (error != 0) return failure("cannot look at", path, error);
  if (found.kind == FileKind::file) return {};
  return wrong_kind(path, "a regular file", number, "", 0);
}

Status cannot_open(int folder, const char* name, std::string_view path, int error) {
  if (says_wrong_kind(error)) return wrong_kind(path, "a regular file", folder, name, error);
  return failure("cannot open for locking", path, error);
}

Status no_fork_handlers(int error) {
  return {Code::unavailable, "cannot watch over fork(), so no lock is safe: out of memory", error};
}

}  // namespace

int fork_handlers_error() {
  static const int error = ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  return error;
}

std::uint64_t process_token() { return token.load(std::memory_order_relaxed); }

Result<std::unique_ptr<LockFile>> open_lock_file(int folder, const Name& name,
                                                 const std::string& path, bool create) {
  if (const int error = fork_handlers_error(); error != 0) return no_fork_handlers(error);
  auto lock = std::make_unique<PosixLockFile>(path);
  const int number = lock->open(folder, name.c_str(), create);
  if (number < 0) return cannot_open(folder, name.c_str(), path, errno);
  CHECK_OK(check_kind(number, path));
  return std::unique_ptr<LockFile>(std::move(lock));
}

Result<std::unique_ptr<WholeLock>> try_flock(int folder, const char* name, std::string_view path) {
  if (const int error = fork_handlers_error(); error != 0) return no_fork_handlers(error);
  for (int attempt = 0; attempt < kFlockAttempts; ++attempt) {
    auto lock = std::make_unique<PosixWholeLock>();
    if (lock->open(folder, name) < 0) return cannot_open(folder, name, path, errno);
    if (*name != '\0') CHECK_OK(check_kind(lock->number(), path));
    const int error = flock_error(lock->number());
    if (error == EWOULDBLOCK) return std::unique_ptr<WholeLock>();
    if (error != 0) return failure("cannot lock", path, error);
    // Some programs unlink their lock file: then we hold what nobody else will look at.
    if (still_named(lock->number(), folder, name)) {
      return std::unique_ptr<WholeLock>(std::move(lock));
    }
  }
  return Status(Code::unavailable,
                "cannot lock " + printable(path) + ": somebody replaces it again and again",
                EAGAIN);
}

}  // namespace everturn::posix
