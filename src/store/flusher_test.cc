// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "store/test_help.h"

namespace everturn {
namespace {

using FlusherTest = SimStoreTest;

bool becomes_durable(const Writer& writer, const Position& end) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (writer.durable() < end) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Found by the crash lab: a full disk between an acknowledgement and its sync took the sync away.
TEST_F(FlusherTest, RecordsOfLevelIntervalAreSyncedAlthoughALaterWriteFailed) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(0)}).ok());
  const std::unique_ptr<Writer> writer = must(store->open_writer(kKey));
  WriteOptions how;
  how.durability = {Level::interval, std::chrono::milliseconds(100)};
  const Appended acknowledged = must(append_to(*writer, {text(1)}, how));
  disk_.set_free_bytes(0);
  EXPECT_EQ(code_of(append_to(*writer, {text(2)}, how)), Code::io);

  EXPECT_TRUE(becomes_durable(*writer, acknowledged.end));
  EXPECT_EQ(code_of(append_to(*writer, {text(3)}, how)), Code::io) << "the writer stays closed";
  disk_.cut_power();
  SimFs after = SimFs::from(disk_.power_cut().all_lost(), disk_.profile());
  EXPECT_EQ(load(*open_on(after), kKey).records, texts(0, 1));
}

}  // namespace
}  // namespace everturn
