// SPDX-License-Identifier: Apache-2.0
// What only the memory engine promises; the rest is in tests/store_contract.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/engine.h"

namespace everturn {
namespace {

std::unique_ptr<Store> open_memory(const StoreOptions& options = {}) {
  Result<std::unique_ptr<Engine>> engine = open_memory_engine(options);
  EXPECT_TRUE(engine.ok());
  return std::make_unique<Store>(*std::move(engine));
}

std::vector<std::string> records_of(Store& store, std::string_view key) {
  std::vector<std::string> all;
  const auto report = store.read(key, {}, [&all](const Record& record) {
    all.emplace_back(record.bytes);
    return true;
  });
  EXPECT_TRUE(report.ok());
  return all;
}

TEST(MemoryStore, TwoStoresShareNothing) {
  const auto one = open_memory();
  const auto other = open_memory();
  ASSERT_TRUE(one->append("a", {"{}"}).ok());
  EXPECT_EQ(other->list()->size(), 0U);
}

TEST(MemoryStore, PositionAndTrashIdOfAnotherStoreDoNotFit) {
  const auto one = open_memory();
  const auto other = open_memory();
  const auto position = one->append("a", {"{}"})->last;
  ASSERT_TRUE(other->append("a", {"{}"}).ok());
  EXPECT_EQ(other->rewind("a", position).status().code(), Code::conflict);
  const auto entry = one->remove("a");
  ASSERT_TRUE(other->remove("a").ok());
  EXPECT_EQ(other->purge(entry->id).code(), Code::not_found);
}

TEST(MemoryStore, StoreForReadingRefusesEveryWrite) {
  StoreOptions options;
  options.read_only = true;
  const auto store = open_memory(options);
  EXPECT_EQ(store->append("a", {"{}"}).status().code(), Code::invalid);
  EXPECT_EQ(store->open_writer("a").status().code(), Code::invalid);
  EXPECT_EQ(store->save("a", {}, {}).status().code(), Code::invalid);
  EXPECT_EQ(store->update_metadata("a", {}).status().code(), Code::invalid);
  EXPECT_EQ(store->remove("a").status().code(), Code::invalid);
  EXPECT_EQ(store->purge("1").code(), Code::invalid);
  EXPECT_EQ(store->adopt().code(), Code::invalid);
  EXPECT_TRUE(store->info()->read_only);
  EXPECT_EQ(store->list()->size(), 0U);
}

TEST(MemoryStore, WriterAndWatchOutliveTheStore) {
  auto store = open_memory();
  const auto writer = store->open_writer("a");
  ASSERT_TRUE((*writer)->append(std::vector<std::string_view>{"{}"}, {}).ok());
  const auto watch = store->watch("a");
  store.reset();
  const auto event =
      (*watch)->next(std::chrono::milliseconds(0), [](const Record&) { return true; });
  EXPECT_EQ(*event, WatchEvent::records);
  EXPECT_TRUE((*writer)->append(std::vector<std::string_view>{"{}"}, {}).ok());
}

TEST(MemoryStore, RewindsAreUndoneNewestFirst) {
  const auto store = open_memory();
  const Version before = store->append("a", {R"({"n":1})", R"({"n":2})", R"({"n":3})"})->version;
  const auto first = store->pop("a", 1);
  const auto second = store->pop("a", 1);
  EXPECT_EQ(store->undelete(first->trash_id).code(), Code::conflict);
  EXPECT_TRUE(store->undelete(second->trash_id).ok());
  EXPECT_TRUE(store->undelete(first->trash_id).ok());
  EXPECT_EQ(records_of(*store, "a").size(), 3U);
  EXPECT_EQ(*store->version("a"), before);
}

TEST(MemoryStore, InfoWarnsThatNothingIsKept) {
  const auto info = open_memory()->info();
  EXPECT_EQ(info->engine, "memory");
  EXPECT_EQ(info->url, "memory:");
  EXPECT_EQ(info->warnings.size(), 1U);
}

}  // namespace
}  // namespace everturn
