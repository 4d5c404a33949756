// SPDX-License-Identifier: Apache-2.0
#include "fs/posix_size_signal.h"

#include <cerrno>
#include <ctime>

namespace everturn {

SizeSignalBlock::SizeSignalBlock() {
  sigemptyset(&signal_);
  sigaddset(&signal_, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  was_blocked_ = sigismember(&before_, SIGXFSZ) == 1;
  sigset_t pending;
  was_pending_ = was_blocked_ && ::sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

SizeSignalBlock::~SizeSignalBlock() {
  if (!was_blocked_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SizeSignalBlock::consume() const {
  if (was_pending_) return;
  const timespec at_once = {};
  while (::sigtimedwait(&signal_, nullptr, &at_once) < 0 && errno == EINTR) {
  }
}

}  // namespace everturn
