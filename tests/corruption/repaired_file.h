// SPDX-License-Identifier: Apache-2.0
// What must hold of the repair of any file, whatever its bytes.
#ifndef EVERTURN_TESTS_CORRUPTION_REPAIRED_FILE_H_
#define EVERTURN_TESTS_CORRUPTION_REPAIRED_FILE_H_

#include <string>
#include <string_view>

#include "everturn/repair.h"

namespace everturn::corruption_test {

// Repairs a file of these bytes on a simulated disk, in a folder of ours or in another agent's, and
// undoes it. What is wrong with that; "" if a second repair has nothing to do and the undo gives
// the old bytes back.
std::string complaint_about_repair(std::string_view bytes, bool is_own, const RepairOptions& how);

}  // namespace everturn::corruption_test

#endif  // EVERTURN_TESTS_CORRUPTION_REPAIRED_FILE_H_
