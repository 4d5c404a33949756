// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

constexpr std::string_view kPath = "/store/x.jsonl";
const std::string kA = R"({"a":1})";
const std::string kB = R"({"b":22})";
const std::string kC = R"({"c":333})";

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { put(kA + "\n"); }

  void put(const std::string& bytes) { disk_.write_file(std::string(kPath), bytes); }
  [[nodiscard]] std::string bytes() const {
    return disk_.read_file(std::string(kPath)).value_or("");
  }
  std::unique_ptr<Journal> open(bool padded_tails = true, bool write_padding = false) {
    Journal::Options options;
    options.padded_tails = padded_tails;
    options.write_padding = write_padding;
    return must(Journal::open(*folder_, names_, "x.jsonl", options));
  }
  std::unique_ptr<Journal> open_padded() { return open(true, true); }
  static Status write(Journal& journal, const std::string& record) {
    return journal.write("\n" + record + "\n", hash128(record));
  }
  // All that an acknowledged append takes.
  static void append(Journal& journal, const std::string& record) {
    ASSERT_TRUE(journal.refresh().ok());
    ASSERT_TRUE(write(journal, record).ok());
    ASSERT_TRUE(journal.make_durable().ok());
    ASSERT_TRUE(journal.confirm().ok());
  }
  // A foreign program, without any lock.
  void append_as_foreigner(const std::string& text) {
    must(must(folder_->open("x.jsonl", Access::append))->append(text));
  }
  // "append 8", "write_at 5", ... since the counters were reset.
  std::vector<std::string> writes() {
    std::vector<std::string> all;
    for (std::uint64_t number = 1; number <= disk_.calls(); ++number) {
      const SimCall call = *disk_.call(number);
      if (call.name != "append" && call.name != "write_at") continue;
      all.push_back(std::string(call.name) + " " + std::to_string(call.bytes));
    }
    return all;
  }

  SimFs disk_;
  std::unique_ptr<Folder> folder_ = must(disk_.open_folder("/store", true));
  DurableNames names_{disk_, *folder_};
};

std::string padding() { return std::string(kPaddingMax, kPaddingByte) + "\n"; }

TEST_F(JournalTest, RecordsAreAddedAtTheEnd) {
  const auto journal = open();
  append(*journal, kB);
  append(*journal, kC);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n" + kC + "\n");
  EXPECT_EQ(journal->content_end(), bytes().size());
}

TEST_F(JournalTest, WholeRecordWithoutALineEndGetsOne) {
  put(kA);
  append(*open(), kB);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n");
}

TEST_F(JournalTest, FragmentStaysAsItIsBehindALineEndOfItsOwn) {
  put(kA + "\n" + kB.substr(0, 3));
  const auto journal = open();
  EXPECT_EQ(journal->next_offset(), kA.size() + 5);
  append(*journal, kC);
  EXPECT_EQ(bytes(), kA + "\n" + kB.substr(0, 3) + "\n" + kC + "\n");
}

TEST_F(JournalTest, WriteIsOneCall) {
  put(kA + "\n" + kB.substr(0, 3));
  const auto journal = open();
  disk_.reset_counters();
  append(*journal, kC);
  EXPECT_EQ(writes(), (std::vector<std::string>{"append " + std::to_string(kC.size() + 2)}));
}

TEST_F(JournalTest, VersionAfterAWriteIsThatOfAFreshLook) {
  const auto journal = open();
  append(*journal, kB);
  EXPECT_EQ(must(journal->version()), must(open()->version()));
}

TEST_F(JournalTest, ReplacedFileIsAConflict) {
  const auto journal = open();
  disk_.erase(std::string(kPath));
  put(kA + "\n");
  EXPECT_EQ(journal->refresh().code(), Code::conflict);
}

TEST_F(JournalTest, FileOfAReusedInodeNumberIsAConflict) {
  disk_.set_reuse_inode_numbers(true);
  put(kA + "\n");
  auto journal = open();
  disk_.erase(std::string(kPath));
  put(kA + "\n");
  EXPECT_EQ(journal->refresh().code(), Code::conflict);
}

TEST_F(JournalTest, DeletedFileIsNotFound) {
  const auto journal = open();
  disk_.erase(std::string(kPath));
  EXPECT_EQ(journal->refresh().code(), Code::not_found);
  EXPECT_EQ(journal->confirm().code(), Code::not_found);
}

TEST_F(JournalTest, RenameInTheMiddleIsNotAcknowledged) {
  const auto journal = open();
  ASSERT_TRUE(write(*journal, kB).ok());
  disk_.erase(std::string(kPath));
  put(kA + "\n");
  EXPECT_EQ(journal->confirm().code(), Code::conflict);
}

TEST_F(JournalTest, ForeignWriteInTheMiddleIsNotAcknowledged) {
  const auto journal = open();
  ASSERT_TRUE(write(*journal, kB).ok());
  append_as_foreigner(kC + "\n");
  EXPECT_EQ(journal->confirm().code(), Code::io);
  EXPECT_FALSE(journal->poison().ok());
}

