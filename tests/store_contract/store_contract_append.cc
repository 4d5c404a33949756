// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

std::string nested(std::size_t depth) {
  return R"({"deep":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

// Legal, and what other programs refuse or rewrite.
Texts strange_records() {
  return {
      R"({})",
      R"({"lone surrogate":"\ud800","reversed":"\udc00\ud800"})",
      R"({"huge":123456789012345678901234567890,"tiny":-0,"infinite":1e999})",
      R"({"trailing zero":1.10,"exponent":1E+2})",
      R"({"twice":1,"twice":2})",
      R"({ "odd" :   [ 1 ,2 ] ,	"tab":true })",
      R"({"escaped":"\u0041\/\b\u0000"})",
      R"({"unicode":"Grüße, 世界, 👩‍🚀, é"})",
      R"({"line separators":"  "})",
      "{\"ends in\":\"carriage return\"}\r",
      nested(2000),
      R"({"_type":"metadata","key":"somebody else's","metadata":{}})",
  };
}

TEST_P(StoreContract, AppendedRecordsComeBackByteEqual) {
  append(kKey, strange_records());
  EXPECT_EQ(records(kKey), strange_records());
  restart();
  EXPECT_EQ(records(kKey), strange_records());
}

TEST_P(StoreContract, EachStrangeRecordComesBackFromABatchOfItsOwn) {
  for (const std::string& record : strange_records()) append(kKey, {record});
  EXPECT_EQ(records(kKey), strange_records());
}

TEST_P(StoreContract, BlanksAroundARecordStay) {
  const Texts blanks = {R"( {"a":1})", R"({"a":2}  )", "\t{\"a\":3}\t", R"({"a":4})"};
  for (const std::string& record : blanks) append(kKey, {record});
  EXPECT_EQ(records(kKey), blanks);
}

TEST_P(StoreContract, BlanksAroundARecordOfAPaddedWriterStay) {
  const Texts blanks = {text(1), R"( {"a":1})", R"({"a":2}  )", "\t{\"a\":3}\t", R"({"a":4})"};
  WriterOptions how;
  how.tail = Tail::padded;
  const auto writer = open_writer(kKey, how);
  for (const std::string& record : blanks) value_of(append_to(*writer, {record}));
  EXPECT_EQ(records(kKey), blanks);
}

TEST_P(StoreContract, BatchIsAcknowledgedWithFirstAndLastPosition) {
  append(kKey, texts(1, 2));
  const Appended reply = append(kKey, texts(3, 5));
  EXPECT_EQ(reply.records, 3U);
  EXPECT_EQ(reply.already_there, 0U);
  EXPECT_EQ(reply.reached, Level::power);
  EXPECT_EQ(reply.first, position_of(kKey, 2));
  EXPECT_EQ(reply.last, position_of(kKey, 4));
  EXPECT_EQ(records(kKey, from(reply.first)), texts(3, 5));
  EXPECT_EQ(records(kKey, from(reply.last)), texts(5, 5));
  EXPECT_EQ(records(kKey, from(reply.end)), Texts());
}

TEST_P(StoreContract, EndOfABatchIsWhereTheNextOneBegins) {
  const Appended one = append(kKey, texts(1, 2));
  append(kKey, texts(3, 4));
  EXPECT_EQ(records(kKey, from(one.end)), texts(3, 4));
}

TEST_P(StoreContract, AppendTellsTheVersionOfTheSession) {
  for (int number = 1; number <= 3; ++number) {
    const Version acknowledged = append(kKey, {text(number)}).version;
    EXPECT_EQ(acknowledged, version(kKey));
  }
}

TEST_P(StoreContract, VersionChangesWithEveryWrite) {
  std::set<std::string> seen;
  const auto is_new = [&] { return seen.insert(testing::PrintToString(version(kKey))).second; };
  EXPECT_TRUE(is_new());
  append(kKey, {text(1)});
  EXPECT_TRUE(is_new());
  append(kKey, {text(1)});
  EXPECT_TRUE(is_new());
  set_metadata(kKey, R"({"title":"a"})");
  EXPECT_TRUE(is_new());
  replace(kKey, texts(1, 3));
  EXPECT_TRUE(is_new());
  value_of(store().pop(kKey, 1));
  EXPECT_TRUE(is_new());
}

TEST_P(StoreContract, VersionStaysWhileNobodyWrites) {
  append(kKey, {text(1)});
  const Version before = version(kKey);
  append(kOtherKey, {text(1)});
  records(kKey);
  EXPECT_EQ(version(kKey), before);
  restart();
  EXPECT_EQ(version(kKey), before);
}

TEST_P(StoreContract, MissingSessionHasNoVersion) {
  EXPECT_EQ(version(kKey), Version::none());
  EXPECT_EQ(code_of(read_from(store(), kKey)), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, CreateNeverOfAMissingSessionIsNotFound) {
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(1)}, creating(Create::never))), Code::not_found);
  EXPECT_EQ(keys(), Texts());
  append(kKey, {text(1)});
  append(kKey, {text(2)}, creating(Create::never));
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, CreateMustOfATakenKeyIsConflict) {
  append(kKey, {text(1)}, creating(Create::must));
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(2)}, creating(Create::must))), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, EmptyBatchChangesNothing) {
  const Appended before = append(kKey, texts(1, 2));
  const Appended reply = append(kKey, {});
  EXPECT_EQ(reply.records, 0U);
  EXPECT_EQ(reply.version, before.version);
  EXPECT_EQ(version(kKey), before.version);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, EmptyBatchCreatesNothing) {
  EXPECT_EQ(append(kKey, {}).version, Version::none());
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, AcknowledgedRecordsAreThereAfterReopening) {
  for (int number = 1; number <= 20; ++number) append(kKey, {text(number)});
  restart();
  EXPECT_EQ(records(kKey), texts(1, 20));
  append(kKey, {text(21)});
  EXPECT_EQ(records(kKey), texts(1, 21));
}

