// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <thread>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, WatchGivesEachRecordOnce) {
  append(kKey, texts(1, 2));
  const auto watching = watch(kKey);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(1, 2));
  append(kKey, {text(3)});
  append(kKey, texts(4, 5));
  while (seen.size() < 5 && !HasFailure()) next_event(*watching, &seen);
  EXPECT_EQ(seen, texts(1, 5));
}

TEST_P(StoreContract, WatchWithNothingNewTimesOut) {
  const Appended all = append(kKey, texts(1, 2));
  const auto watching = watch(kKey, all.end);
  const auto none = [](const Record&) { return true; };
  EXPECT_EQ(value_of(watching->next(std::chrono::milliseconds(0), none)), WatchEvent::timeout);
  EXPECT_EQ(value_of(watching->next(std::chrono::milliseconds(3), none)), WatchEvent::timeout);
  EXPECT_EQ(watching->position(), all.end);
}

TEST_P(StoreContract, WatchFromAPositionGivesWhatComesBehind) {
  const Appended two = append(kKey, texts(1, 2));
  append(kKey, {text(3)});
  const auto watching = watch(kKey, two.end);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(3, 3));
  EXPECT_EQ(watching->position(), append(kKey, {text(4)}).first);
}

TEST_P(StoreContract, WatchWakesForARecordOfAnotherThread) {
  const Appended one = append(kKey, {text(1)});
  const auto watching = watch(kKey, one.end);
  std::thread writer([this] { append(kKey, {text(2)}); });
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  writer.join();
  EXPECT_EQ(seen, texts(2, 2));
}

TEST_P(StoreContract, WatchSeesWhatAnotherStoreWrites) {
  append(kKey, {text(1)});
  const std::shared_ptr<Store> other = open_another();
  const auto watching = watch(kKey);
  value_of(append_to(*other, kKey, {text(2)}));
  Texts seen;
  while (seen.size() < 2 && !HasFailure()) next_event(*watching, &seen);
  EXPECT_EQ(seen, texts(1, 2));
}

TEST_P(StoreContract, WatchPassesOverMetadata) {
  const Appended one = append(kKey, {text(1)});
  const auto watching = watch(kKey, one.end);
  set_metadata(kKey, R"({"title":"a"})");
  append(kKey, {text(2)});
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(2, 2));
}

TEST_P(StoreContract, WatchStopsWhereTheSinkSaysSo) {
  append(kKey, texts(1, 3));
  const auto watching = watch(kKey);
  const auto one_only = [](const Record&) { return false; };
  EXPECT_EQ(value_of(watching->next(std::chrono::milliseconds(0), one_only)), WatchEvent::records);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(2, 3));
}

TEST_P(StoreContract, WatchTellsResetAndRemoved) {
  append(kKey, texts(1, 3));
  const auto watching = watch(kKey);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  replace(kKey, texts(11, 12));
  seen.clear();
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::reset);
  EXPECT_EQ(seen, Texts());
  EXPECT_EQ(watching->position(), Position());
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(11, 12));
  remove(kKey);
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::removed);
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::removed);
}

TEST_P(StoreContract, WatchTellsResetAfterARewind) {
  append(kKey, texts(1, 3));
  const auto watching = watch(kKey);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  value_of(store().pop(kKey, 1));
  append(kKey, texts(4, 6));
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::reset);
  seen.clear();
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(1, 2) + texts(4, 6));
}

TEST_P(StoreContract, WatchTellsRemovedAfterARename) {
  const Appended one = append(kKey, {text(1)});
  const auto watching = watch(kKey, one.end);
  value_of(store().rename(kKey, kOtherKey));
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::removed);
  EXPECT_EQ(seen, Texts());
}

TEST_P(StoreContract, WatchFromBeforeARewriteBeginsWithReset) {
  const Appended before = append(kKey, texts(1, 3));
  replace(kKey, texts(11, 12));
  const auto watching = watch(kKey, before.end);
  Texts seen;
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::reset);
  EXPECT_EQ(next_event(*watching, &seen), WatchEvent::records);
  EXPECT_EQ(seen, texts(11, 12));
}

TEST_P(StoreContract, WatchOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(store().watch(kKey)), Code::not_found);
}

TEST_P(StoreContract, WatchWhileEightHundredRecordsComeMissesNone) {
  append(kKey, {text(0)});
  const auto watching = watch(kKey);
  std::thread writer([this] {
    const auto appending = open_writer(kKey);
    WriteOptions how;
    how.durability.level = Level::kernel;
    for (int number = 1; number <= 800; ++number) {
      value_of(append_to(*appending, {text(number)}, how));
    }
  });
  Texts seen;
  while (seen.size() < 801 && !HasFailure()) {
    if (next_event(*watching, &seen) != WatchEvent::records) ADD_FAILURE() << "no records came";
  }
  writer.join();
  EXPECT_EQ(seen, texts(0, 800));
}

// Does the watch tell of this session? Or that any may have changed, which is also true.
bool tells_of(StoreWatch& watching, std::string_view key) {
  bool told = false;
  for (int i = 0; i < 300 && !told; ++i) {
    value_of(watching.next(std::chrono::milliseconds(100), [&](std::string_view changed) {
      told = told || changed == key || changed.empty();
    }));
  }
  return told;
}

TEST_P(StoreContract, WatchOfTheStoreTellsWhatIsWrittenMadeAndRemoved) {
  append(kKey, {text(1)});
  const auto watching = value_of(store().watch_all());
  append(kKey, {text(2)});
  EXPECT_TRUE(tells_of(*watching, kKey));
  append("other", {text(1)});
  EXPECT_TRUE(tells_of(*watching, "other"));
  remove("other");
  EXPECT_TRUE(tells_of(*watching, "other"));
}

TEST_P(StoreContract, WatchOfAStoreThatIsNotThereYetTellsOfItsFirstSession) {
  const auto watching = value_of(store().watch_all());
  append(kKey, {text(1)});
  EXPECT_TRUE(tells_of(*watching, kKey));
}

TEST_P(StoreContract, WatchOfTheStoreWithNothingNewTimesOut) {
  append(kKey, {text(1)});
  const auto watching = value_of(store().watch_all());
  const auto fails = [](std::string_view key) { ADD_FAILURE() << key; };
  EXPECT_FALSE(value_of(watching->next(std::chrono::milliseconds(3), fails)));
}

TEST_P(StoreContract, WatchOfTheStoreSeesWhatAnotherStoreWrites) {
  append(kKey, {text(1)});
  const std::shared_ptr<Store> other = open_another();
  const auto watching = value_of(store().watch_all());
  value_of(append_to(*other, kKey, {text(2)}));
  EXPECT_TRUE(tells_of(*watching, kKey));
}

TEST_P(StoreContract, WatchTurnsWhatACallerThrowsIntoAStatus) {
  append(kKey, {text(1)});
  const auto following = value_of(store().watch(kKey, {}));
  const auto watching = value_of(store().watch_all());
  append(kKey, {text(2)});
  const auto fails = [](const auto&) -> bool { throw std::runtime_error("by the caller"); };
  EXPECT_EQ(following->next(std::chrono::seconds(30), fails).status().code(), Code::io);
  EXPECT_EQ(watching->next(std::chrono::seconds(30), fails).status().code(), Code::io);
}

}  // namespace
}  // namespace everturn::contract
