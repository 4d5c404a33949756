// SPDX-License-Identifier: Apache-2.0
// Sizes for people.
#ifndef EVERTURN_CLI_SIZES_H_
#define EVERTURN_CLI_SIZES_H_

#include <array>
#include <cstdint>
#include <string>

#include "cli/output.h"

namespace everturn::cli {

// "812 B", "1.4 KiB", "23 MiB".
inline std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = 0;
  while (bytes >= 1024) {
    tenths = bytes % 1024 * 10 / 1024;
    bytes /= 1024;
    ++unit;
  }
  std::string text = std::to_string(bytes);
  if (unit > 0 && bytes < 10) text += "." + std::to_string(tenths);
  return text + " " + kUnits[unit];
}

// That on a terminal, the plain number of bytes elsewhere.
inline std::string size_cell(std::uint64_t bytes, const Output& output) {
  return output.is_terminal() ? size_text(bytes) : std::to_string(bytes);
}

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_SIZES_H_
