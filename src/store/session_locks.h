// SPDX-License-Identifier: Apache-2.0
// Who may write: one lock a session.
//
// Own folder: OFD byte-range locks in .everturn/lock, one slot a session (a hash of its key). They
// die with their holder, whatever kills it. An open description does not exclude itself, so threads
// of this process exclude each other by a table. Where nanobot uses the folder too, its flock is
// taken as well. Shared folder: nanobot's flock. Another agent's folder: a flock on the
// folder's own descriptor.
//
// Waiting is bounded, polls with jitter from 50 us, and is fair: each session has a second slot,
// the queue. Who finds the session locked takes the queue and waits at its head; who comes back to
// a session looks at the queue (at most once a millisecond) and lines up when somebody stands
// there.
#ifndef EVERTURN_STORE_SESSION_LOCKS_H_
#define EVERTURN_STORE_SESSION_LOCKS_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "everturn/status.h"
#include "fs/fs.h"
#include "store/store_folder.h"

namespace everturn {

class SessionLocks;

// .everturn/lock as one opening found it.
struct OpenLockFile {
  std::unique_ptr<LockFile> file;
  FileId id;
  FileId folder_id;                       // of .everturn
  std::atomic<std::int64_t> seen_ns = 0;  // when both last stood under their names
};

// A held lock; given back by the destructor. Used by the thread that took it.
class SessionLock {
 public:
  SessionLock() = default;
  SessionLock(SessionLock&& other) noexcept { *this = std::move(other); }
  SessionLock& operator=(SessionLock&& other) noexcept;
  ~SessionLock() { release(); }
  // Before acknowledging: the lock still protects what it should. `io`: somebody has removed or
  // replaced the lock file meanwhile, so another process may have written too.
  Status confirm();
  void release();

 private:
  friend class SessionLocks;
  SessionLocks* locks_ = nullptr;
  std::uint64_t slot_ = 0;
  std::shared_ptr<OpenLockFile> file_;
  std::unique_ptr<WholeLock> whole_;
};

class SessionLocks {
 public:
  // Both must outlive this and every lock. `folder` is prepared for writing.
  SessionLocks(Fs& fs, StoreFolder& folder) : fs_(fs), folder_(folder) {}
  // `slot` is lock_slot(key). Waits up to `wait`, then `unavailable`, naming the holder.
  Result<SessionLock> acquire(std::uint64_t slot, std::chrono::milliseconds wait);
  // Two sessions, in ascending order; one lock if the slots are equal.
  struct Pair {
    SessionLock first;
    SessionLock second;
  };
  Result<Pair> acquire_two(std::uint64_t slot, std::uint64_t other_slot,
                           std::chrono::milliseconds wait);
  // nanobot writes to this folder too.
  Result<bool> nanobot_is_here();

 private:
  friend class SessionLock;
  struct Entry {
    bool held = false;
    std::int64_t queue_seen_ns = 0;
  };
  Status enter_table(std::uint64_t slot, std::chrono::milliseconds wait, bool* look_at_queue);
  void leave_table(std::uint64_t slot);
  Result<std::shared_ptr<OpenLockFile>> lock_file();
  Status lock_in_file(SessionLock& lock, bool look_at_queue, std::int64_t deadline_ns);
  Status take(LockFile& file, std::uint64_t slot, bool look_at_queue, std::int64_t deadline_ns);
  Status poll(LockFile& file, std::uint64_t slot, std::int64_t deadline_ns,
              std::int64_t longest_pause_ns);
  Result<std::unique_ptr<WholeLock>> flock(std::string_view name, std::int64_t deadline_ns);
  Result<bool> is_in_place(OpenLockFile& file, std::int64_t may_be_older_ns);
  void forget_lock_file();
  std::int64_t jitter(std::int64_t pause_ns);

  Fs& fs_;
  StoreFolder& folder_;
  std::mutex table_mutex_;
  std::condition_variable table_changed_;
  std::unordered_map<std::uint64_t, Entry> table_;
  std::mutex file_mutex_;  // guards the pointer
  std::shared_ptr<OpenLockFile> file_;
  std::atomic<bool> nanobot_here_ = false;
  std::atomic<std::int64_t> nanobot_seen_ns_ = 0;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_LOCKS_H_
