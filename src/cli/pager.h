// SPDX-License-Identifier: Apache-2.0
// Long output on a terminal, a screen at a time.
#ifndef EVERTURN_CLI_PAGER_H_
#define EVERTURN_CLI_PAGER_H_

#include <unistd.h>

#include "cli/output.h"

namespace everturn::cli {

// While one lives, standard output goes to $PAGER, or to less where there is no PAGER and less is
// there. Nothing at all where standard output is no terminal, or PAGER is empty or "cat". Ctrl-C is
// the pager's meanwhile. When the reader leaves the pager early, Output::reader_left() tells. The
// pager's own exit status is nobody's but, if it could not run at all, a remark's.
class Pager {
 public:
  Pager(Output& output, bool wanted);
  ~Pager() { close(); }
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Writes what is left, and waits until the reader has seen enough.
  void close();

 private:
  Output& output_;
  pid_t process_ = -1;
  int terminal_ = -1;  // standard output as it was
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_PAGER_H_
