// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, NewSessionHasMetadata) {
  append(kKey, {text(1)});
  const Metadata fresh = metadata(kKey);
  EXPECT_EQ(fresh.key, kKey);
  EXPECT_EQ(compact(fresh.values), "{}");
  EXPECT_EQ(fresh.last_consolidated, 0);
  EXPECT_NE(fresh.created_at, "");
  EXPECT_NE(fresh.updated_at, "");
  EXPECT_EQ(fresh.version, version(kKey));
}

TEST_P(StoreContract, MetadataOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(store().metadata(kKey)), Code::not_found);
  EXPECT_EQ(code_of(store().update_metadata(kKey, {}, creating(Create::never))), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, MetadataOfANewSessionCreatesIt) {
  set_metadata(kKey, R"({"title":"a"})");
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
  EXPECT_EQ(records(kKey), Texts());
  EXPECT_EQ(values(kKey), R"({"title":"a"})");
}

TEST_P(StoreContract, MetadataMergesAndKeepsUnknownMembers) {
  append(kKey, {text(1)});
  set_metadata(kKey, R"({"title":"a","unknown":{"x":[1.10]},"tags":[]})");
  const Metadata changed = set_metadata(kKey, R"({"title":"b","tags":null,"more":"c"})");
  EXPECT_EQ(compact(changed.values), R"({"title":"b","unknown":{"x":[1.10]},"more":"c"})");
  EXPECT_EQ(metadata(kKey).values, changed.values);
}

TEST_P(StoreContract, LastConsolidatedChangesOnlyWhenGiven) {
  append(kKey, texts(1, 3));
  MetadataChange change;
  change.last_consolidated = 2;
  EXPECT_EQ(value_of(store().update_metadata(kKey, change)).last_consolidated, 2);
  set_metadata(kKey, R"({"title":"a"})");
  EXPECT_EQ(metadata(kKey).last_consolidated, 2);
  EXPECT_EQ(values(kKey), R"({"title":"a"})");
}

TEST_P(StoreContract, MetadataSurvivesAppends) {
  append(kKey, {text(1)});
  const Metadata before = set_metadata(kKey, R"({"title":"a"})");
  for (int number = 2; number <= 40; ++number) append(kKey, {text(number)});
  restart();
  const Metadata after = metadata(kKey);
  EXPECT_EQ(after.values, before.values);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(after.version, version(kKey));
}

TEST_P(StoreContract, MetadataUpdateTellsTheVersionAfterIt) {
  append(kKey, {text(1)});
  const Metadata changed = set_metadata(kKey, R"({"title":"a"})");
  EXPECT_EQ(changed.version, version(kKey));
  append(kKey, {text(2)}, expecting(changed.version));
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, StaleMetadataUpdateIsConflict) {
  const Version stale = append(kKey, {text(1)}).version;
  const Version now = set_metadata(kKey, R"({"title":"a"})").version;
  MetadataChange change;
  change.merge = R"({"title":"b"})";
  EXPECT_EQ(code_of(store().update_metadata(kKey, change, expecting(stale))), Code::conflict);
  EXPECT_EQ(values(kKey), R"({"title":"a"})");
  EXPECT_EQ(compact(value_of(store().update_metadata(kKey, change, expecting(now))).values),
            R"({"title":"b"})");
}

TEST_P(StoreContract, BadMetadataIsRefusedAndNothingChanges) {
  append(kKey, {text(1)});
  const Version before = version(kKey);
  for (const char* bad :
       {"", "[]", "null", "{", "{\"a\":1", "{} x", "{\"a\":\n1}", "{\"a\":\"\xFF\"}"}) {
    MetadataChange change;
    change.merge = bad;
    EXPECT_EQ(code_of(store().update_metadata(kKey, change)), Code::invalid) << bad;
  }
  EXPECT_EQ(version(kKey), before);
  EXPECT_EQ(values(kKey), "{}");
}

TEST_P(StoreContract, MetadataRecordsAreGivenOnlyOnRequest) {
  append(kKey, texts(1, 2));
  set_metadata(kKey, R"({"title":"a"})");
  ReadOptions how;
  how.with_metadata = true;
  std::vector<RecordKind> kinds;
  std::string newest;
  value_of(store().read(kKey, how, [&](const Record& record) {
    kinds.push_back(record.kind);
    if (record.kind == RecordKind::metadata) newest = record.bytes;
    return true;
  }));
  ASSERT_GE(kinds.size(), 3U);
  EXPECT_EQ(kinds.front(), RecordKind::metadata);
  EXPECT_EQ(compact(find_member(newest, "metadata").value_or("")), R"({"title":"a"})");
  EXPECT_EQ(find_member(newest, "_type"), R"("metadata")");
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, MetadataKeepsAnyTextAsItIs) {
  append(kKey, {text(1)});
  const std::string any =
      R"({"lone":"\ud800","huge":123456789012345678901234567890,"ü":"世界","a\"b":1.10})";
  set_metadata(kKey, any);
  restart();
  EXPECT_EQ(values(kKey), any);
}

TEST_P(StoreContract, KeyInTheMetadataIsTheKey) {
  for (const std::string key :
       {"a\"b\\c", "\xC3\xBC/\xE4\xB8\x96", " spaces ", "\xF0\x9F\x91\xA9"}) {
    append(key, {text(1)});
    EXPECT_EQ(metadata(key).key, key);
  }
}

}  // namespace
}  // namespace everturn::contract
