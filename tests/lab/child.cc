// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace everturn::lab {

Child::Child(const std::function<void(int descriptor)>& work, bool traced) {
  std::array<int, 2> ends = {};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  id_ = fork();
  if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (id_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    setpgid(0, 0);
    close(ends[0]);
    if (traced) {
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      raise(SIGSTOP);
    }
    [&]() noexcept { work(ends[1]); }();  // what it throws ends it by SIGABRT
    _exit(0);
  }
  setpgid(id_, id_);
  close(ends[1]);
  inside_ = ends[1];
  descriptor_ = ends[0];
}

Child::~Child() {
  if (status_ < 0) {
    kill();
    wait();
  }
  close(descriptor_);
}

void Child::kill() { ::kill(id_, SIGKILL); }

int Child::wait() {
  while (status_ < 0 && waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

bool Child::receive() {
  std::array<char, 65536> buffer = {};
  const ssize_t size = read(descriptor_, buffer.data(), buffer.size());
  if (size > 0) text_.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && errno == EINTR);
}

std::string& Child::receive_all() {
  while (receive()) {
  }
  return text_;
}

bool Child::next_line(std::string* line) {
  std::size_t end = 0;
  while ((end = text_.find('\n')) == std::string::npos) {
    if (!receive()) return false;
  }
  *line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return true;
}

void Child::send(std::string_view bytes) const {
  static_cast<void>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

}  // namespace everturn::lab
