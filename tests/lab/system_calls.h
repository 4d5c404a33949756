// SPDX-License-Identifier: Apache-2.0
// Which errors the kernel may answer each system call with.
#ifndef EVERTURN_TESTS_LAB_SYSTEM_CALLS_H_
#define EVERTURN_TESTS_LAB_SYSTEM_CALLS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/lab/tracer.h"

namespace everturn::lab {

struct CallKind {
  std::string_view name;    // "write", "sync", ...
  std::vector<long> calls;  // their numbers
  std::vector<int> once;    // errno values
  std::vector<int> for_ever;
  bool can_be_short = false;
  bool works_anyway = false;  // a failing close has closed
};

// Null: a call that no fault is meant for, such as one for memory.
const CallKind* kind_of(long call);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_SYSTEM_CALLS_H_
