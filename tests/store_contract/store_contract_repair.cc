// SPDX-License-Identifier: Apache-2.0
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, HealthySessionHasNothingToRepair) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  const std::string before = raw(kKey);
  EXPECT_FALSE(value_of(store().plan_repair(kKey)).has_work());
  const RepairReport report = value_of(store().repair(kKey));
  EXPECT_FALSE(report.has_work());
  EXPECT_EQ(report.receipt_id, "");
  EXPECT_EQ(raw(kKey), before);
  EXPECT_TRUE(value_of(store().receipts()).empty());
}

TEST_P(StoreContract, RepairOfAMissingSessionIsNotFound) {
  append(kOtherKey, {text(1)});
  EXPECT_EQ(code_of(store().plan_repair(kKey)), Code::not_found);
  EXPECT_EQ(code_of(store().repair(kKey)), Code::not_found);
  EXPECT_EQ(code_of(store().undo_repair("0123456789abcdef")), Code::not_found);
}

}  // namespace
}  // namespace everturn::contract
