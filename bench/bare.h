// SPDX-License-Identifier: Apache-2.0
// The floors: what the same bytes cost with nothing but the kernel's calls. They check nothing and
// promise nothing.
#ifndef EVERTURN_BENCH_BARE_H_
#define EVERTURN_BENCH_BARE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::bench {

// A file opened for appending.
class BareFile {
 public:
  explicit BareFile(const std::string& path);
  ~BareFile();
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;
  void write(std::string_view bytes) const;
  void write_durably(std::string_view bytes) const;

 private:
  int file_;
};

// open, write, fdatasync if `durably`, close.
void write_and_close(const std::string& path, std::string_view bytes, bool durably);

// Overwrites blocks that were written with zeros and synced before.
class ZeroedFile {
 public:
  explicit ZeroedFile(const std::string& path);
  ~ZeroedFile();
  ZeroedFile(const ZeroedFile&) = delete;
  ZeroedFile& operator=(const ZeroedFile&) = delete;
  void write_durably(std::string_view bytes);

 private:
  int file_;
  std::uint64_t used_ = 0;
  std::uint64_t zeroed_ = 0;
};

// Many threads, one file: who comes first writes and syncs for all that wait.
class GroupFile {
 public:
  explicit GroupFile(const std::string& path) : file_(path) {}
  void write_durably(std::string_view bytes);

 private:
  BareFile file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  std::string writing_;
  std::uint64_t group_ = 1;
  std::uint64_t done_ = 0;
  bool has_leader_ = false;
};

// Replaces a file: temporary file, write, fdatasync, rename, fsync of the folder.
class BareReplacement {
 public:
  explicit BareReplacement(const std::string& folder);
  ~BareReplacement();
  BareReplacement(const BareReplacement&) = delete;
  BareReplacement& operator=(const BareReplacement&) = delete;
  void replace(std::string_view bytes) const;

 private:
  int folder_;
};

// Reads JSONL as fast as it goes with every line parsed: windows of 256 KiB, a simdjson tree a
// line.
class BareReader {
 public:
  BareReader();
  ~BareReader();
  // Both return how many bytes of records they saw.
  std::uint64_t read_all(const std::string& path);
  // The last `count` lines, by reading backwards.
  std::uint64_t read_last(const std::string& path, std::size_t count);

 private:
  struct Parser;
  void parse(const char* line, std::size_t size);
  std::unique_ptr<Parser> parser_;
  std::vector<char> bytes_;
  std::uint64_t seen_ = 0;
};

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_BARE_H_
