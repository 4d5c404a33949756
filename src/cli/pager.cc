// SPDX-License-Identifier: Apache-2.0
#include "cli/pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace everturn::cli {
namespace {

// -F: what fits the screen needs no paging; -R: colours.
constexpr const char* kLess =
    "if command -v less >/dev/null; then exec less -FR; else exec cat; fi";

std::string pager_command() {
  const char* pager = std::getenv("PAGER");
  return pager == nullptr ? kLess : pager;
}

// Runs `command` with the reading end of a pipe as its input; the writing end, or -1.
int start(const std::string& command, pid_t* process) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
  // We ignore these; a pager may end by them.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failed =
      posix_spawn(process, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  if (failed == 0) return ends[1];
  ::close(ends[1]);
  return -1;
}

}  // namespace

Pager::Pager(Output& output, bool wanted) : output_(output) {
  const std::string command = pager_command();
  if (!wanted || !output.is_terminal() || command.empty() || command == "cat") return;
  output.flush();
  terminal_ = fcntl(1, F_DUPFD_CLOEXEC, 3);  // NOLINT(*-vararg)
  if (terminal_ < 0) return;
  const int pipe = start(command, &process_);
  if (pipe < 0) {
    process_ = -1;
    return;
  }
  dup2(pipe, 1);
  ::close(pipe);
  std::signal(SIGINT, SIG_IGN);
}

void Pager::close() {
  if (process_ >= 0) {
    output_.flush();
    dup2(terminal_, 1);  // closes the pipe: the pager sees the end
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    std::signal(SIGINT, SIG_DFL);
    constexpr int kNotFound = 127;
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
      output_.note("note: the pager in PAGER was not found; PAGER=cat does without");
    }
  }
  if (terminal_ >= 0) ::close(terminal_);
  terminal_ = -1;
}

}  // namespace everturn::cli
