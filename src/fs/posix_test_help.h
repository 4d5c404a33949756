// SPDX-License-Identifier: Apache-2.0
// For the tests of the production file system: a temporary folder, and forked children.
#ifndef EVERTURN_FS_POSIX_TEST_HELP_H_
#define EVERTURN_FS_POSIX_TEST_HELP_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "fs/fs.h"

namespace everturn {

// The value of a result that must be ok.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    std::abort();
  }
  return *std::move(result);
}

inline bool is_root() { return ::geteuid() == 0; }

// An empty folder of its own for each test.
class PosixTest : public ::testing::Test {
 protected:
  PosixTest() {
    const char* const parent = std::getenv("TMPDIR");
    path_ = std::string(parent != nullptr ? parent : "/tmp") + "/everturn-posix-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
    root_ = must(posix_fs().open_folder(path_, false));
  }
  ~PosixTest() override { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] Folder& root() const { return *root_; }
  [[nodiscard]] std::unique_ptr<File> open(const std::string& name, Access access) const {
    return must(root_->open(name, access));
  }
  // A new file with this content.
  void put(const std::string& name, const std::string& text) const {
    EXPECT_EQ(must(open(name, Access::create_new)->append(text)), text.size());
  }
  [[nodiscard]] std::string get(const std::string& name) const {
    std::string text(4096, '\0');
    text.resize(must(open(name, Access::read)->read_at(0, text.data(), text.size())));
    return text;
  }

 private:
  std::string path_;
  std::unique_ptr<Folder> root_;
};

// Runs `work` in a forked child: 0 when no expectation failed there, 128 + the signal if one ended
// it.
inline int in_child(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A forked child that has done `work` when the constructor returns, and lives as long as this.
class LivingChild {
 public:
  explicit LivingChild(const std::function<void()>& work) {
    int ready[2];
    int stop[2];
    std::fflush(nullptr);
    if (::pipe(ready) != 0 || ::pipe(stop) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) run(work, ready[1], stop);
    ::close(ready[1]);
    ::close(stop[0]);
    stop_ = stop[1];
    char sign = 0;
    EXPECT_EQ(::read(ready[0], &sign, 1), 1);
    ::close(ready[0]);
  }
  LivingChild(const LivingChild&) = delete;
  LivingChild& operator=(const LivingChild&) = delete;
  ~LivingChild() {
    ::close(stop_);
    ::waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] pid_t process() const { return child_; }

 private:
  static void run(const std::function<void()>& work, int ready, const int (&stop)[2]) {
    ::close(stop[1]);
    work();
    std::fflush(nullptr);
    char sign = 'r';
    if (::testing::Test::HasFailure() || ::write(ready, &sign, 1) != 1 ||
        ::read(stop[0], &sign, 1) != 0)
      ::_exit(1);
    ::_exit(0);
  }

  pid_t child_ = -1;
  int stop_ = -1;
};

// From now on this process gets `error` from the system call of that number, as in a sandbox.
inline void refuse_call(unsigned number, int error) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {4, filter};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

// As refuse_call(SYS_write, error), but only for writes of `size` bytes: a sanitizer's own would be
// tried again for ever.
inline void refuse_write_of(std::uint32_t size, int error) {
  constexpr std::uint32_t kSizeAt = offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kSizeAt),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, size, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {6, filter};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

}  // namespace everturn

#endif  // EVERTURN_FS_POSIX_TEST_HELP_H_
