// SPDX-License-Identifier: Apache-2.0
// Repairs of real files, which other processes hold open and other users own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

constexpr int kRecords = 100;

// A program that opens the file, and after go() writes 100 records to it and leaves.
class Writer100 {
 public:
  explicit Writer100(const std::string& path) {
    int ready[2];
    int go[2];
    std::fflush(nullptr);
    if (::pipe(ready) != 0 || ::pipe(go) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) run(path, ready[1], go);
    ::close(ready[1]);
    ::close(go[0]);
    go_ = go[1];
    char sign = 0;
    EXPECT_EQ(::read(ready[0], &sign, 1), 1);
    ::close(ready[0]);
  }
  Writer100(const Writer100&) = delete;
  Writer100& operator=(const Writer100&) = delete;
  ~Writer100() { end(); }

  void go() { EXPECT_EQ(::write(go_, "g", 1), 1); }
  [[nodiscard]] bool has_left() {
    if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) == child_) child_ = -1;
    return child_ < 0;
  }
  void end() {
    if (go_ >= 0) ::close(go_);
    go_ = -1;
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  [[noreturn]] static void run(const std::string& path, int ready, const int (&go)[2]) {
    ::close(go[1]);
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND);
    char sign = 'r';
    if (file < 0 || ::write(ready, &sign, 1) != 1 || ::read(go[0], &sign, 1) != 1) ::_exit(1);
    for (int number = 1; number <= kRecords; ++number) {
      const std::string line = text(number) + "\n";
      if (::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(1);
      ::sched_yield();
    }
    ::_exit(0);
  }

  pid_t child_ = -1;
  int go_ = -1;
};

class RepairProcess : public PosixTest {
 protected:
  RepairProcess() {
    EXPECT_EQ(::mkdir(path("foreign").c_str(), 0700), 0);
    options_.state_folder = path("state");
    put(kDamage);
  }
  void put(const std::string& content) const {
    const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    ::close(file);
  }
  [[nodiscard]] std::string content() const {
    std::ifstream file(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Result<RepairReport> repair(const RepairOptions& how = {}) const {
    return repair_file(file_, how, options_);
  }
  [[nodiscard]] Texts records() const {
    return load(*must(open_store("dir:" + path("foreign"))), "x").records;
  }

  [[nodiscard]] static Texts all_records() {
    Texts all = {text(0)};
    for (const std::string& record : texts(0, kRecords)) all.push_back(record);
    return all;
  }

  const std::string kDamage = "%PDF-1.7\n" + text(0) + text(0) + "\n%PDF-1.7\n";
  const std::string file_ = path("foreign/x.jsonl");
  StoreOptions options_;
};

TEST_F(RepairProcess, WriterThatKeepsTheFileOpenLosesNoneOfItsRecords) {
  Writer100 writer(file_);
  EXPECT_EQ(code_of(repair()), Code::unavailable);
  writer.go();
  while (!writer.has_left()) {
    const Result<RepairReport> report = repair();
    // The writer may leave before we look.
    if (report.ok()) break;
    EXPECT_TRUE(code_of(report) == Code::unavailable || code_of(report) == Code::conflict);
  }
  writer.end();
  ASSERT_TRUE(repair().ok());
  EXPECT_EQ(records(), all_records());
}

TEST_F(RepairProcess, RepairInPlaceBesideAWriterLosesNoneOfItsRecords) {
  Writer100 writer(file_);
  RepairOptions how;
  how.in_place = true;
  writer.go();
  EXPECT_TRUE(repair(how).ok());
  while (!writer.has_left()) EXPECT_TRUE(repair(how).ok());
  EXPECT_EQ(records(), all_records());
  EXPECT_EQ(content().find("PDF"), std::string::npos);
}

TEST_F(RepairProcess, OwnerAndModeOfAnotherUsersFileStay) {
  if (!is_root()) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(file_.c_str(), 65534, 65534) | ::chmod(file_.c_str(), 0640), 0);
  ASSERT_TRUE(repair().ok());
  struct stat found = {};
  ASSERT_EQ(::stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, 65534U);
  EXPECT_EQ(found.st_gid, 65534U);
  EXPECT_EQ(found.st_mode & 07777U, 0640U);
}

TEST_F(RepairProcess, FileByARelativePathCanBeUndoneFromAnywhere) {
  EXPECT_EQ(in_child([&] {
              ASSERT_EQ(::chdir(path("foreign").c_str()), 0);
              const RepairReport report = must(repair_file("x.jsonl", {}, options_));
              ASSERT_EQ(::chdir("/"), 0);
              EXPECT_TRUE(undo_file_repair(report.receipt_path, "", options_).ok());
              EXPECT_EQ(content(), kDamage);
            }),
            0);
}

}  // namespace
}  // namespace everturn
