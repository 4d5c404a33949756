// SPDX-License-Identifier: Apache-2.0
// Records that are legal and that nanobot cannot read: kept, and told where somebody asks. The
// command line refuses them with `append --for nanobot` (tests/cli); the real nanobot says what it
// makes of them in tests/nanobot.
#include <gtest/gtest.h>

#include <string>

#include "store/test_help.h"
#include "views/nanobot_limits.h"

namespace everturn {
namespace {

std::string nested(std::size_t depth) {
  return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

class NanobotLimits : public SimStoreTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(NanobotLimits, LegalRecordIsKeptAndItsTroubleIsTold) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {GetParam(), text(2)}).ok());
  EXPECT_EQ(load(*open(), kKey).records, (Texts{GetParam(), text(2)}));
  const Status told = check_nanobot_can_read(GetParam());
  EXPECT_EQ(told.code(), Code::invalid);
  EXPECT_NE(told.message(), "");
}

INSTANTIATE_TEST_SUITE_P(Records, NanobotLimits,
                         ::testing::Values(nested(2000), R"({"a":)" + std::string(5000, '9') + "}",
                                           R"({"a":"\ud800"})"));

}  // namespace
}  // namespace everturn
