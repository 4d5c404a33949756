// SPDX-License-Identifier: Apache-2.0
// Opens a folder after whatever has happened to it, as the next process would, and says what is
// broken of what was promised. Then goes on working in it, because a store that cannot is broken.
#ifndef EVERTURN_TESTS_LAB_ORACLE_H_
#define EVERTURN_TESTS_LAB_ORACLE_H_

#include <cstdint>
#include <string>

#include "tests/crash/store_world.h"

namespace everturn::lab {

struct Finding {
  std::string broken;            // one sentence; empty: every promise was kept
  std::uint64_t lost = 0;        // records that were acknowledged and are nowhere
  std::uint64_t unreadable = 0;  // sessions
  std::uint64_t unaccounted_bytes = 0;

  [[nodiscard]] bool holds() const { return broken.empty(); }
};

// `goes_on` false: only looks.
Finding check_folder(const std::string& folder, const Acks& acks, bool goes_on = true);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_ORACLE_H_
