// SPDX-License-Identifier: Apache-2.0
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, RewindTakesOffAndUndeletePutsBack) {
  append(kKey, texts(1, 5));
  const Rewound rewound = value_of(store().rewind(kKey, position_of(kKey, 2)));
  EXPECT_EQ(rewound.removed_records, 3U);
  EXPECT_EQ(rewound.version, version(kKey));
  EXPECT_EQ(records(kKey), texts(1, 2));
  restart();
  EXPECT_EQ(records(kKey), texts(1, 2));
  EXPECT_TRUE(store().undelete(rewound.trash_id).ok());
  EXPECT_EQ(records(kKey), texts(1, 5));
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, RewoundRecordsAreListedInTheTrash) {
  append(kKey, texts(1, 5));
  const Rewound rewound = value_of(store().rewind(kKey, position_of(kKey, 2)));
  const std::vector<TrashEntry> trash = value_of(store().trash());
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0].id, rewound.trash_id);
  EXPECT_EQ(trash[0].key, kKey);
  EXPECT_EQ(trash[0].kind, TrashKind::records);
  EXPECT_EQ(trash[0].records, 3U);
  EXPECT_GE(trash[0].bytes, 3 * text(1).size());
  EXPECT_TRUE(store().purge(rewound.trash_id).ok());
  EXPECT_EQ(code_of(store().undelete(rewound.trash_id)), Code::not_found);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, PopTakesTheLast) {
  append(kKey, texts(1, 5));
  EXPECT_EQ(value_of(store().pop(kKey, 1)).removed_records, 1U);
  EXPECT_EQ(records(kKey), texts(1, 4));
  const Rewound two = value_of(store().pop(kKey, 2, expecting(version(kKey))));
  EXPECT_EQ(two.removed_records, 2U);
  EXPECT_EQ(two.version, version(kKey));
  EXPECT_EQ(records(kKey), texts(1, 2));
  EXPECT_TRUE(store().undelete(two.trash_id).ok());
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, PopOfMoreThanThereIsTakesAll) {
  append(kKey, texts(1, 3));
  const Rewound all = value_of(store().pop(kKey, 1000));
  EXPECT_EQ(all.removed_records, 3U);
  EXPECT_EQ(records(kKey), Texts());
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
  EXPECT_TRUE(store().undelete(all.trash_id).ok());
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, RewindToTheBeginningTakesAll) {
  append(kKey, texts(1, 3));
  EXPECT_EQ(value_of(store().rewind(kKey, Position())).removed_records, 3U);
  EXPECT_EQ(records(kKey), Texts());
  append(kKey, {text(4)});
  EXPECT_EQ(records(kKey), texts(4, 4));
}

TEST_P(StoreContract, RewindOfNothingChangesNothing) {
  const Appended before = append(kKey, texts(1, 3));
  const Rewound none = value_of(store().rewind(kKey, before.end));
  EXPECT_EQ(none.removed_records, 0U);
  EXPECT_EQ(none.trash_id, "");
  EXPECT_EQ(none.version, before.version);
  EXPECT_EQ(value_of(store().pop(kKey, 0)).version, before.version);
  EXPECT_EQ(version(kKey), before.version);
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, RewindOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(store().rewind(kKey, Position())), Code::not_found);
  EXPECT_EQ(code_of(store().pop(kKey, 1)), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, UndeleteOfRecordsAfterAnAppendIsConflict) {
  append(kKey, texts(1, 5));
  const Rewound rewound = value_of(store().pop(kKey, 3));
  append(kKey, {text(9)});
  EXPECT_EQ(code_of(store().undelete(rewound.trash_id)), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 2) + texts(9, 9));
  EXPECT_EQ(trash_size(), 1U);
}

TEST_P(StoreContract, UndeleteOfRecordsOfADeletedSessionIsConflict) {
  append(kKey, texts(1, 5));
  const Rewound rewound = value_of(store().pop(kKey, 3));
  remove(kKey);
  EXPECT_EQ(code_of(store().undelete(rewound.trash_id)), Code::conflict);
  EXPECT_EQ(keys(), Texts());
  EXPECT_EQ(trash_size(), 2U);
}

TEST_P(StoreContract, PositionTakenOffIsNeverAnotherRecord) {
  const Appended before = append(kKey, texts(1, 6));
  const Position middle = position_of(kKey, 4);
  value_of(store().pop(kKey, 4));
  EXPECT_EQ(code_of(read_from(store(), kKey, from(before.end))), Code::conflict);
  append(kKey, {long_text(1, 10)});
  append(kKey, texts(3, 9));
  for (const Position& stale : {middle, before.last, before.end}) {
    EXPECT_EQ(code_of(read_from(store(), kKey, from(stale))), Code::conflict);
  }
}

TEST_P(StoreContract, VersionBeforeARewindIsConflict) {
  const Version before = append(kKey, texts(1, 3)).version;
  value_of(store().pop(kKey, 1));
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(9)}, expecting(before))), Code::conflict);
  append(kKey, {text(4)});
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(9)}, expecting(before))), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 2) + texts(4, 4));
}

TEST_P(StoreContract, MetadataSurvivesARewind) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  append(kKey, texts(4, 6));
  set_metadata(kKey, R"({"title":"b"})");
  value_of(store().rewind(kKey, position_of(kKey, 1)));
  EXPECT_EQ(records(kKey), texts(1, 1));
  EXPECT_EQ(values(kKey), R"({"title":"b"})");
}

TEST_P(StoreContract, WriterGoesOnBehindARewind) {
  const auto writer = open_writer(kKey);
  value_of(append_to(*writer, texts(1, 4)));
  value_of(store().pop(kKey, 2));
  value_of(append_to(*writer, {text(3)}));
  EXPECT_EQ(records(kKey), texts(1, 3));
}

}  // namespace
}  // namespace everturn::contract
