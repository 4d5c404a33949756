// SPDX-License-Identifier: Apache-2.0
// What an actor was promised, as the worlds that tests/crash/store_world.h compares with what is
// found: one world while every call is answered, several where an outcome is unknown.
#ifndef EVERTURN_TESTS_LAB_LEDGER_H_
#define EVERTURN_TESTS_LAB_LEDGER_H_

#include <cstdint>

#include "tests/crash/store_world.h"
#include "tests/lab/actor.h"
#include "tests/lab/script.h"

namespace everturn::lab {

// What has come over the actor.
enum class Fate : std::uint8_t {
  killed,                     // what the kernel has taken is there
  power_cut,                  // only what was durable is
  power_cut_with_old_blocks,  // the same, and what the blocks held before may show elsewhere
};

// The replies must be those of the script from its first step on.
Acks worlds_after(const Script& script, const Replies& replies, std::uint64_t seed, Fate fate);

// Answered successfully.
std::uint64_t acknowledged(const Script& script, const Replies& replies);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_LEDGER_H_
