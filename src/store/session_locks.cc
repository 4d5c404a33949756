// SPDX-License-Identifier: Apache-2.0
#include "store/session_locks.h"

#include <algorithm>
#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

constexpr std::uint64_t kQueueBit = 1ULL << 62;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kFirstPauseNs = 50'000;
constexpr std::int64_t kHeadPauseNs = 100'000;        // at the head of the queue
constexpr std::int64_t kQueuePauseNs = kMillisecond;  // in it, at first
constexpr std::int64_t kNanobotLookNs = 50 * kMillisecond;
// How old a look at the lock file's name may be: when a lock is taken, and when a write under it is
// acknowledged. A write that syncs takes longer, so it looks each time.
constexpr std::int64_t kSeenBeforeWriteNs = kMillisecond;
constexpr std::int64_t kSeenBeforeReplyNs = kMillisecond / 10;
constexpr std::size_t kTableMax = 4096;

std::uint64_t session_slot(std::uint64_t slot) {
  const std::uint64_t folded = slot & (kQueueBit - 1);
  return folded == 0 ? 1 : folded;
}

Status timed_out(const std::string& holder, std::chrono::milliseconds wait) {
  return {Code::unavailable, "locked by " + holder + "; waited " + std::to_string(wait.count()) +
                                 " ms, try again or wait longer (--wait)"};
}

}  // namespace

SessionLock& SessionLock::operator=(SessionLock&& other) noexcept {
  if (this == &other) return *this;
  release();
  locks_ = std::exchange(other.locks_, nullptr);
  slot_ = other.slot_;
  file_ = std::move(other.file_);
  whole_ = std::move(other.whole_);
  return *this;
}

void SessionLock::release() {
  if (locks_ == nullptr) return;
  if (file_ != nullptr) {
    // If this fails, the lock goes with the descriptor: at the latest when the store closes.
    static_cast<void>(file_->file->unlock(slot_));
  }
  file_.reset();
  whole_.reset();
  std::exchange(locks_, nullptr)->leave_table(slot_);
}

Status SessionLock::confirm() {
  if (file_ == nullptr) return {};
  const bool in_place = TRY(locks_->is_in_place(*file_, kSeenBeforeReplyNs));
  if (in_place) return {};
  return {Code::io,
          "the lock file .everturn/lock was removed or replaced while writing, so another process "
          "may have written too; load the session and look"};
}

Status SessionLocks::enter_table(std::uint64_t slot, std::chrono::milliseconds wait,
                                 bool* look_at_queue) {
  std::unique_lock guard(table_mutex_);
  if (table_.size() > kTableMax) {
    std::erase_if(table_, [](const auto& item) { return !item.second.held; });
  }
  const auto free = [&] { return !table_[slot].held; };
  if (!free() && !table_changed_.wait_for(guard, wait, free)) {
    return timed_out("another thread of this process", wait);
  }
  Entry& entry = table_[slot];
  entry.held = true;
  const std::int64_t now = fs_.monotonic_ns();
  *look_at_queue = now - entry.queue_seen_ns > kMillisecond;
  if (*look_at_queue) entry.queue_seen_ns = now;
  return {};
}

void SessionLocks::leave_table(std::uint64_t slot) {
  {
    const std::lock_guard guard(table_mutex_);
    table_[slot].held = false;
  }
  table_changed_.notify_all();
}

Result<SessionLock> SessionLocks::acquire(std::uint64_t slot, std::chrono::milliseconds wait) {
  const std::uint64_t own_slot = session_slot(slot);
  const std::int64_t deadline_ns = fs_.monotonic_ns() + wait.count() * kMillisecond;
  bool look_at_queue = false;
  CHECK_OK(enter_table(own_slot, wait, &look_at_queue));
  SessionLock lock;
  lock.locks_ = this;
  lock.slot_ = own_slot;
  switch (folder_.kind()) {
    case FolderKind::own: {
      const bool nanobot = TRY(nanobot_is_here());
      if (nanobot) lock.whole_ = TRY(flock(kNanobotLock, deadline_ns));
      CHECK_OK(lock_in_file(lock, look_at_queue, deadline_ns));
      break;
    }
    case FolderKind::shared:
      lock.whole_ = TRY(flock(kNanobotLock, deadline_ns));
      break;
    case FolderKind::foreign:
      lock.whole_ = TRY(flock("", deadline_ns));
      break;
    case FolderKind::missing:
      return Status(Code::invalid, "the store is not prepared for writing");
  }
  return lock;
}

Result<SessionLocks::Pair> SessionLocks::acquire_two(std::uint64_t slot, std::uint64_t other_slot,
                                                     std::chrono::milliseconds wait) {
  const std::uint64_t low = std::min(session_slot(slot), session_slot(other_slot));
  const std::uint64_t high = std::max(session_slot(slot), session_slot(other_slot));
  Pair pair;
  pair.first = TRY(acquire(low, wait));
  // One flock covers the whole folder; taking it twice would wait for ourselves.
  if (low == high || folder_.kind() != FolderKind::own) return pair;
  bool look_at_queue = false;
  CHECK_OK(enter_table(high, wait, &look_at_queue));
  pair.second.locks_ = this;
  pair.second.slot_ = high;
  CHECK_OK(
      lock_in_file(pair.second, look_at_queue, fs_.monotonic_ns() + wait.count() * kMillisecond));
  return pair;
}

