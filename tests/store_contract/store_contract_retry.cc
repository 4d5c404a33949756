// SPDX-License-Identifier: Apache-2.0
// Options::expected and Options::once: writing after a lost reply, or beside somebody else.
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, WriterAtTheExpectedVersionSucceeds) {
  Version at = append(kKey, {text(1)}, expecting(Version::none())).version;
  at = append(kKey, {text(2)}, expecting(at)).version;
  append(kKey, {text(3)}, expecting(at));
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, StaleWriterGetsConflictAndNothingChanges) {
  const Version stale = append(kKey, {text(1)}).version;
  const Version now = append(kKey, {text(2)}).version;
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(3)}, expecting(stale))), Code::conflict);
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(3)}, expecting(Version::none()))),
            Code::conflict);
  EXPECT_EQ(code_of(append_to(store(), kKey, {}, expecting(stale))), Code::conflict);
  EXPECT_EQ(version(kKey), now);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, EveryChangeHonoursTheExpectedVersion) {
  const Appended one = append(kKey, {text(1)});
  const Version now = append(kKey, {text(2)}).version;
  const WriteOptions stale = expecting(one.version);
  EXPECT_EQ(code_of(store().remove(kKey, stale)), Code::conflict);
  EXPECT_EQ(code_of(store().rewind(kKey, one.end, stale)), Code::conflict);
  EXPECT_EQ(code_of(store().pop(kKey, 1, stale)), Code::conflict);
  EXPECT_EQ(code_of(store().update_metadata(kKey, {}, stale)), Code::conflict);
  EXPECT_EQ(version(kKey), now);
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, ExpectedVersionOfAMissingSessionIsConflict) {
  const Version once = append(kKey, {text(1)}).version;
  remove(kKey);
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(2)}, expecting(once))), Code::conflict);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, RetryWithSameExpectedAddsNothing) {
  const Version before = append(kKey, {text(1)}).version;
  const Appended first = append(kKey, texts(2, 4), expecting(before));
  const Appended retry = append(kKey, texts(2, 4), expecting(before));
  EXPECT_EQ(retry.already_there, 3U);
  EXPECT_EQ(retry.records, 3U);
  EXPECT_EQ(retry.first, first.first);
  EXPECT_EQ(retry.last, first.last);
  EXPECT_EQ(retry.end, first.end);
  EXPECT_EQ(retry.version, first.version);
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, RetryAfterReopeningAddsNothing) {
  const Version before = append(kKey, {text(1)}).version;
  append(kKey, texts(2, 3), expecting(before));
  restart();
  EXPECT_EQ(append(kKey, texts(2, 3), expecting(before)).already_there, 2U);
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, RetryOfTheFirstWriteAddsNothing) {
  append(kKey, texts(1, 2), expecting(Version::none()));
  EXPECT_EQ(append(kKey, texts(1, 2), expecting(Version::none())).already_there, 2U);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, RetryOfAHalfWrittenBatchAddsTheRest) {
  const Version before = append(kKey, {text(1)}).version;
  const Appended half = append(kKey, {text(2)}, expecting(before));
  const Appended retry = append(kKey, texts(2, 4), expecting(before));
  EXPECT_EQ(retry.already_there, 1U);
  EXPECT_EQ(retry.first, half.first);
  EXPECT_EQ(retry.version, version(kKey));
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, RetryThatOthersAppendedBehindAddsNothing) {
  const Version before = append(kKey, {text(1)}).version;
  const Appended mine = append(kKey, texts(2, 3), expecting(before));
  append(kKey, {text(4)});
  const Appended retry = append(kKey, texts(2, 3), expecting(before));
  EXPECT_EQ(retry.already_there, 2U);
  EXPECT_EQ(retry.version, mine.version);
  EXPECT_EQ(records(kKey, from(retry.end)), texts(4, 4));
}

TEST_P(StoreContract, RetryAfterAnotherWriterIsConflict) {
  const Version before = append(kKey, {text(1)}).version;
  append(kKey, {text(9)});
  append(kKey, texts(2, 3));
  EXPECT_EQ(code_of(append_to(store(), kKey, texts(2, 3), expecting(before))), Code::conflict);
  EXPECT_EQ(records(kKey).size(), 4U);
}

TEST_P(StoreContract, RetryAfterARewriteIsConflict) {
  const Version before = append(kKey, {text(1)}).version;
  replace(kKey, texts(1, 3));
  EXPECT_EQ(code_of(append_to(store(), kKey, texts(2, 3), expecting(before))), Code::conflict);
}

