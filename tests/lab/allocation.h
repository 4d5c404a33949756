// SPDX-License-Identifier: Apache-2.0
// Memory that runs out: operator new of the whole program, which fails where it is told to. Only
// within the life of an AllocationFaults object, on that thread, calls are counted and fail.
#ifndef EVERTURN_TESTS_LAB_ALLOCATION_H_
#define EVERTURN_TESTS_LAB_ALLOCATION_H_

#include <cstdint>

namespace everturn::lab {

// The `number`th counted call from now on fails (0: none does), and with `for_ever` each behind it.
void set_allocation_fault(std::uint64_t number, bool for_ever);
// Counted since then.
std::uint64_t allocations();

class AllocationFaults {
 public:
  AllocationFaults();
  ~AllocationFaults();
  AllocationFaults(const AllocationFaults&) = delete;
  AllocationFaults& operator=(const AllocationFaults&) = delete;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_ALLOCATION_H_
