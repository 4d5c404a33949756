// SPDX-License-Identifier: Apache-2.0
// The bytes of a block device, and the log of what was done to them.
#ifndef EVERTURN_TESTS_LAB_BLOCK_LOG_H_
#define EVERTURN_TESTS_LAB_BLOCK_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/lab/block_disk.h"

namespace everturn::lab {

class BlockLog {
 public:
  explicit BlockLog(std::uint64_t size) : size_(size) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }
  void read(std::uint64_t offset, char* into, std::size_t length) const;
  void write(std::uint64_t offset, std::string_view bytes);
  void flush();
  // Zeros, and no log.
  void make_blank();
  void start_log();
  void stop_log() { logs_ = false; }
  [[nodiscard]] std::uint64_t entries() const { return log_.size(); }
  [[nodiscard]] bool is_flush(std::uint64_t entry) const { return log_[entry].is_flush; }
  void show(std::uint64_t entries, Kept kept, std::uint64_t seed);

 private:
  static constexpr std::uint64_t kBlock = 4096;
  using Blocks = std::unordered_map<std::uint64_t, std::string>;
  struct Entry {
    bool is_flush = false;
    std::uint64_t offset = 0;
    std::string bytes;
  };
  void put(std::uint64_t offset, std::string_view bytes);
  std::string& block(std::uint64_t index);

  const std::uint64_t size_;
  Blocks base_;     // what was there when the log began
  Blocks changed_;  // since then
  std::vector<Entry> log_;
  bool logs_ = false;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_BLOCK_LOG_H_
