// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_process.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace everturn::cli_test {
namespace {

constexpr const char* kProgram = EVERTURN_BINARY_DIR "/everturn";

int exit_code_of(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// What a child needs, made before fork: between fork and exec nothing may allocate.
class Image {
 public:
  Image(const Arguments& arguments,
        const std::vector<std::pair<std::string, std::string>>& environment) {
    words_.emplace_back(kProgram);
    words_.insert(words_.end(), arguments.begin(), arguments.end());
    for (const auto& [name, value] : environment) settings_.push_back(name + "=" + value);
    for (std::string& word : words_) argv_.push_back(word.data());
    for (std::string& setting : settings_) envp_.push_back(setting.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
  }
  [[noreturn]] void execute() {
    // Whatever this process ignores, the tool starts as from a shell.
    for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_DFL);
    execve(kProgram, argv_.data(), envp_.data());
    _exit(127);
  }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> settings_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

// Puts a file in the place of a descriptor; "" closes it.
void redirect(int descriptor, const char* path, int flags) {
  close(descriptor);
  if (*path != '\0' && open(path, flags | O_CREAT, 0600) != descriptor) _exit(126);
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

Running::~Running() {
  close_input();
  close_output();
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  exit_code_of(process_);
}

void Running::write(std::string_view text) { write_all(input_, text); }

void Running::close_input() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

void Running::close_output() {
  if (output_ >= 0) close(output_);
  output_ = -1;
}

std::string Running::read_line() {
  std::array<char, 4096> piece = {};
  while (unread_.find('\n') == std::string::npos) {
    const ssize_t count = read(output_, piece.data(), piece.size());
    if (count <= 0) return std::exchange(unread_, {});
    unread_.append(piece.data(), static_cast<std::size_t>(count));
  }
  const std::string line = unread_.substr(0, unread_.find('\n'));
  unread_.erase(0, line.size() + 1);
  return line;
}

void Running::signal(int number) { kill(process_, number); }

int Running::wait() { return exit_code_of(std::exchange(process_, 0)); }

void CliTest::SetUp() {
  ::signal(SIGPIPE, SIG_IGN);  // writing to a process that has ended is an error, not our end
  std::string pattern = (std::filesystem::temp_directory_path() / "everturn_cli_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
  environment_ = {{"HOME", folder_},
                  {"EVERTURN_STORE", store_path()},
                  {"TERM", "xterm"},
                  {"PAGER", "cat"}};  // tests read all of it at once
}

void CliTest::TearDown() { std::filesystem::remove_all(folder_); }

void CliTest::set_environment(const std::string& name, const std::string& value) {
  std::erase_if(environment_, [&](const auto& setting) { return setting.first == name; });
  environment_.emplace_back(name, value);
}

Ran CliTest::run(const Arguments& arguments, std::string_view input) {
  const std::string path = folder_ + "/stdout";
  Ran ran = run_into(path, arguments, input);
  ran.out = read_whole(path);
  return ran;
}

Ran CliTest::run_into(const std::string& path, const Arguments& arguments, std::string_view input) {
  const std::string input_path = folder_ + "/stdin";
  const std::string error_path = folder_ + "/stderr";
  std::ofstream(input_path, std::ios::trunc) << input;
  Image image(arguments, environment_);
  const pid_t process = fork();
  if (process == 0) {
    redirect(0, input_path.c_str(), O_RDONLY);
    redirect(1, path.c_str(), O_WRONLY | O_TRUNC);
    // Not redirect: descriptor 1 may be closed, and must stay so.
    const int error = open(error_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (error != 2) dup2(error, 2);
    if (error != 2) close(error);
    image.execute();
  }
  Ran ran;
  ran.exit_code = exit_code_of(process);
  ran.err = read_whole(error_path);
  return ran;
}

Ran CliTest::run_on_terminal(const Arguments& arguments, std::string_view input) {
  Image image(arguments, environment_);
  int terminal = -1;
  const pid_t process = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (process == 0) image.execute();
  write_all(terminal, input);
  Ran ran;
  std::array<char, 4096> piece = {};
  for (;;) {
    const ssize_t count = read(terminal, piece.data(), piece.size());
    if (count <= 0) break;
    ran.out.append(piece.data(), static_cast<std::size_t>(count));
  }
  ran.exit_code = exit_code_of(process);
  close(terminal);
  return ran;
}

std::unique_ptr<Running> CliTest::start(const Arguments& arguments) {
  std::array<int, 2> input = {};
  std::array<int, 2> output = {};
  EXPECT_EQ(pipe2(input.data(), O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(output.data(), O_CLOEXEC), 0);
  Image image(arguments, environment_);
  const pid_t process = fork();
  if (process == 0) {
    dup2(input[0], 0);
    dup2(output[1], 1);
    image.execute();
  }
  close(input[0]);
  close(output[1]);
  return std::make_unique<Running>(process, input[1], output[0]);
}

std::string CliTest::must(const Arguments& arguments, std::string_view input) {
  const Ran ran = run(arguments, input);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  return ran.out;
}

void CliTest::append_three(const std::string& key) {
  must({"append", "--quiet", key}, "{\"n\":\"a\"}\n{\"n\":\"b\"}\n{\"n\":\"c\"}\n");
}

std::string CliTest::only_session_file() const {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(store_path())) {
    if (entry.path().extension() != ".jsonl") continue;
    EXPECT_EQ(found, "") << "more than one session";
    found = entry.path().string();
  }
  return found;
}

std::string read_whole(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void append_to_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace everturn::cli_test