TEST_F(JournalTest, GrowthBetweenTwoAppendsIsSeen) {
  const auto journal = open();
  append(*journal, kB);
  append_as_foreigner(kC);
  append(*journal, kB);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n" + kC + "\n" + kB + "\n");
}

TEST_F(JournalTest, FailedWriteIsFinal) {
  const auto journal = open();
  disk_.fail_next("append", ENOSPC);
  EXPECT_EQ(write(*journal, kB).code(), Code::io);
  EXPECT_EQ(write(*journal, kB).code(), Code::io);
  EXPECT_EQ(journal->refresh().code(), Code::io);
  EXPECT_FALSE(journal->sync_failed());
}

TEST_F(JournalTest, FailedSyncIsFinalAndNeverTriedAgain) {
  const auto journal = open();
  ASSERT_TRUE(write(*journal, kB).ok());
  disk_.fail_next("sync_data", EIO);
  EXPECT_EQ(journal->make_durable().code(), Code::io);
  const std::uint64_t syncs = disk_.count("sync_data");
  EXPECT_EQ(journal->make_durable().code(), Code::io);
  EXPECT_EQ(disk_.count("sync_data"), syncs);
  EXPECT_TRUE(journal->sync_failed());
}

TEST_F(JournalTest, InterruptedWriteGoesOn) {
  const auto journal = open();
  disk_.fail_next("append", EINTR);
  append(*journal, kB);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n");
}

TEST_F(JournalTest, DistrustfulOpeningLooksAtTheDiskItself) {
  disk_.reset_counters();
  Journal::Options options;
  options.distrust_cache = true;
  must(Journal::open(*folder_, names_, "x.jsonl", options));
  EXPECT_EQ(disk_.count("sync_data"), 1U);
  EXPECT_EQ(disk_.count("drop_cache"), 1U);
}

TEST_F(JournalTest, FailedSyncOfADistrustfulOpeningIsAnError) {
  Journal::Options options;
  options.distrust_cache = true;
  disk_.fail_next("sync_data", EIO);
  EXPECT_FALSE(Journal::open(*folder_, names_, "x.jsonl", options).ok());
}

TEST_F(JournalTest, PaddingStartsAtTheSecondAppendOfAWriter) {
  const auto journal = open_padded();
  append(*journal, kB);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n");
  append(*journal, kC);
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n" + kC + "\n" + padding());
}

TEST_F(JournalTest, PaddingIsOneLineOfAtMost16KiBOfTabs) {
  const auto journal = open_padded();
  for (int i = 0; i < 5; ++i) append(*journal, kB);
  const std::string tail = bytes().substr(journal->content_end());
  EXPECT_EQ(tail.find_first_not_of(kPaddingByte), tail.size() - 1);
  EXPECT_EQ(tail.back(), '\n');
  EXPECT_LE(tail.size() - 1, 16384U);
}

TEST_F(JournalTest, AppendIntoThePaddingDoesNotGrowTheFile) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::size_t size = bytes().size();
  append(*journal, kC);
  EXPECT_EQ(bytes().size(), size);
  EXPECT_TRUE(bytes().starts_with(kA + "\n" + kB + "\n" + kB + "\n" + kC + "\n\t\t"));
}

TEST_F(JournalTest, FirstByteOfABatchIsWrittenLast) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  disk_.reset_counters();
  append(*journal, kC);
  EXPECT_EQ(writes(),
            (std::vector<std::string>{"write_at " + std::to_string(kC.size()), "write_at 1"}));
}

TEST_F(JournalTest, FirstByteIsStillPaddingWhenTheOthersStand) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::uint64_t end = journal->content_end();
  disk_.cut_power_at(disk_.mutations() + 2);
  EXPECT_FALSE(write(*journal, kC).ok());
  EXPECT_EQ(bytes().substr(end, kC.size() + 1), "\t" + kC.substr(1) + "\n");
}

TEST_F(JournalTest, BatchLongerThanThePaddingFillsItAndGoesOnBehind) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::uint64_t end = journal->content_end();
  const std::string longer = R"({"long":")" + std::string(40000, 'x') + R"("})";
  append(*journal, longer);
  EXPECT_EQ(bytes().substr(end), longer + "\n" + padding());
  append(*journal, kC);
  EXPECT_EQ(bytes().substr(end, longer.size() + kC.size() + 2), longer + "\n" + kC + "\n");
}

// A reader that comes from behind must never see the end of a batch without its beginning.
TEST_F(JournalTest, WhatExceedsThePaddingIsWrittenWhenTheRestStands) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::uint64_t end = journal->content_end();
  disk_.cut_power_at(disk_.mutations() + 3);
  EXPECT_FALSE(write(*journal, R"({"long":")" + std::string(40000, 'x') + R"("})").ok());
  EXPECT_TRUE(bytes().substr(end).starts_with(R"({"long":"xxx)"));
  EXPECT_EQ(bytes().size(), end + kPaddingMax + 1);
}

