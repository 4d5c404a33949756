// SPDX-License-Identifier: Apache-2.0
#include "store/retry.h"

#include "store/metadata_record.h"
#include "store/test_help.h"

namespace everturn {
namespace {

class RetryTest : public SimStoreTest {
 protected:
  File& file(const std::string& bytes) {
    disk_.write_file("/x", bytes);
    size_ = bytes.size();
    file_ = must(must(disk_.open_folder("/", false))->open("x", Access::read));
    return *file_;
  }
  static Batch batch(const Texts& records) {
    Batch made;
    for (const std::string& record : records) made.add(record);
    return made;
  }
  // How many of `records` stand behind `begin`; -1 if something else does.
  int behind(const std::string& bytes, std::uint64_t begin, const Texts& records) {
    File& opened = file(bytes);
    const auto found = must(find_behind(opened, begin, size_, batch(records), kKey));
    return found ? static_cast<int>(found->found) : -1;
  }
  std::uint64_t once(const std::string& bytes, const Once& identity, const Texts& records) {
    File& opened = file(bytes);
    return must(find_once(opened, size_, batch(records), identity, kKey)).found;
  }
  static std::string mark(const std::string& id) {
    Metadata metadata;
    metadata.key = kKey;
    return rewrite_metadata({}, metadata, OperationMark{id, 1}) + "\n";
  }

  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
};

TEST_F(RetryTest, WholeBatchBehindTheVersionIsFound) {
  EXPECT_EQ(behind(lines(texts(1, 3)), text(1).size() + 1, texts(2, 3)), 2);
  EXPECT_EQ(behind(lines(texts(1, 4)), text(1).size() + 1, texts(2, 3)), 2);
}

TEST_F(RetryTest, PrefixOfABatchIsFound) {
  EXPECT_EQ(behind(lines(texts(1, 2)), text(1).size() + 1, texts(2, 3)), 1);
  EXPECT_EQ(behind(lines(texts(1, 2)) + "{\"torn\n", text(1).size() + 1, texts(2, 3)), 1);
}

TEST_F(RetryTest, SomethingElseBehindTheVersionIsAnotherWriter) {
  EXPECT_EQ(behind(lines({text(1), text(9)}), text(1).size() + 1, texts(2, 3)), -1);
}

TEST_F(RetryTest, OwnMetadataBetweenIsPassedOver) {
  EXPECT_EQ(
      behind(lines(texts(1, 2)) + mark("x") + lines({text(3)}), text(1).size() + 1, texts(2, 3)),
      2);
}

TEST_F(RetryTest, RecordsCountBehindTheMarkOfTheirOperationOnly) {
  EXPECT_EQ(once(lines({text(1)}) + mark("a") + lines({text(2)}), {"a", ""}, texts(1, 2)), 1U);
  EXPECT_EQ(once(lines(texts(1, 2)), {"a", ""}, texts(1, 2)), 0U);
  EXPECT_EQ(once(mark("b") + lines(texts(1, 2)), {"a", ""}, texts(1, 2)), 0U);
}

TEST_F(RetryTest, MemberIdentifiesOnlyByteEqualRecords) {
  const std::string record = R"({"uuid":"1","x":1})";
  EXPECT_EQ(once(lines({record}), {"", "uuid"}, {record}), 1U);
  EXPECT_EQ(once(lines({record}), {"", "uuid"}, {R"({"uuid":"1","x":2})"}), 0U);
  EXPECT_EQ(once(lines({text(1)}), {"", "uuid"}, {text(1)}), 0U);
}

TEST_F(RetryTest, EqualRecordsOfABatchAreCountedOneByOne) {
  const std::string record = R"({"uuid":"1"})";
  EXPECT_EQ(once(lines({record}), {"", "uuid"}, {record, record}), 1U);
}

TEST_F(RetryTest, OnDiskMeansWhatThePlattersHold) {
  const auto folder = must(disk_.open_folder("/", false));
  const auto writer = must(folder->open("y", Access::create_new));
  const std::string bytes = lines({text(1)});
  must(writer->append(bytes));
  const Batch wanted = batch({text(1)});
  const auto standing = must(find_behind(*writer, 0, bytes.size(), wanted, kKey));
  ASSERT_TRUE(standing && standing->all());
  ASSERT_TRUE(writer->sync_data().ok());
  EXPECT_TRUE(must(is_on_disk(*writer, wanted, *standing)));
}

TEST_F(RetryTest, WhatAFailedSyncLostIsNotOnDisk) {
  const auto folder = must(disk_.open_folder("/", false));
  const auto writer = must(folder->open("y", Access::create_new));
  const std::string bytes = lines({text(1)});
  must(writer->append(bytes));
  const Batch wanted = batch({text(1)});
  const auto standing = must(find_behind(*writer, 0, bytes.size(), wanted, kKey));
  disk_.set_failed_sync(FailedSync::gone);
  disk_.fail_next("sync_data", EIO);
  EXPECT_FALSE(writer->sync_data().ok());
  EXPECT_FALSE(must(is_on_disk(*writer, wanted, *standing)));
}

}  // namespace
}  // namespace everturn
