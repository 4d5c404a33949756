// SPDX-License-Identifier: Apache-2.0
// A disk that loses power: the seam of fs.h in memory, with page cache and platters kept apart
// (sim_disk.h), so that a test can cut the power at any call, look at every state that the cut may
// leave (power_cut.h), and go on from there.
//
//   SimFs disk;
//   disk.cut_power_at(7);             // before the 7th mutation takes effect
//   workload(disk);                   // sees EIO from there on, changes nothing any more
//   disk.power_cut().for_each_state(1000, seed, [&](const DiskState& state) {
//     SimFs recovered = SimFs::from(state, disk.profile());
//     ...
//   });
//
// Numbers. Every call through the seam (but clock, randomness, process_token() and
// LockFile::holder()) has a number, counted from 1: calls(). Those that may change the disk are
// counted besides, from 1: mutations(). Faults are set by call number, power cuts by mutation
// number. A call that fails counts too; after the power cut nothing counts any more. The state
// after mutation k is the one that a cut at mutation k + 1 finds.
//
// Faults. On append and write_at, ENOSPC, EDQUOT and EFBIG take half of the bytes first and fail
// the next write; EINTR takes nothing and succeeds. A sync_data or sync that fails, by whatever
// errno, loses what was pending as set_failed_sync() says. Any other call that fails has changed
// nothing.
//
// Several stores on one SimFs are like several processes on one machine. Thread-safe.
#ifndef EVERTURN_FS_SIM_FS_H_
#define EVERTURN_FS_SIM_FS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fs/fs.h"
#include "fs/power_cut.h"
#include "fs/sim_disk.h"

namespace everturn {

class SimCore;

// One call through the seam, by number.
struct SimCall {
  std::string_view name;  // as in fs.h; "create" and "create_lock_file" where that is what open
                          // did, "sync_folder" for Folder::sync
  std::string subject;    // path; of a handle, the path it was opened by
  std::string target;     // of rename and link
  std::uint64_t bytes = 0;
  std::uint64_t mutation = 0;  // 0: changes nothing
  int error = 0;               // the fault it met
};

class SimFs final : public Fs {
 public:
  explicit SimFs(Profile profile = Profile::strict_posix, std::uint64_t seed = 1);
  // A machine switched on again, a minute after the cut: caches empty, no locks, no faults.
  static SimFs from(const DiskState& state, Profile profile, std::uint64_t seed = 2);
  SimFs(SimFs&&) noexcept;
  SimFs& operator=(SimFs&&) noexcept;
  ~SimFs() override;

  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override;
  std::int64_t now_ns() override;
  std::int64_t monotonic_ns() override;
  void sleep_ns(std::int64_t duration_ns) override;
  std::uint64_t random() override;
  std::uint64_t process_token() override;

  // Calls.
  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] std::uint64_t mutations() const;
  [[nodiscard]] std::uint64_t count(std::string_view call_name) const;
  // Call numbers counted from 1; nothing for a number not reached.
  [[nodiscard]] std::optional<SimCall> call(std::uint64_t number) const;
  // The last calls, a line each: "17 sync_data /store/x.jsonl"; mutations carry their number: "17
  // #5".
  [[nodiscard]] std::string trace(std::size_t last = 20) const;
  void reset_counters();

  // Power. Off: every call fails with EIO and changes nothing.
  void cut_power_at(std::uint64_t mutation);
  void cut_power();
  [[nodiscard]] bool power_is_off() const;
  [[nodiscard]] PowerCut power_cut() const;

  // Faults; several may be set at once. The subject of fail_next is the end of a path, "" any.
  void fail_call(std::uint64_t number, int error);
  void fail_from(std::uint64_t number, int error);
  void fail_next(std::string_view call_name, int error, std::string_view subject = "");
  void fail_always(std::string_view call_name, int error, std::string_view subject = "");
  void clear_faults();
  void set_failed_sync(FailedSync what);
  // The pages of 4096 bytes that file[offset, offset + length) touches fail with EIO when they are
  // read, whoever has the file open and whatever its name becomes, and so does a write of a part of
  // one. A write over a whole one makes it readable again, unless it is bad `for_ever`. Not through
  // a power cut: from() begins with a disk that can be read.
  void set_unreadable(const std::string& path, std::uint64_t offset, std::uint64_t length,
                      bool for_ever = false);
  // From now on `bytes` more can be written; then short writes and ENOSPC. With names_too, a full
  // disk also refuses new names. A disk without this call has no end.
  void set_free_bytes(std::uint64_t bytes, bool names_too = false);

  // Surroundings.
  [[nodiscard]] Profile profile() const;
  void set_traits(const FsTraits& traits);
  void set_process_token(std::uint64_t token);
  void set_reuse_inode_numbers(bool reuse);
  void set_has_leases(bool has_leases);
  // False: copy_attributes fails with EPERM where owner or group differ.
  void set_may_change_owner(bool may);

  // The tester's hand, past calls, faults and power; what it does is durable at once. Paths start
  // at the root: "/store/x.jsonl". Missing folders on the way are made.
  void write_file(const std::string& path,
                  std::string content);  // an existing file keeps its inode
  [[nodiscard]] std::optional<std::string> read_file(const std::string& path) const;
  [[nodiscard]] std::optional<std::string> durable_file(const std::string& path) const;
  // Path and content of every regular file, as the caches show them.
  [[nodiscard]] std::map<std::string, std::string> files() const;
  // Every path, folders with "/" behind, as the caches show them.
  [[nodiscard]] std::vector<std::string> paths() const;
  void make_folders(const std::string& path);
  void make_symlink(const std::string& path, const std::string& target);
  void make_other(const std::string& path);  // a FIFO or the like
  void erase(const std::string& path);       // the name; a folder with all that is in it
  void set_attributes(const std::string& path, const Attributes& attributes);
  [[nodiscard]] std::optional<Attributes> attributes(const std::string& path) const;
  // What other_writer() says of a file from now on; "" nobody.
  void set_other_writer(const std::string& path, const std::string& writer);
  // Everything the caches show becomes durable.
  void settle();

 private:
  explicit SimFs(std::shared_ptr<SimCore> core);

  std::shared_ptr<SimCore> core_;
};

}  // namespace everturn

#endif  // EVERTURN_FS_SIM_FS_H_
