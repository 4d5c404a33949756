// SPDX-License-Identifier: Apache-2.0
// The one file that is compiled for AVX2, where the compiler can; see CMakeLists.txt.
#include "find/scan_kernel.h"

namespace everturn {

#if defined(__AVX2__)
ScanFunction scan_32() {
  if (!__builtin_cpu_supports("avx2")) return nullptr;
  return [](const char* bytes, std::size_t from, std::size_t size, const ScanPlan& plan) {
    return scan_vectors<32>(bytes, from, size, plan);
  };
}
#else
ScanFunction scan_32() { return nullptr; }
#endif

}  // namespace everturn
