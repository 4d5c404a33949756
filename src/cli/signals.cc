// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace everturn::cli {
namespace {

constexpr std::array kStopping = {SIGTERM, SIGINT, SIGHUP};

volatile std::sig_atomic_t received_signal = 0;
volatile std::sig_atomic_t wake_descriptor = -1;

void remember(int signal) {
  const int saved_errno = errno;
  if (received_signal == 0) received_signal = signal;
  const std::uint64_t one = 1;
  if (wake_descriptor >= 0 && write(wake_descriptor, &one, sizeof one) < 0) {
    // The flag is set all the same, and is looked at before each wait.
  }
  errno = saved_errno;
}

}  // namespace

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

StopSignals::StopSignals() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  wake_descriptor = descriptor_;
  for (const int signal : kStopping) {
    struct sigaction old = {};
    sigaction(signal, nullptr, &old);
    if (old.sa_handler == SIG_IGN) continue;
    struct sigaction mine = {};
    mine.sa_handler = remember;
    mine.sa_flags = SA_RESTART;
    sigemptyset(&mine.sa_mask);
    sigaction(signal, &mine, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int signal : kStopping) {
    struct sigaction now = {};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler == remember) std::signal(signal, SIG_DFL);
  }
  wake_descriptor = -1;
  if (descriptor_ >= 0) close(descriptor_);
}

int StopSignals::received() { return received_signal; }

}  // namespace everturn::cli