TEST_F(JournalTest, ForeignLineBehindThePaddingIsNotOverwrittenByALongBatch) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  append_as_foreigner(kC + "\n");  // after our look at the tail
  ASSERT_TRUE(write(*journal, R"({"long":")" + std::string(40000, 'x') + R"("})").ok());
  EXPECT_NE(bytes().find(kC + "\n"), std::string::npos);
  EXPECT_EQ(journal->confirm().code(), Code::io);
}

TEST_F(JournalTest, EveryByteOfThePaddingCanBeUsed) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::size_t room = bytes().size() - journal->content_end();
  const auto plain = open();
  append(*plain, R"({"f":")" + std::string(room - 10, 'x') + R"("})");
  EXPECT_EQ(bytes().size(), journal->content_end() + room);
  EXPECT_TRUE(bytes().ends_with("x\"}\n\n"));
  append(*journal, kC);
  EXPECT_NE(bytes().find("x\"}\n\n" + kC + "\n"), std::string::npos);
}

TEST_F(JournalTest, TailCheckSeesWhatAnotherJournalWroteIntoThePadding) {
  const auto first = open_padded();
  append(*first, kB);
  append(*first, kB);
  const auto other = open_padded();
  append(*other, kC);
  append(*first, kB);
  EXPECT_TRUE(bytes().starts_with(kA + "\n" + kB + "\n" + kB + "\n" + kC + "\n" + kB + "\n\t"));
}

TEST_F(JournalTest, TailCheckSeesWhatAnotherJournalTrimmed) {
  auto first = open_padded();
  append(*first, kB);
  append(*first, kB);
  disk_.write_file(std::string(kPath), kA + "\n" + kB + "\n" + kB + "\n");
  append(*first, kC);
  EXPECT_TRUE(bytes().starts_with(kA + "\n" + kB + "\n" + kB + "\n" + kC + "\n"));
}

TEST_F(JournalTest, TailCheckLooksAtEveryPaddingByte) {
  for (const std::size_t at : {0U, 1U, 511U, 8192U, 16383U, 16384U}) {
    put(kA + "\n");
    const auto journal = open_padded();
    append(*journal, kB);
    append(*journal, kB);
    const std::uint64_t end = journal->content_end();
    std::string changed = bytes();
    changed[end + at] = 'x';
    put(changed);
    append(*journal, kC);
    EXPECT_EQ(bytes()[end + at], 'x') << at;
    EXPECT_NE(bytes().find("\n" + kC + "\n"), std::string::npos) << at;
  }
}

TEST_F(JournalTest, ForeignAppendBehindPaddingIsKeptAndTheEndMovesPast) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  append_as_foreigner(R"({"foreign":1})");
  append(*journal, kC);
  EXPECT_NE(bytes().find(padding() + R"({"foreign":1})" + "\n" + kC + "\n"), std::string::npos);
}

TEST_F(JournalTest, PaddingIsCutWhenNobodyElseHasTheFileOpen) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  journal->trim();
  EXPECT_EQ(bytes(), kA + "\n" + kB + "\n" + kB + "\n");
  append(*journal, kC);
  EXPECT_TRUE(bytes().starts_with(kA + "\n" + kB + "\n" + kB + "\n" + kC + "\n"));
}

TEST_F(JournalTest, PaddingIsNotCutWhileAnotherDescriptorIsOpen) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::string before = bytes();
  const auto reader = must(folder_->open("x.jsonl", Access::read));
  journal->trim();
  EXPECT_EQ(bytes(), before);
}

TEST_F(JournalTest, PaddingIsNotCutWhereNoLeaseIsToBeHad) {
  disk_.set_has_leases(false);
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  const std::string before = bytes();
  journal->trim();
  EXPECT_EQ(bytes(), before);
}

TEST_F(JournalTest, ForeignLineBehindThePaddingIsNotCut) {
  const auto journal = open_padded();
  append(*journal, kB);
  append(*journal, kB);
  append_as_foreigner(kC + "\n");
  journal->trim();
  EXPECT_TRUE(bytes().ends_with(padding() + kC + "\n"));
}

TEST_F(JournalTest, PlainJournalNeverPadsNorTrims) {
  const auto padded = open_padded();
  append(*padded, kB);
  append(*padded, kB);
  const auto plain = open();
  append(*plain, kC);
  plain->trim();
  EXPECT_EQ(bytes().size(), kA.size() + 2 * kB.size() + 3 + padding().size());
}

TEST_F(JournalTest, PaddingInAFolderWithoutItIsNotOverwritten) {
  put(kA + "\n" + padding());
  append(*open(false), kB);
  EXPECT_EQ(bytes(), kA + "\n" + padding() + kB + "\n");
}

}  // namespace
}  // namespace everturn
