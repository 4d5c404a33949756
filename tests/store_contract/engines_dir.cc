// SPDX-License-Identifier: Apache-2.0
// The folder engine: on the disk in memory, and on a real one.
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "fs/sim_fs.h"
#include "store/engine.h"
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

class SimulatedFixture : public EngineFixture {
 public:
  std::shared_ptr<Store> open(const StoreOptions& options) override {
    return std::make_shared<Store>(value_of(open_dir_engine(disk_, "/store", options)));
  }

 private:
  SimFs disk_;
};

class FolderFixture : public EngineFixture {
 public:
  FolderFixture() {
    std::string path = std::filesystem::temp_directory_path() / "everturn-contract-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) ADD_FAILURE() << "no temporary folder at " << path;
    path_ = path;
  }
  ~FolderFixture() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FolderFixture(const FolderFixture&) = delete;
  FolderFixture& operator=(const FolderFixture&) = delete;

  std::shared_ptr<Store> open(const StoreOptions& options) override {
    return value_of(open_store("dir:" + path_ + "/store", options));
  }

 private:
  std::string path_;
};

EngineUnderTest simulated_folder() {
  return {"SimulatedFolder", [] { return std::make_unique<SimulatedFixture>(); }};
}

EngineUnderTest real_folder() {
  return {"RealFolder", [] { return std::make_unique<FolderFixture>(); }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Folder, StoreContract, testing::Values(simulated_folder(), real_folder()),
                         name_of);

}  // namespace everturn::contract