TEST_P(StoreContract, WhatOneStoreWroteTheOtherReads) {
  const std::shared_ptr<Store> other = open_another();
  append(kKey, {text(1)});
  value_of(append_to(*other, kKey, {text(2)}));
  append(kKey, {text(3)});
  EXPECT_EQ(value_of(read_from(*other, kKey)), texts(1, 3));
}

TEST_P(StoreContract, EveryLevelOfDurabilityKeepsTheRecords) {
  int number = 0;
  for (const Level level : {Level::power, Level::kernel, Level::interval}) {
    WriteOptions how;
    how.durability = {level, std::chrono::milliseconds(level == Level::interval ? 5 : 0)};
    append(kKey, {text(++number)}, how);
  }
  EXPECT_TRUE(store().flush().ok());
  restart();
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, IntervalOutsideItsBoundsIsInvalid) {
  for (const int interval_ms : {0, 3'600'001}) {
    WriteOptions how;
    how.durability = {Level::interval, std::chrono::milliseconds(interval_ms)};
    EXPECT_EQ(code_of(append_to(store(), kKey, {text(1)}, how)), Code::invalid);
  }
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, LongRecordsAndLargeBatchesComeBack) {
  Texts all = {long_text(1, 3 << 20), text(2)};
  append(kKey, all);
  append(kKey, texts(1, 5000));
  EXPECT_EQ(records(kKey), all + texts(1, 5000));
}

TEST_P(StoreContract, WriterAppendsBesideTheStore) {
  const auto writer = open_writer(kKey);
  EXPECT_EQ(keys(), Texts());
  value_of(append_to(*writer, {text(1)}));
  append(kKey, {text(2)});
  const Appended reply = value_of(append_to(*writer, {text(3)}));
  EXPECT_EQ(records(kKey), texts(1, 3));
  EXPECT_EQ(writer->durable(), reply.end);
  EXPECT_TRUE(writer->close().ok());
}

TEST_P(StoreContract, PaddedWriterAppendsBesideTheStore) {
  WriterOptions how;
  how.tail = Tail::padded;
  const auto writer = open_writer(kKey, how);
  for (int number = 1; number <= 30; number += 3) {
    value_of(append_to(*writer, {text(number)}));
    value_of(append_to(*writer, {text(number + 1)}));
    append(kKey, {text(number + 2)});
    EXPECT_EQ(records(kKey), texts(1, number + 2));
  }
  EXPECT_EQ(records(kKey, last(2)), texts(29, 30));
}

TEST_P(StoreContract, ClosedWriterRefuses) {
  const auto writer = open_writer(kKey);
  value_of(append_to(*writer, {text(1)}));
  EXPECT_TRUE(writer->close().ok());
  EXPECT_EQ(code_of(append_to(*writer, {text(2)})), Code::invalid);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, WriterHonoursCreate) {
  WriterOptions never;
  never.create = Create::never;
  EXPECT_EQ(code_of(store().open_writer(kKey, never)), Code::not_found);
  append(kKey, {text(1)});
  WriterOptions must;
  must.create = Create::must;
  EXPECT_EQ(code_of(store().open_writer(kKey, must)), Code::conflict);
  EXPECT_NE(open_writer(kKey, never), nullptr);
}

}  // namespace
}  // namespace everturn::contract
