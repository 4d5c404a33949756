// SPDX-License-Identifier: Apache-2.0
// Stops a child at each of its system calls, in all of its threads, and lets somebody decide what
// becomes of the call. Needs no root; Linux 5.3.
#ifndef EVERTURN_TESTS_LAB_TRACER_H_
#define EVERTURN_TESTS_LAB_TRACER_H_

#include <array>
#include <cstdint>
#include <functional>

#include "tests/lab/child.h"

namespace everturn::lab {

struct SystemCall {
  std::uint64_t place = 0;  // counted from 1, over all threads
  long number = 0;
  std::array<std::uint64_t, 6> arguments = {};
};

struct Decision {
  enum class What : std::uint8_t {
    pass,
    kill,             // the process, before the call
    fail,             // with `error`, and the call does nothing
    fail_afterwards,  // the call does its work and then says `error`
    shorten           // its third argument, a number of bytes, is halved
  };
  What what = What::pass;
  int error = 0;
};

// Calls `decide` at the entry of each call until the child, which was made to be traced, has ended.
// Returns how many calls there were.
std::uint64_t trace(Child& child, const std::function<Decision(const SystemCall&)>& decide);

// Empty, or why calls cannot be changed here.
std::string why_not_inject();

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_TRACER_H_
