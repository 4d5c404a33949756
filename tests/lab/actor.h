// SPDX-License-Identifier: Apache-2.0
// The process that acts a script, and what it tells of it. It lives only as long as the lab lets
// it; what it was promised is known to others because it says so at once, through a descriptor.
#ifndef EVERTURN_TESTS_LAB_ACTOR_H_
#define EVERTURN_TESTS_LAB_ACTOR_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "tests/lab/script.h"

namespace everturn::lab {

// What an actor says of a Writer::durable() that does not move.
inline constexpr const char* kNeverDurable = "it is never durable";

// A line of an actor.
struct Reply {
  enum class Kind : std::uint8_t {
    asks,     // the step begins; `number` says what a pop is going to take first
    answer,   // the call has returned
    skipped,  // there was nothing to call: no writer, nothing in the trash
  };
  Kind kind = Kind::asks;
  std::size_t step = 0;
  std::size_t thread = 0;  // of a group
  Code code = Code::ok;
  int system_error = 0;
  Level reached = Level::power;
  Position first;
  std::int64_t number = -1;
  std::string id;       // of the trash, or of a receipt; never empty: "-" if there is none
  std::string message;  // of a failure

  [[nodiscard]] bool ok() const { return kind == Kind::answer && code == Code::ok; }
};
using Replies = std::vector<Reply>;

std::string to_line(const Reply& reply);
// The complete lines of a text; the last may be cut off.
Replies parse_replies(std::string_view text);

struct Stage {
  std::string folder;  // of the store
  std::uint64_t seed = 1;
  // After each line the actor waits for a byte from the same descriptor.
  bool waits_for_go = false;
  // The call of operator new, counted within calls of the library, that fails; 0: none.
  std::uint64_t fails_allocation = 0;
  bool fails_for_ever = false;
  std::chrono::milliseconds lock_wait{2000};
};

// Does these steps and tells each through `descriptor`. An exception that leaves the library ends
// the process by SIGABRT.
void act(const Script& script, const std::vector<std::size_t>& steps, const Stage& stage,
         int descriptor);
std::vector<std::size_t> from_to(std::size_t begin, std::size_t end);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_ACTOR_H_
