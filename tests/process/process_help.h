// SPDX-License-Identifier: Apache-2.0
// Processes on the real disk. Children are forked before this process has started a thread, run a
// function instead of another program, and end by _exit, so that nothing of the test runs twice.
#ifndef EVERTURN_TESTS_PROCESS_PROCESS_HELP_H_
#define EVERTURN_TESTS_PROCESS_PROCESS_HELP_H_

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "everturn/store.h"

namespace everturn::process_test {

using Texts = std::vector<std::string>;

constexpr std::string_view kKey = "telegram:12345";

// Removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string url() const { return "dir:" + path_ + "/store"; }
  // The path of the one session's file; "" and a failure if there is not exactly one.
  [[nodiscard]] std::string session_file() const;

 private:
  std::string path_;
};

// The child's end of its pipe.
class Report {
 public:
  explicit Report(int descriptor) : descriptor_(descriptor) {}
  // One write: whole or not at all. Ends the child when the test is gone.
  void line(std::string text) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// A forked process. Its exit code is what `work` returns; 128 + N if signal N killed it.
class Child {
 public:
  using Work = std::function<int(const Report&)>;
  explicit Child(const Work& work);
  ~Child();  // kills it if need be
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  void signal(int number) const;
  // SIGSTOP; returns when it stands still.
  void stop() const;
  // Waits for its end.
  int wait();
  // Waits for its next line; nothing when it has ended.
  std::optional<std::string> next_line();
  // All lines until it ends.
  Texts rest_of_lines();
  // For poll. take_lines() reads what is there and returns the complete lines; *ended: no more.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  Texts take_lines(bool* ended);

 private:
  pid_t id_ = -1;
  int descriptor_ = -1;
  std::string unread_;
  std::optional<int> exit_code_;
};

// Holds children back until all of them are there.
class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void pass() const;  // in a child: waits
  void open();        // in the parent

 private:
  int descriptors_[2] = {-1, -1};
};

// A T that this process and its children see.
template <class T>
class Shared {
 public:
  Shared()
      : memory_(
            mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    new (memory_) T();
  }
  ~Shared() { munmap(memory_, sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  T* operator->() { return static_cast<T*>(memory_); }
  static_assert(std::is_trivially_destructible_v<T>);

 private:
  void* memory_;
};

std::int64_t now_us();

// A record that tells whose it is, and can be made again from the two numbers.
std::string numbered(std::uint64_t writer, std::uint64_t number);
// -1 where it is not such a record, byte for byte.
struct Number {
  std::int64_t writer = -1;
  std::int64_t number = -1;
};
Number number_of(std::string_view record);

WriteOptions at_level(Level level, std::chrono::milliseconds interval = {});
std::unique_ptr<Store> open(const TemporaryFolder& folder, const StoreOptions& options = {});
Result<Appended> append(Store& store, std::string_view record, const WriteOptions& how = {});
// Every record of kKey; expects that there is no damage.
Texts records(Store& store);
Texts records(const TemporaryFolder& folder);

// Each writer's records are there once and in order, from 0 to count - 1.
void expect_complete(const Texts& records, std::uint64_t writers, std::uint64_t count);

// Whether the file has bytes that the kernel has not given to the disk yet; nothing where the file
// system does not tell (tmpfs). Only sees blocks that were never on the disk: write a few KiB.
std::optional<bool> has_unsynced_blocks(const std::string& path);

}  // namespace everturn::process_test

#endif  // EVERTURN_TESTS_PROCESS_PROCESS_HELP_H_
