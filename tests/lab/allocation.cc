// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/allocation.h"

#include <cstdlib>
#include <new>

namespace everturn::lab {
namespace {

thread_local bool counts = false;
thread_local std::uint64_t counted = 0;
std::uint64_t failing = 0;
bool fails_for_ever = false;

void* allocate(std::size_t size) {
  if (counts) {
    ++counted;
    if (failing != 0 && (counted == failing || (fails_for_ever && counted > failing))) {
      throw std::bad_alloc();
    }
  }
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void set_allocation_fault(std::uint64_t number, bool for_ever) {
  failing = number;
  fails_for_ever = for_ever;
  counted = 0;
}
std::uint64_t allocations() { return counted; }

AllocationFaults::AllocationFaults() { counts = true; }
AllocationFaults::~AllocationFaults() { counts = false; }

}  // namespace everturn::lab

// Both kinds of new lead here; the aligned ones stay the library's own.
void* operator new(std::size_t size) { return everturn::lab::allocate(size); }
void* operator new[](std::size_t size) { return everturn::lab::allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
