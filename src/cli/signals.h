// SPDX-License-Identifier: Apache-2.0
// Signals that ask the program to end: while a StopSignals lives, they are remembered instead of
// killing, so that what was begun can be finished. One at a time in a process.
#ifndef EVERTURN_CLI_SIGNALS_H_
#define EVERTURN_CLI_SIGNALS_H_

namespace everturn::cli {

// Writing to a pipe that nobody reads, or past the limit of a file's size, gives an error instead
// of killing the process.
void ignore_write_signals();

// SIGTERM, SIGINT and SIGHUP, each unless the process was started with it ignored. They do not
// interrupt system calls: descriptor() becomes readable instead, without a race.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The first signal that came, 0 while there is none.
  [[nodiscard]] static int received();
  // Readable from the first signal on; for poll. -1 if the system gave none.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_SIGNALS_H_
