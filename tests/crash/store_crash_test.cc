// SPDX-License-Identifier: Apache-2.0
// P1 to P10: what a power cut may and may not take from a store.
#include <gtest/gtest.h>

#include "tests/crash/store_check.h"

namespace everturn {
namespace {

// Prints what was tried and says whether the contract held.
void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

TEST(StoreCrash, P1_AcknowledgedAppendSurvivesEveryPowerCut) {
  expect_holds(sweep_store(store_sweep(60), [](Process& process) {
    process.append("a", {40});
    process.append("a", {700});
    process.append("b", {40, 5000, 90});
    process.append("a", {40, 40});
  }));
}

}  // namespace
}  // namespace everturn
