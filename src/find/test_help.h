// SPDX-License-Identifier: Apache-2.0
// For tests of what SQLite keeps: another process that has a database locked.
#ifndef EVERTURN_FIND_TEST_HELP_H_
#define EVERTURN_FIND_TEST_HELP_H_

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace everturn {

// A child process that holds the write lock of the database at `path`, until this goes.
class LockedByAnother {
 public:
  explicit LockedByAnother(const std::string& path) {
    int ready[2] = {};
    int ending[2] = {};
    if (::pipe(ready) != 0 || ::pipe(ending) != 0) std::abort();
    child_ = ::fork();
    char byte = 0;
    if (child_ == 0) {
      ::close(ending[1]);
      sqlite3* database = nullptr;
      sqlite3_open(path.c_str(), &database);
      const int locked = sqlite3_exec(database, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
      byte = locked == SQLITE_OK ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      ::_exit(::read(ending[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    ::close(ending[0]);
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y') << "the child has no lock";
    ::close(ready[0]);
    end_ = ending[1];
  }
  ~LockedByAnother() {
    ::close(end_);
    ::waitpid(child_, nullptr, 0);
  }
  LockedByAnother(const LockedByAnother&) = delete;
  LockedByAnother& operator=(const LockedByAnother&) = delete;

 private:
  pid_t child_ = 0;
  int end_ = -1;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_TEST_HELP_H_
