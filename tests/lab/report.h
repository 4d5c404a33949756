// SPDX-License-Identifier: Apache-2.0
// What campaigns found, for a terminal and as a page.
#ifndef EVERTURN_TESTS_LAB_REPORT_H_
#define EVERTURN_TESTS_LAB_REPORT_H_

#include <string>
#include <vector>

#include "tests/lab/campaign.h"

namespace everturn::lab {

struct Ran {
  const Campaign* campaign = nullptr;
  Tally tally;
};

// A few lines, with the command that tries a failure again.
std::string text_of(const Ran& ran, const Context& context);

// Markdown at `path`, and beside it the plot as SVG under the same name.
void write_report(const std::vector<Ran>& ran, const Context& context, const std::string& path);
// Puts the figures between the two marks of a page, in place of what is there. Throws
// std::runtime_error if the page has no such marks.
inline constexpr const char* kFiguresBegin = "<!-- figures of the crash lab -->\n";
inline constexpr const char* kFiguresEnd = "<!-- end of the figures -->\n";
void write_figures(const std::vector<Ran>& ran, const Context& context, const std::string& path);
std::string plot_of(const std::vector<Ran>& ran);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_REPORT_H_
