// SPDX-License-Identifier: Apache-2.0
// A tally as text, on its way from the process that counted.
#ifndef EVERTURN_TESTS_LAB_TALLY_TEXT_H_
#define EVERTURN_TESTS_LAB_TALLY_TEXT_H_

#include <string>

#include "tests/lab/campaign.h"

namespace everturn::lab {

std::string to_text(const Tally& tally);
// Of a process that ended too early, with a failure that says so.
Tally parse_tally(const std::string& text);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_TALLY_TEXT_H_
