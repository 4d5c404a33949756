// SPDX-License-Identifier: Apache-2.0
// Any bytes as a session file, with padded tails and without: each byte is accounted for, and what
// is returned is an object. Work that is not linear shows as a timeout of the fuzzer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/corruption/scanned_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using everturn::corruption_test::complaint_about;
  using everturn::corruption_test::scan_file;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool padded_tails : {false, true}) {
    const everturn::ScanOptions options{padded_tails, true};
    std::string complaint = complaint_about(scan_file(bytes, options), bytes);
    if (complaint.empty()) continue;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
  }
  return 0;
}
