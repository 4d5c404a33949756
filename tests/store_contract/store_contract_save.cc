// SPDX-License-Identifier: Apache-2.0
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, SaveReplacesAllRecords) {
  append(kKey, texts(1, 5));
  const Appended reply = replace(kKey, texts(11, 13));
  EXPECT_EQ(reply.records, 3U);
  EXPECT_EQ(reply.version, version(kKey));
  EXPECT_EQ(reply.first, position_of(kKey, 0));
  EXPECT_EQ(reply.last, position_of(kKey, 2));
  EXPECT_EQ(records(kKey), texts(11, 13));
  restart();
  EXPECT_EQ(records(kKey), texts(11, 13));
}

TEST_P(StoreContract, SaveOfNothingLeavesAnEmptySession) {
  append(kKey, texts(1, 5));
  const Appended reply = replace(kKey, {});
  EXPECT_EQ(reply.version, version(kKey));
  EXPECT_NE(version(kKey), Version::none());
  EXPECT_EQ(records(kKey), Texts());
  append(kKey, {text(6)}, expecting(reply.version));
  EXPECT_EQ(records(kKey), texts(6, 6));
}

TEST_P(StoreContract, SaveOfANewSessionCreatesIt) {
  save(kKey, texts(1, 2), expecting(Version::none()));
  save(kOtherKey, texts(3, 4), {});
  EXPECT_EQ(records(kKey), texts(1, 2));
  EXPECT_EQ(records(kOtherKey), texts(3, 4));
}

TEST_P(StoreContract, SaveHonoursCreate) {
  EXPECT_EQ(code_of(save_to(store(), kKey, {text(1)}, creating(Create::never))), Code::not_found);
  save(kKey, {text(1)}, creating(Create::must));
  WriteOptions must = expecting(Version::none());
  must.create = Create::must;
  EXPECT_EQ(code_of(save_to(store(), kKey, {text(2)}, must)), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, SaveOverASessionThatMustNotExistIsConflict) {
  append(kKey, {text(1)});
  EXPECT_EQ(code_of(save_to(store(), kKey, {text(2)}, expecting(Version::none()))), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, SaveWithoutExpectedIsRefused) {
  append(kKey, {text(1)});
  EXPECT_EQ(code_of(save_to(store(), kKey, {text(2)}, {})), Code::invalid);
  EXPECT_EQ(code_of(save_merging_to(store(), kKey, {text(2)}, {})), Code::invalid);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, SaveOfASessionThatIsGoneIsConflict) {
  const Version before = append(kKey, {text(1)}).version;
  remove(kKey);
  EXPECT_EQ(code_of(save_to(store(), kKey, {text(2)}, expecting(before))), Code::conflict);
  EXPECT_EQ(code_of(save_merging_to(store(), kKey, {text(2)}, expecting(before))), Code::conflict);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, TwoManagersThatLoadChangeAndSaveCannotEraseEachOther) {
  append(kKey, texts(1, 2));
  const std::shared_ptr<Store> other = open_another();
  const Version mine = version(kKey);
  const Version theirs = value_of(other->version(kKey));
  EXPECT_EQ(mine, theirs);
  save(kKey, texts(1, 3), expecting(mine));
  const Texts changed = texts(1, 2) + texts(9, 9);
  EXPECT_EQ(code_of(save_to(*other, kKey, changed, expecting(theirs))), Code::conflict);
  EXPECT_EQ(value_of(read_from(*other, kKey)), texts(1, 3));
}

TEST_P(StoreContract, SaveMergingAppendsBehindTheirs) {
  const Version loaded = append(kKey, texts(1, 2)).version;
  append(kKey, {text(7)});
  const Texts mine = texts(1, 4);
  const Appended reply = value_of(save_merging_to(store(), kKey, mine, expecting(loaded)));
  EXPECT_EQ(records(kKey), texts(1, 2) + texts(7, 7) + texts(3, 4));
  EXPECT_EQ(reply.records, 4U);
  EXPECT_EQ(reply.already_there, 2U);
  EXPECT_EQ(reply.version, version(kKey));
  EXPECT_EQ(records(kKey, from(reply.end)), Texts());
}

TEST_P(StoreContract, SaveMergingWithoutOthersIsASave) {
  Version loaded = append(kKey, texts(1, 2)).version;
  loaded = value_of(save_merging_to(store(), kKey, texts(1, 3), expecting(loaded))).version;
  EXPECT_EQ(records(kKey), texts(1, 3));
  value_of(save_merging_to(store(), kKey, texts(5, 6), expecting(loaded)));
  EXPECT_EQ(records(kKey), texts(5, 6));
  value_of(save_merging_to(store(), kOtherKey, texts(1, 2), {}));
  EXPECT_EQ(records(kOtherKey), texts(1, 2));
}

TEST_P(StoreContract, SaveMergingOfWhatWasLoadedKeepsTheirs) {
  const Version loaded = append(kKey, texts(1, 2)).version;
  append(kKey, {text(3)});
  value_of(save_merging_to(store(), kKey, texts(1, 2), expecting(loaded)));
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, SaveMergingOfAnEditedPastIsConflict) {
  const Version loaded = append(kKey, texts(1, 2)).version;
  append(kKey, {text(7)});
  for (const Texts& edited : {texts(2, 4), texts(1, 1), Texts()}) {
    EXPECT_EQ(code_of(save_merging_to(store(), kKey, edited, expecting(loaded))), Code::conflict);
  }
  EXPECT_EQ(records(kKey), texts(1, 2) + texts(7, 7));
}

TEST_P(StoreContract, SaveMergingAfterTheirRewriteIsConflict) {
  const Version loaded = append(kKey, texts(1, 2)).version;
  replace(kKey, texts(1, 3));
  EXPECT_EQ(code_of(save_merging_to(store(), kKey, texts(1, 4), expecting(loaded))),
            Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, PositionBeforeARewriteIsConflict) {
  const Appended before = append(kKey, texts(1, 4));
  replace(kKey, texts(1, 8));
  for (const Position& stale : {before.first, before.last, before.end}) {
    EXPECT_EQ(code_of(read_from(store(), kKey, from(stale))), Code::conflict);
    EXPECT_EQ(code_of(store().rewind(kKey, stale)), Code::conflict);
    EXPECT_EQ(code_of(store().fork(kKey, kOtherKey, stale)), Code::conflict);
  }
  EXPECT_EQ(records(kKey, from(Position())), texts(1, 8));
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
}

TEST_P(StoreContract, PositionOfADeletedSessionDoesNotFitItsSuccessor) {
  const Appended before = append(kKey, texts(1, 4));
  remove(kKey);
  append(kKey, texts(11, 18));
  EXPECT_EQ(code_of(read_from(store(), kKey, from(before.last))), Code::conflict);
}

TEST_P(StoreContract, WriterFollowsASave) {
  const auto writer = open_writer(kKey);
  value_of(append_to(*writer, texts(1, 2)));
  replace(kKey, texts(11, 12));
  value_of(append_to(*writer, {text(13)}));
  EXPECT_EQ(records(kKey), texts(11, 13));
}

TEST_P(StoreContract, SaveKeepsMetadata) {
  append(kKey, texts(1, 2));
  const Metadata before = set_metadata(kKey, R"({"title":"a","tags":[1,2]})");
  replace(kKey, texts(3, 4));
  const Metadata after = metadata(kKey);
  EXPECT_EQ(after.key, kKey);
  EXPECT_EQ(after.values, before.values);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(after.last_consolidated, before.last_consolidated);
}

}  // namespace
}  // namespace everturn::contract