TEST_P(StoreContract, OnceByOperationAddsNothingTwice) {
  const Appended first = append(kKey, texts(1, 3), once_by_operation("op-1"));
  append(kKey, {text(4)});
  const Appended retry = append(kKey, texts(1, 3), once_by_operation("op-1"));
  EXPECT_EQ(first.already_there, 0U);
  EXPECT_EQ(retry.already_there, 3U);
  EXPECT_EQ(retry.first, first.first);
  EXPECT_EQ(retry.last, first.last);
  EXPECT_EQ(retry.version, first.version);
  EXPECT_EQ(records(kKey, from(retry.end)), texts(4, 4));
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, OnceByOperationHoldsAfterReopening) {
  append(kKey, texts(1, 2), once_by_operation("op-1"));
  restart();
  EXPECT_EQ(append(kKey, texts(1, 2), once_by_operation("op-1")).already_there, 2U);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, AnotherOperationAppendsTheSameBytes) {
  append(kKey, {text(1)}, once_by_operation("op-1"));
  append(kKey, {text(1)}, once_by_operation("op-2"));
  append(kKey, {text(1)});
  append(kKey, {text(1)}, once_by_operation("op-3"));
  EXPECT_EQ(records(kKey).size(), 4U);
}

TEST_P(StoreContract, OnceByOperationAddsWhatIsMissing) {
  append(kKey, texts(1, 2), once_by_operation("op-1"));
  const Appended reply = append(kKey, texts(1, 4), once_by_operation("op-1"));
  EXPECT_EQ(reply.already_there, 2U);
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, OnceByOperationKeepsEqualRecordsOfOneBatch) {
  const Texts twins = {text(1), text(1)};
  append(kKey, twins, once_by_operation("op-1"));
  EXPECT_EQ(records(kKey), twins);
  EXPECT_EQ(append(kKey, twins, once_by_operation("op-1")).already_there, 2U);
  EXPECT_EQ(records(kKey), twins);
}

TEST_P(StoreContract, OperationIdsOfAnyTextWork) {
  for (const std::string operation : {"a\"b\\", "\xC3\xBC\xE2\x80\xA8", "line\nbreak"}) {
    append(kKey, {text(1)}, once_by_operation(operation));
    EXPECT_EQ(append(kKey, {text(1)}, once_by_operation(operation)).already_there, 1U);
  }
  EXPECT_EQ(records(kKey).size(), 3U);
}

TEST_P(StoreContract, OnceByMemberAddsNothingTwice) {
  const Texts batch = {R"({"uuid":"a","n":1})", R"({"uuid":"b","n":2})"};
  const Appended first = append(kKey, batch, once_by_member("uuid"));
  append(kKey, {text(1)});
  const Appended retry = append(kKey, batch, once_by_member("uuid"));
  EXPECT_EQ(retry.already_there, 2U);
  EXPECT_EQ(retry.first, first.first);
  EXPECT_EQ(records(kKey), (batch + Texts{text(1)}));
}

TEST_P(StoreContract, OnceByMemberAppendsOtherBytesUnderTheSameId) {
  const Texts both = {R"({"uuid":"a","n":1})", R"({"uuid":"a","n":2})"};
  append(kKey, {both[0]}, once_by_member("uuid"));
  EXPECT_EQ(append(kKey, {both[1]}, once_by_member("uuid")).already_there, 0U);
  EXPECT_EQ(records(kKey), both);
}

TEST_P(StoreContract, RecordsWithoutTheMemberAreAlwaysAppended) {
  append(kKey, {text(1)}, once_by_member("uuid"));
  EXPECT_EQ(append(kKey, {text(1)}, once_by_member("uuid")).already_there, 0U);
  EXPECT_EQ(records(kKey).size(), 2U);
}

TEST_P(StoreContract, RecordsWithEqualIdAreAllKept) {
  const Texts equal(3, R"({"uuid":"a","n":1})");
  for (const std::string& record : equal) append(kKey, {record});
  EXPECT_EQ(records(kKey), equal);
}

TEST_P(StoreContract, OnceLooksOnlyIntoTheLastFourMebibytes) {
  append(kKey, {text(1)}, once_by_operation("op-1"));
  append(kKey, {long_text(2, 3 << 20)});
  EXPECT_EQ(append(kKey, {text(1)}, once_by_operation("op-1")).already_there, 1U);
  append(kKey, {long_text(3, 2 << 20)});
  EXPECT_EQ(append(kKey, {text(1)}, once_by_operation("op-1")).already_there, 0U);
  EXPECT_EQ(records(kKey).size(), 4U);
}

TEST_P(StoreContract, OnceTakesOneIdentityOfLimitedSize) {
  WriteOptions both = once_by_operation("op-1");
  both.once.member = "uuid";
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(1)}, both)), Code::invalid);
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(1)}, once_by_operation(std::string(257, 'x')))),
            Code::invalid);
  append(kKey, {text(1)}, once_by_operation(std::string(256, 'x')));
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, WriterRetriesAsTheStoreDoes) {
  const auto writer = open_writer(kKey);
  const Version before = value_of(append_to(*writer, {text(1)})).version;
  value_of(append_to(*writer, {text(2)}, expecting(before)));
  EXPECT_EQ(value_of(append_to(*writer, {text(2)}, expecting(before))).already_there, 1U);
  value_of(append_to(*writer, {text(3)}, once_by_operation("op")));
  EXPECT_EQ(value_of(append_to(*writer, {text(3)}, once_by_operation("op"))).already_there, 1U);
  EXPECT_EQ(code_of(append_to(*writer, {text(4)}, expecting(before))), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 3));
}

}  // namespace
}  // namespace everturn::contract
