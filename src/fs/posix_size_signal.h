// SPDX-License-Identifier: Apache-2.0
// Writing past RLIMIT_FSIZE kills the process by default, with SIGXFSZ. What is here holds the
// signal back from the calling thread for its life, so that the write fails with EFBIG instead; no
// setting of the process is touched.
#ifndef EVERTURN_FS_POSIX_SIZE_SIGNAL_H_
#define EVERTURN_FS_POSIX_SIZE_SIGNAL_H_

#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigset_t

namespace everturn {

// Made and destroyed by the same thread.
class SizeSignalBlock {
 public:
  SizeSignalBlock();
  SizeSignalBlock(const SizeSignalBlock&) = delete;
  SizeSignalBlock& operator=(const SizeSignalBlock&) = delete;
  ~SizeSignalBlock();

  // After EFBIG: takes away the signal that was raised meanwhile, and no older one.
  void consume() const;

 private:
  sigset_t signal_;
  sigset_t before_;
  bool was_blocked_ = false;
  bool was_pending_ = false;
};

// For writes of a library that is not told how they went: takes the signal away at its end.
class SizeSignalGuard {
 public:
  SizeSignalGuard() = default;
  SizeSignalGuard(const SizeSignalGuard&) = delete;
  SizeSignalGuard& operator=(const SizeSignalGuard&) = delete;
  ~SizeSignalGuard() { block_.consume(); }

 private:
  SizeSignalBlock block_;
};

}  // namespace everturn

#endif  // EVERTURN_FS_POSIX_SIZE_SIGNAL_H_
