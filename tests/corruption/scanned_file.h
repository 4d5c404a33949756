// SPDX-License-Identifier: Apache-2.0
// What a scan finds in the bytes of a file, and what must hold for it whatever the bytes are.
#ifndef EVERTURN_TESTS_CORRUPTION_SCANNED_FILE_H_
#define EVERTURN_TESTS_CORRUPTION_SCANNED_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal/scan.h"

namespace everturn::corruption_test {

struct FoundRecord {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t next = 0;
  std::string bytes;
  bool salvaged = false;
  bool nonfinite = false;
};

struct ScannedFile {
  std::vector<FoundRecord> records;
  std::vector<Damage> damage;
  std::vector<Note> notes;
  std::uint64_t in_flight_bytes = 0;
};

ScannedFile scan_file(std::string_view bytes, const ScanOptions& options = {});

// The first thing that does not hold, or "": records lie in order and are the file's bytes (mended
// where they are salvaged), each one object; and each byte of the file is in one record, in one
// damaged range, in flight, a byte order mark between records, or blank.
std::string complaint_about(const ScannedFile& found, std::string_view bytes);

}  // namespace everturn::corruption_test

#endif  // EVERTURN_TESTS_CORRUPTION_SCANNED_FILE_H_
