// SPDX-License-Identifier: Apache-2.0
// A block device that remembers: a file of one FUSE mount, served by a process of the lab, to be
// put under a loop device. It logs every write and flush, and can then show what a power cut after
// any of them may have left. It can also fail, and lie. Root only, and no library is needed.
#ifndef EVERTURN_TESTS_LAB_BLOCK_DISK_H_
#define EVERTURN_TESTS_LAB_BLOCK_DISK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/child.h"

namespace everturn::lab {

// Which of the writes behind the last flush are there.
enum class Kept : std::uint8_t {
  all,
  none,
  some,         // drawn from a seed: each whole, missing, or torn into sectors of 512 bytes
  some_blocks,  // the same, but torn into blocks of 4096 bytes
};

class BlockDisk {
 public:
  // Mounted at `folder`, which is made; throws std::runtime_error.
  BlockDisk(const std::string& folder, std::uint64_t megabytes);
  ~BlockDisk();
  BlockDisk(const BlockDisk&) = delete;
  BlockDisk& operator=(const BlockDisk&) = delete;

  [[nodiscard]] std::string file() const { return folder_ + "/disk"; }
  // Zeros everywhere. Nothing may be mounted.
  void make_blank();
  // What is there becomes the beginning of a new log.
  void start_log();
  void stop_log();
  // How many writes and flushes the log has.
  std::uint64_t log_size();
  // Of each entry: is it a flush?
  std::vector<bool> flushes();
  // The device has what a cut behind the first `entries` left. Nothing may be mounted.
  void show(std::uint64_t entries, Kept kept, std::uint64_t seed);

  // Writes (or flushes) fail from the `after`th on, `count` times; 0: none do.
  void fail_writes(std::uint64_t after, std::uint64_t count);
  void fail_flushes(std::uint64_t after, std::uint64_t count);
  // Since the last call of these two.
  std::uint64_t failures();
  // Flushes say ok and do nothing.
  void lie(bool lies);

 private:
  std::uint64_t ask(std::uint64_t what, std::uint64_t a = 0, std::uint64_t b = 0,
                    std::uint64_t c = 0);
  const std::string folder_;
  std::unique_ptr<Child> server_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_BLOCK_DISK_H_
