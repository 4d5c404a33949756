// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/try.h"
#include "fs/posix_internal.h"

namespace everturn {
namespace {

using posix::Descriptor;

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t clock_ns(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

// -1 and errno on failure. Only here a symbolic link is followed.
int open_path(int folder, const char* path, int flags) {
  int number = -1;
  do {
    number = ::openat(folder, path, flags | O_DIRECTORY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  return number;
}

Status cannot_open(const std::string& path, int error) {
  if (error != ENOTDIR) return posix::failure("cannot open the folder", path, error);
  const Descriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (file.is_open()) return posix::wrong_kind(path, "a folder", file.number(), "", error);
  return {Code::invalid,
          posix::printable(path) + " cannot be a folder: something on the way to it is a file",
          error};
}

// Makes `name` in `folder` and makes the name durable. That somebody else made it just now is fine,
// but whether it is durable is then not known either.
Status make_durable_folder(int folder, const char* name, std::string_view path) {
  const int error = posix::make_folder_error(folder, name);
  if (error != 0 && error != EEXIST) return posix::failure("cannot make the folder", path, error);
  const Descriptor above(posix::reopen_folder(folder));
  if (above.is_open() && ::fsync(above.number()) == 0) return {};
  const int sync_error = errno;
  // The next fsync may say ok although the name is lost: the next one to come has to make it anew.
  if (error == 0) static_cast<void>(::unlinkat(folder, name, AT_REMOVEDIR));
  return posix::failure("cannot make durable the name of the folder", path, sync_error);
}

// A folder that is there may have been made by a process that died before it made the name durable.
// One above it that we may not read, or that cannot be synced, is not of our making.
Status sync_if_ours(int folder, std::string_view path) {
  const Descriptor above(posix::reopen_folder(folder));
  if (!above.is_open() || ::fsync(above.number()) == 0 || errno != EIO) return {};
  return posix::failure("cannot make durable the name of the folder", path, errno);
}

// The folder `name` in `folder`, opened for walking on, and made if it is missing.
Result<Descriptor> step(int folder, const std::string& name, const std::string& path) {
  Descriptor present(open_path(folder, name.c_str(), O_PATH));
  if (present.is_open()) {
    CHECK_OK(sync_if_ours(folder, path));
    return present;
  }
  if (errno != ENOENT) return cannot_open(path, errno);
  CHECK_OK(make_durable_folder(folder, name.c_str(), path));
  Descriptor made(open_path(folder, name.c_str(), O_PATH));
  if (made.is_open()) return made;
  return cannot_open(path, errno);
}

// Walks along `path`, making what is missing; the last folder, for reading.
Result<Descriptor> make_path(const std::string& path) {
  auto here =
      std::make_unique<Descriptor>(open_path(AT_FDCWD, path.front() == '/' ? "/" : ".", O_PATH));
  if (!here->is_open()) return cannot_open(path, errno);
  std::size_t start = path.find_first_not_of('/');
  while (start != std::string::npos) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string name = path.substr(start, end - start);
    here = std::make_unique<Descriptor>(TRY(step(here->number(), name, path.substr(0, end))));
    start = path.find_first_not_of('/', end);
  }
  Descriptor last(open_path(here->number(), ".", O_RDONLY));
  if (!last.is_open()) return cannot_open(path, errno);
  return last;
}

class PosixFs final : public Fs {
 public:
  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override {
    if (path.empty() || path.find('\0') != std::string::npos) {
      return Status(Code::invalid, "\"" + posix::printable(path) + "\" is not a path");
    }
    Descriptor folder(open_path(AT_FDCWD, path.c_str(), O_RDONLY));
    if (!folder.is_open() && errno != ENOENT) return cannot_open(path, errno);
    if (create) return posix::make_folder_object(TRY(make_path(path)), path);
    if (!folder.is_open()) return cannot_open(path, errno);
    return posix::make_folder_object(std::move(folder), path);
  }

  std::string real_path(const std::string& path) override {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr),
                                                      [](void* text) { std::free(text); });
    return real == nullptr ? path : std::string(real.get());
  }
  std::int64_t now_ns() override { return clock_ns(CLOCK_REALTIME); }

  std::int64_t monotonic_ns() override { return clock_ns(CLOCK_MONOTONIC); }

  void sleep_ns(std::int64_t duration_ns) override {
    if (duration_ns <= 0) return;
    timespec left = {duration_ns / kNanosecondsPerSecond, duration_ns % kNanosecondsPerSecond};
    while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
  }

  std::uint64_t random() override {
    std::uint64_t number = 0;
    ssize_t count = 0;
    do {
      count = ::getrandom(&number, sizeof number, 0);
    } while (count < 0 && errno == EINTR);
    if (count == sizeof number) return number;
    // A sandbox without getrandom: no two calls agree, which is what temporary names need.
    constexpr std::uint64_t kOddStep = 0x9E3779B97F4A7C15;
    const auto moment = static_cast<std::uint64_t>(now_ns() ^ monotonic_ns());
    return (moment + static_cast<std::uint64_t>(::getpid()) + ++fallback_draws_) * kOddStep;
  }

  Result<std::unique_ptr<FolderWatch>> new_watch() override { return posix::new_watch(); }

  std::uint64_t process_token() override { return posix::process_token(); }

 private:
  std::atomic<std::uint64_t> fallback_draws_ = 0;
};

}  // namespace

Fs& posix_fs() {
  static PosixFs& fs = []() -> PosixFs& {
    // A failure is reported by whoever opens a lock.
    static_cast<void>(posix::fork_handlers_error());
    return *new PosixFs;
  }();
  return fs;
}

}  // namespace everturn
