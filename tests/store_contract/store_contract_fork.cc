// SPDX-License-Identifier: Apache-2.0
// Fork and rename.
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, ForkHasExactlyTheRecordsBefore) {
  append(kKey, texts(1, 5));
  const Version forked = value_of(store().fork(kKey, kOtherKey, position_of(kKey, 3)));
  EXPECT_EQ(forked, version(kOtherKey));
  EXPECT_EQ(records(kOtherKey), texts(1, 3));
  restart();
  EXPECT_EQ(records(kOtherKey), texts(1, 3));
  EXPECT_EQ(metadata(kOtherKey).key, kOtherKey);
}

TEST_P(StoreContract, ForkWithoutAPositionHasEverything) {
  append(kKey, texts(1, 5));
  set_metadata(kKey, R"({"title":"a"})");
  value_of(store().fork(kKey, kOtherKey));
  EXPECT_EQ(records(kOtherKey), texts(1, 5));
  EXPECT_EQ(values(kOtherKey), R"({"title":"a"})");
}

TEST_P(StoreContract, ForkAtTheBeginningIsEmpty) {
  append(kKey, texts(1, 5));
  value_of(store().fork(kKey, kOtherKey, Position()));
  EXPECT_EQ(records(kOtherKey), Texts());
  EXPECT_EQ(keys().size(), 2U);
}

TEST_P(StoreContract, ForkDoesNotTouchTheSource) {
  append(kKey, texts(1, 5));
  const Version before = version(kKey);
  const std::string bytes = raw(kKey);
  value_of(store().fork(kKey, kOtherKey, position_of(kKey, 2)));
  append(kOtherKey, {text(9)});
  EXPECT_EQ(version(kKey), before);
  EXPECT_EQ(raw(kKey), bytes);
  append(kKey, {text(6)});
  EXPECT_EQ(records(kOtherKey), texts(1, 2) + texts(9, 9));
}

TEST_P(StoreContract, ForkBehindTheEndIsConflict) {
  const Appended all = append(kKey, texts(1, 5));
  Position behind = all.end;
  behind.offset += 1'000'000;
  EXPECT_EQ(code_of(store().fork(kKey, kOtherKey, behind)), Code::conflict);
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
}

TEST_P(StoreContract, ForkAtAPositionOfAnotherSessionIsConflict) {
  append(kKey, texts(1, 5));
  const Appended other = append(kOtherKey, texts(1, 3));
  EXPECT_EQ(code_of(store().fork(kKey, "new", other.last)), Code::conflict);
  EXPECT_EQ(keys().size(), 2U);
}

TEST_P(StoreContract, ForkOntoATakenKeyIsConflict) {
  append(kKey, {text(1)});
  append(kOtherKey, {text(2)});
  EXPECT_EQ(code_of(store().fork(kKey, kOtherKey)), Code::conflict);
  EXPECT_EQ(code_of(store().fork(kKey, kKey)), Code::conflict);
  EXPECT_EQ(records(kOtherKey), texts(2, 2));
}

TEST_P(StoreContract, ForkOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(store().fork(kKey, kOtherKey)), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, RenameKeepsRecordsAndMetadata) {
  append(kKey, texts(1, 3));
  const Metadata before = set_metadata(kKey, R"({"title":"a"})");
  const Version renamed = value_of(store().rename(kKey, kOtherKey));
  EXPECT_EQ(renamed, version(kOtherKey));
  EXPECT_EQ(keys(), Texts{std::string(kOtherKey)});
  restart();
  EXPECT_EQ(records(kOtherKey), texts(1, 3));
  const Metadata after = metadata(kOtherKey);
  EXPECT_EQ(after.key, kOtherKey);
  EXPECT_EQ(after.values, before.values);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(version(kKey), Version::none());
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, RenameOntoATakenKeyIsConflict) {
  append(kKey, {text(1)});
  append(kOtherKey, {text(2)});
  EXPECT_EQ(code_of(store().rename(kKey, kOtherKey)), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 1));
  EXPECT_EQ(records(kOtherKey), texts(2, 2));
}

TEST_P(StoreContract, RenameOntoItselfIsInvalid) {
  append(kKey, {text(1)});
  EXPECT_EQ(code_of(store().rename(kKey, kKey)), Code::invalid);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, RenameOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(store().rename(kKey, kOtherKey)), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, RenamedSessionGoesOnAndTheOldKeyIsFree) {
  append(kKey, texts(1, 2));
  value_of(store().rename(kKey, kOtherKey));
  append(kOtherKey, {text(3)});
  append(kKey, {text(9)}, expecting(Version::none()));
  EXPECT_EQ(records(kOtherKey), texts(1, 3));
  EXPECT_EQ(records(kKey), texts(9, 9));
}

TEST_P(StoreContract, WriterOfARenamedSessionAnswersNotFound) {
  const auto writer = open_writer(kKey);
  value_of(append_to(*writer, {text(1)}));
  value_of(store().rename(kKey, kOtherKey));
  EXPECT_EQ(code_of(append_to(*writer, {text(2)})), Code::not_found);
  EXPECT_EQ(keys(), Texts{std::string(kOtherKey)});
  EXPECT_EQ(records(kOtherKey), texts(1, 1));
}

}  // namespace
}  // namespace everturn::contract
