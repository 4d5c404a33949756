// SPDX-License-Identifier: Apache-2.0
// What SimFs and its handles share: the disk, the clock, the locks, the numbering of calls and the
// faults. Internal to the simulated disk. Every member is guarded by `mutex`.
#ifndef EVERTURN_FS_SIM_CORE_H_
#define EVERTURN_FS_SIM_CORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fs/sim_disk.h"
#include "fs/sim_fs.h"

namespace everturn {

enum class Call : std::uint8_t {
  // may change the disk
  create,
  append,
  write_at,
  truncate,
  sync_data,
  copy_attributes,
  set_modified,
  make_folder,
  remove_folder,
  rename,
  link,
  remove,
  sync_folder,
  create_lock_file,
  // change nothing on it
  open,
  open_folder,
  read_at,
  drop_cache,
  lease,
  close,
  info,
  stat,
  list,
  other_writer,
  open_lock_file,
  try_lock,
  unlock,
  is_held,
  try_flock,
  watch,
  wait,
  traits,
};
constexpr std::size_t kCallKinds = static_cast<std::size_t>(Call::traits) + 1;
std::string_view call_name(Call call);
bool is_mutation(Call call);

struct Fault {
  std::uint64_t number = 0;  // 0: by name
  std::string call_name;
  std::string subject_end;
  int error = 0;
  bool for_ever = false;
  bool spent = false;
  bool wrote_short = false;
};

// What of a file cannot be read: pages, by their numbers, and whether they stay so when written.
class BadPages {
 public:
  void add(std::uint64_t offset, std::uint64_t length, bool for_ever);
  [[nodiscard]] bool touch(std::uint64_t offset, std::uint64_t length) const;
  // A write to file[offset, offset + length): false if it fails.
  bool write(std::uint64_t offset, std::uint64_t length);

 private:
  std::map<std::uint64_t, bool> pages_;
};

class SimCore {
 public:
  SimCore(SimDisk new_disk, std::int64_t start_ns, std::uint64_t seed);

  // Counts the call and says which errno it has to fail with, 0 for none.
  int begin(Call call, const std::string& subject, std::uint64_t bytes = 0);
  // begin() for a write: `size` becomes what it may take, and an error may become a short write.
  int begin_write(Call call, const std::string& subject, std::uint64_t growth, std::size_t& size);
  // The Status for an errno, as fs.h wants it.
  static Status failure(int error, std::string_view call, std::string_view subject);
  static Status failure(int error, Call call, std::string_view subject);
  [[nodiscard]] std::string trace_line(std::uint64_t number) const;

  std::int64_t tick();  // the clock, a step later
  std::uint64_t draw();
  void changed() { ++changes; }
  [[nodiscard]] std::uint64_t free_bytes() const;
  // ENOSPC where a full disk refuses names, EROFS where nothing may change, else 0.
  [[nodiscard]] int name_error() const;

  // The entry for a name, also one in other letters where case is ignored.
  Names::const_iterator find_name(InodeKey folder, std::string_view name) const;
  // The inode behind a path of the cache, links not followed; 0 if there is none.
  InodeKey find_path(const std::string& path) const;
  [[nodiscard]] FileInfo info_of(InodeKey key) const;
  // True if `below` lies in the tree under `folder`, or is it.
  [[nodiscard]] bool contains(InodeKey folder, InodeKey below) const;
  [[nodiscard]] std::map<InodeKey, Stored> cached_inodes() const;

  mutable std::mutex mutex;
  SimDisk disk;
  FsTraits traits;
  FailedSync failed_sync = FailedSync::zeros;
  const std::uint64_t device;
  std::int64_t clock_ns;
  std::int64_t monotonic_start_ns;
  std::uint64_t random_state;
  std::uint64_t process_token = 1;
  bool has_leases = true;
  bool may_change_owner = true;

  bool has_end = false;
  bool names_need_space = false;
  std::uint64_t capacity_bytes = 0;

  std::vector<SimCall> calls;
  std::uint64_t counts[kCallKinds] = {};
  std::uint64_t mutations = 0;
  std::uint64_t cut_at = 0;
  bool power_off = false;
  std::vector<Fault> faults;
  int owed_error = 0;  // of the write after a short one

  std::uint64_t changes = 0;
  std::uint64_t next_owner = 1;
  std::map<std::pair<InodeKey, std::uint64_t>, std::uint64_t> slot_owners;
  std::map<InodeKey, std::uint64_t> flock_owners;
  std::map<InodeKey, std::uint64_t> lease_owners;
  std::map<InodeKey, std::string> other_writers;
  std::map<InodeKey, BadPages> bad_pages;

 private:
  Fault* find_fault(Call call, const std::string& subject);

  Fault* current_fault_ = nullptr;
};

// A handle's hold on an inode, so that it outlives its names.
class SimPin {
 public:
  // The mutex must be held here, and must not be held in the destructor.
  SimPin(std::shared_ptr<SimCore> core, InodeKey key, std::string path);
  SimPin(const SimPin&) = delete;
  SimPin& operator=(const SimPin&) = delete;
  ~SimPin();

  const std::shared_ptr<SimCore> core;
  const InodeKey key;
  const std::string path;  // that it was opened by
  const std::uint64_t owner;
};

// The handles; the mutex must be held.
std::unique_ptr<File> make_sim_file(const std::shared_ptr<SimCore>& core, InodeKey key,
                                    std::string path, Access access);
std::unique_ptr<LockFile> make_sim_lock_file(const std::shared_ptr<SimCore>& core, InodeKey key,
                                             std::string path);
// Null: somebody holds it.
std::unique_ptr<WholeLock> make_sim_flock(const std::shared_ptr<SimCore>& core, InodeKey key,
                                          std::string path);
std::unique_ptr<FolderWatch> make_sim_watch(const std::shared_ptr<SimCore>& core, InodeKey key,
                                            std::string path);
std::unique_ptr<Folder> make_sim_folder(const std::shared_ptr<SimCore>& core, InodeKey key,
                                        std::string path);

}  // namespace everturn

#endif  // EVERTURN_FS_SIM_CORE_H_
