// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "store/engine.h"
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

class MemoryFixture : public EngineFixture {
 public:
  std::shared_ptr<Store> open(const StoreOptions& options) override {
    if (!store_) store_ = std::make_shared<Store>(value_of(open_memory_engine(options)));
    return store_;
  }

 private:
  std::shared_ptr<Store> store_;
};

EngineUnderTest memory_engine() { return {"Memory", make_reference}; }

}  // namespace

std::unique_ptr<EngineFixture> make_reference() { return std::make_unique<MemoryFixture>(); }

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(memory_engine()), name_of);

}  // namespace everturn::contract
