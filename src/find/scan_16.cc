// SPDX-License-Identifier: Apache-2.0
#include "find/scan_kernel.h"

namespace everturn {

ScanStop scan_16(const char* bytes, std::size_t from, std::size_t size, const ScanPlan& plan) {
  return scan_vectors<16>(bytes, from, size, plan);
}

}  // namespace everturn
