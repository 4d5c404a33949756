// SPDX-License-Identifier: Apache-2.0
// Counts by day as bars of plain characters.
#ifndef EVERTURN_CLI_PLOT_H_
#define EVERTURN_CLI_PLOT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace everturn::cli {

struct Bar {
  std::string label;
  std::uint64_t count = 0;
};

// `counts` by day, "2026-08-20". A bar for each day from the first to the last, those without a
// count too; for each week, month or year where that would be more than a screen.
std::vector<Bar> bars_by_time(const std::map<std::string, std::uint64_t>& counts);
// "2026-08-20  ####  12", a line each, none wider than `width` cells if that is 40 or more.
std::string plot_text(const std::vector<Bar>& bars, std::uint64_t width);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_PLOT_H_