Result<std::shared_ptr<OpenLockFile>> SessionLocks::lock_file() {
  const std::lock_guard guard(file_mutex_);
  if (file_ != nullptr) return file_;
  const std::shared_ptr<Folder> side = TRY(folder_.side());
  auto opened = std::make_shared<OpenLockFile>();
  Result<std::unique_ptr<LockFile>> existing = side->open_lock_file(kLockFile, false);
  if (!existing && existing.status().code() == Code::not_found) {
    // Who made this folder may have been killed before its names were durable. Nobody writes
    // without this file, so whoever makes it sees to that for all.
    CHECK_OK(side->sync());
    existing = side->open_lock_file(kLockFile, true);
  }
  if (!existing) return existing.status();
  opened->file = *std::move(existing);
  const FileInfo file_info = TRY(opened->file->info());
  const FileInfo folder_info = TRY(side->info());
  opened->id = file_info.id;
  opened->folder_id = folder_info.id;
  file_ = std::move(opened);
  return file_;
}

void SessionLocks::forget_lock_file() {
  const std::lock_guard guard(file_mutex_);
  file_.reset();
  folder_.forget_side();
}

// A removed file has no link; a moved or replaced one stands no more
// under its name, which is looked at when the last look is too old.
Result<bool> SessionLocks::is_in_place(OpenLockFile& file, std::int64_t may_be_older_ns) {
  const std::int64_t now = fs_.monotonic_ns();
  const std::int64_t seen_ns = file.seen_ns;
  if (seen_ns != 0 && now - seen_ns < may_be_older_ns) {
    const FileInfo mine = TRY(file.file->info());
    return mine.links > 0;
  }
  const std::shared_ptr<Folder> root = folder_.root();
  const std::shared_ptr<Folder> side = TRY(folder_.side());
  const Result<FileInfo> named = side->stat(kLockFile);
  if (!named || named->id != file.id) return false;
  const Result<FileInfo> side_named = root->stat(kSideFolder);
  if (!side_named || side_named->id != file.folder_id) return false;
  file.seen_ns = now;
  return true;
}

Status SessionLocks::lock_in_file(SessionLock& lock, bool look_at_queue, std::int64_t deadline_ns) {
  constexpr int kTries = 4;
  for (int i = 0; i < kTries; ++i) {
    const std::shared_ptr<OpenLockFile> file = TRY(lock_file());
    CHECK_OK(take(*file->file, lock.slot_, look_at_queue, deadline_ns));
    lock.file_ = file;
    const bool in_place = TRY(is_in_place(*file, kSeenBeforeWriteNs));
    if (in_place) return {};
    static_cast<void>(file->file->unlock(lock.slot_));
    lock.file_.reset();
    forget_lock_file();
  }
  return {Code::unavailable, "the lock file .everturn/lock is removed again and again"};
}

Status SessionLocks::take(LockFile& file, std::uint64_t slot, bool look_at_queue,
                          std::int64_t deadline_ns) {
  const std::uint64_t queue = slot | kQueueBit;
  bool somebody_waits = false;
  if (look_at_queue) somebody_waits = TRY(file.is_held(queue));
  if (!somebody_waits) {
    const bool locked = TRY(file.try_lock(slot));
    if (locked) return {};
  }
  CHECK_OK(poll(file, queue, deadline_ns, kQueuePauseNs));
  const Status locked = poll(file, slot, deadline_ns, kHeadPauseNs);
  const Status left = file.unlock(queue);
  return locked.ok() ? left : locked;
}

std::int64_t SessionLocks::jitter(std::int64_t pause_ns) {
  return pause_ns / 2 +
         static_cast<std::int64_t>(fs_.random() % static_cast<std::uint64_t>(pause_ns));
}

// In the queue, pauses shrink with the time waited: who has waited longest looks most often, so
// that newcomers seldom overtake.
Status SessionLocks::poll(LockFile& file, std::uint64_t slot, std::int64_t deadline_ns,
                          std::int64_t longest_pause_ns) {
  constexpr std::int64_t kHalvingNs = 4 * kMillisecond;
  const std::int64_t start_ns = fs_.monotonic_ns();
  while (true) {
    const bool locked = TRY(file.try_lock(slot));
    if (locked) return {};
    const std::int64_t now_ns = fs_.monotonic_ns();
    if (now_ns >= deadline_ns) {
      return timed_out(file.holder(slot & ~kQueueBit),
                       std::chrono::milliseconds((deadline_ns - start_ns) / kMillisecond));
    }
    const std::int64_t pause_ns =
        longest_pause_ns * kHalvingNs / (kHalvingNs + (now_ns - start_ns));
    fs_.sleep_ns(jitter(std::max(pause_ns, kFirstPauseNs)));
  }
}

Result<std::unique_ptr<WholeLock>> SessionLocks::flock(std::string_view name,
                                                       std::int64_t deadline_ns) {
  const std::int64_t start_ns = fs_.monotonic_ns();
  std::int64_t pause_ns = kFirstPauseNs;
  while (true) {
    std::unique_ptr<WholeLock> lock = TRY(folder_.root()->try_flock(name));
    if (lock != nullptr) return lock;
    if (fs_.monotonic_ns() >= deadline_ns) {
      return timed_out("another process",
                       std::chrono::milliseconds((deadline_ns - start_ns) / kMillisecond));
    }
    fs_.sleep_ns(jitter(pause_ns));
    pause_ns = std::min(pause_ns * 2, 5 * kMillisecond);
  }
}

Result<bool> SessionLocks::nanobot_is_here() {
  if (folder_.kind() == FolderKind::shared) return true;
  const std::int64_t now = fs_.monotonic_ns();
  const std::int64_t seen_ns = nanobot_seen_ns_;
  if (seen_ns != 0 && now - seen_ns < kNanobotLookNs) return nanobot_here_.load();
  const bool here = TRY(is_used_by_nanobot(*folder_.root()));
  nanobot_here_ = here;
  nanobot_seen_ns_ = now;
  return here;
}

}  // namespace everturn
