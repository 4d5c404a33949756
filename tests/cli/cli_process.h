// SPDX-License-Identifier: Apache-2.0
// Runs the built command line tool as a user does, in a folder of its own.
#ifndef EVERTURN_TESTS_CLI_CLI_PROCESS_H_
#define EVERTURN_TESTS_CLI_CLI_PROCESS_H_

#include <gtest/gtest.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace everturn::cli_test {

using Arguments = std::vector<std::string>;

// What a run came to. exit_code is 128 + N for a process that signal N killed.
struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// A process that is still running, with pipes to its standard input and from its output. Killed by
// the destructor if need be.
class Running {
 public:
  Running(pid_t process, int input, int output)
      : process_(process), input_(input), output_(output) {}
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void write(std::string_view text);
  void close_input();
  void close_output();  // as a reader that leaves
  // The next line of its output without the line end; "" at the end of it.
  std::string read_line();
  void signal(int number);
  // Waits for its end; the exit code as in Ran.
  int wait();

 private:
  pid_t process_;
  int input_;
  int output_;
  std::string unread_;
};

// A test with a folder of its own; EVERTURN_STORE names the store in it.
class CliTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Ran run(const Arguments& arguments, std::string_view input = "");
  // As run, with standard output and standard error on a terminal: both come in `out`.
  Ran run_on_terminal(const Arguments& arguments, std::string_view input = "");
  // Standard output goes to the file at `path`; "" closes it.
  Ran run_into(const std::string& path, const Arguments& arguments, std::string_view input = "");
  std::unique_ptr<Running> start(const Arguments& arguments);

  // Runs it and expects exit code 0; its output.
  std::string must(const Arguments& arguments, std::string_view input = "");
  // Appends records a, b and c to the session `key`.
  void append_three(const std::string& key);

  void set_environment(const std::string& name, const std::string& value);
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string store_path() const { return folder_ + "/store"; }
  // The path of the file of a session; there must be exactly one session.
  [[nodiscard]] std::string only_session_file() const;

 private:
  std::string folder_;
  std::vector<std::pair<std::string, std::string>> environment_;
};

std::string read_whole(const std::string& path);
void append_to_file(const std::string& path, std::string_view bytes);
std::vector<std::string> lines_of(std::string_view text);

}  // namespace everturn::cli_test

#endif  // EVERTURN_TESTS_CLI_CLI_PROCESS_H_
