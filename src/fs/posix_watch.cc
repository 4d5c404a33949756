// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "fs/posix_internal.h"

namespace everturn::posix {
namespace {

constexpr std::int64_t kPollIntervalMs = 200;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr int kLargestDrain = 64;
constexpr std::uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

// inotify sees what this machine does, so a network file system counts as unwatchable.
bool can_watch(int folder) {
  const Result<FsTraits> traits = read_traits(folder, "");
  return traits.ok() && !(*traits).network;
}

bool can_add(int events, int folder) {
  const std::string path = "/proc/self/fd/" + std::to_string(folder);
  return ::inotify_add_watch(events, path.c_str(), kEvents | IN_ONLYDIR) >= 0;
}

class InotifyWatch final : public FolderWatch {
 public:
  explicit InotifyWatch(Descriptor events) : events_(std::move(events)) {}

  Result<bool> wait(std::int64_t timeout_ms) override {
    return wait_for_names(timeout_ms, [](std::string_view) {});
  }

  Result<bool> wait_for_names(std::int64_t timeout_ms,
                              const std::function<void(std::string_view name)>& changed) override {
    Fs& fs = posix_fs();
    const std::int64_t start_ns = fs.monotonic_ns();
    for (;;) {
      const std::int64_t passed_ms = (fs.monotonic_ns() - start_ns) / kNanosecondsPerMillisecond;
      const std::int64_t left_ms =
          std::clamp<std::int64_t>(timeout_ms - passed_ms, 0, std::numeric_limits<int>::max());
      pollfd event = {events_.number(), POLLIN, 0};
      const int count = ::poll(&event, 1, static_cast<int>(left_ms));
      if (count == 0) return false;
      if (count > 0) break;
      if (errno != EINTR) return failure("cannot wait for changes of", "a folder", errno);
    }
    drain(changed);
    return true;
  }

  bool add(Folder& folder) override {
    const int number = number_of(folder);
    return number >= 0 && can_watch(number) && can_add(events_.number(), number);
  }

 private:
  // What it leaves, for somebody writes faster than we read, is a further change.
  void drain(const std::function<void(std::string_view name)>& changed) const {
    alignas(inotify_event) char buffer[16384];
    for (int round = 0; round < kLargestDrain; ++round) {
      const ssize_t size = ::read(events_.number(), buffer, sizeof buffer);
      if (size <= 0) return;
      for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer + at, sizeof event);
        at += sizeof event;
        // Of the folder itself, and where the kernel lost count, there is no name.
        changed(event.len > 0 ? std::string_view(buffer + at) : std::string_view());
        at += event.len;
      }
    }
  }

  const Descriptor events_;
};

// Where the kernel tells us nothing: "something may have changed", a few times a second.
class SleepingWatch final : public FolderWatch {
 public:
  Result<bool> wait(std::int64_t timeout_ms) override {
    const std::int64_t pause_ms = std::clamp<std::int64_t>(timeout_ms, 0, kPollIntervalMs);
    posix_fs().sleep_ns(pause_ms * kNanosecondsPerMillisecond);
    return true;
  }
};

}  // namespace

std::unique_ptr<FolderWatch> make_watch(int folder) {
  Descriptor events(can_watch(folder) ? ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1);
  if (events.is_open() && can_add(events.number(), folder)) {
    return std::make_unique<InotifyWatch>(std::move(events));
  }
  return std::make_unique<SleepingWatch>();
}

Result<std::unique_ptr<FolderWatch>> new_watch() {
  Descriptor events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events.is_open()) {
    return Status(Code::unavailable, "the system tells no changes of folders", errno);
  }
  return std::unique_ptr<FolderWatch>(std::make_unique<InotifyWatch>(std::move(events)));
}

}  // namespace everturn::posix
