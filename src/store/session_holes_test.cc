// SPDX-License-Identifier: Apache-2.0
// Sessions of which the disk cannot read a range: what comes back, what may be done, and that
// nothing is destroyed.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "everturn/repair.h"
#include "store/test_help.h"

namespace everturn {
namespace {

constexpr std::uint64_t kPage = 4096;

class SessionHoles : public SimStoreTest {
 protected:
  SessionHoles() {
    std::string bytes = first_line(kKey) + "\n";
    while (bytes.size() < 5 * kPage) {
      all_.push_back(text(static_cast<int>(all_.size())));
      bytes += all_.back() + "\n";
    }
    put_session(bytes);
  }
  void break_pages(std::uint64_t first, std::uint64_t count = 1) {
    disk_.set_unreadable(file_of(kKey), first * kPage, count * kPage);
  }
  // Every record but those that a byte of the hole belongs to, or may.
  [[nodiscard]] Texts readable(std::uint64_t first_page, std::uint64_t pages = 1) const {
    Texts left;
    std::uint64_t at = first_line(kKey).size() + 1;
    for (const std::string& one : all_) {
      const std::uint64_t end = at + one.size();
      if (end <= first_page * kPage || at >= (first_page + pages) * kPage) left.push_back(one);
      at = end + 1;
    }
    return left;
  }
  static void expect_names_the_hole(const Status& failed) {
    EXPECT_EQ(failed.code(), Code::io);
    EXPECT_NE(failed.message().find("4096 bytes at byte 8192"), std::string::npos)
        << failed.message();
    EXPECT_NE(failed.message().find("everturn rescue"), std::string::npos);
  }

  Texts all_;
};

TEST_F(SessionHoles, LoadGivesTheRecordsOnBothSidesAndTellsTheRange) {
  break_pages(2);
  const Loaded loaded = load(*open(), kKey);
  EXPECT_EQ(loaded.records, readable(2));
  EXPECT_NE(loaded.damage().find("unreadable 8192+4096"), std::string::npos) << loaded.damage();
}

TEST_F(SessionHoles, VersionIsTheSameForEveryReader) {
  for (const std::uint64_t page : {0U, 2U, 5U}) {
    disk_.erase(file_of(kKey));  // with its bad pages
    put_session(first_line(kKey) + "\n" + lines(all_));
    break_pages(page);
    const auto store = open();
    const Version version = must(store->version(kKey));
    EXPECT_EQ(load(*store, kKey).report.version, version) << page;
    EXPECT_EQ(load(*store, kKey, last(3)).report.version, version) << page;
    EXPECT_EQ(must(store->metadata(kKey)).version, version) << page;
    EXPECT_EQ(must(open()->version(kKey)), version) << page;
  }
}

TEST_F(SessionHoles, LastRecordsAndReadingBackwardsGoThroughTheRange) {
  break_pages(4);
  const Texts left = readable(4);
  const auto store = open();
  const std::size_t count = left.size() - 10;
  EXPECT_EQ(load(*store, kKey, last(count)).records, Texts(left.begin() + 10, left.end()));
  ReadOptions backwards;
  backwards.backwards = true;
  EXPECT_EQ(load(*store, kKey, backwards).records, Texts(left.rbegin(), left.rend()));
}

TEST_F(SessionHoles, ListCountsTheRangeAsDamage) {
  break_pages(2);
  const SessionInfo session = must(open()->list({.check = true})).at(0);
  EXPECT_EQ(session.key, kKey);
  EXPECT_EQ(session.records, readable(2).size());
  EXPECT_EQ(session.damage_count, load(*open(), kKey).report.damage_count);
}

TEST_F(SessionHoles, BeginningThatCannotBeReadHidesNoSession) {
  break_pages(0);
  EXPECT_EQ(must(open()->list({.check = true})).at(0).key, kKey);
  EXPECT_EQ(load(*open(), kKey).records, readable(0));
}

TEST_F(SessionHoles, WriterWithAPaddedTailGoesOnBehindTheRange) {
  break_pages(2);
  const auto store = open();
  const auto writer = open_padded(*store);
  const Texts added = texts(1000, 1003);
  for (const std::string& one : added) ASSERT_TRUE(append_to(*writer, {one}).ok());
  Texts wanted = readable(2);
  wanted.insert(wanted.end(), added.begin(), added.end());
  EXPECT_EQ(load(*open(), kKey).records, wanted);
}

TEST_F(SessionHoles, RetryThatFindsItsRecordBehindTheRangeAddsNothing) {
  break_pages(2);
  const auto store = open();
  WriteOptions once;
  once.once.operation = "op-1";
  ASSERT_TRUE(append_to(*store, kKey, {text(1000)}, once).ok());
  EXPECT_EQ(must(append_to(*store, kKey, {text(1000)}, once)).already_there, 1U);
}

TEST_F(SessionHoles, AppendGoesBehindTheRange) {
  break_pages(2);
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(1000)}).ok());
  disk_.cut_power();
  SimFs after = SimFs::from(disk_.power_cut().all_lost(), Profile::strict_posix);
  EXPECT_EQ(load(*open_on(after), kKey).records.back(), text(1000));
}

TEST_F(SessionHoles, AppendBehindWholePagesThatCannotBeReadBeginsALine) {
  const std::string head = first_line(kKey) + "\n" + text(1) + "\n";
  put_session(head + std::string(2 * kPage - head.size(), 'x'));
  break_pages(1);
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
  EXPECT_EQ(load(*store, kKey).records, (Texts{text(1), text(2)}));
}

TEST_F(SessionHoles, AppendIntoAPageThatCannotBeReadSaysSoAndLeavesTheSession) {
  break_pages(5);
  const std::string before = bytes_of();
  const auto store = open();
  const Status failed = append_to(*store, kKey, {text(1000)}).status();
  EXPECT_EQ(failed.code(), Code::io);
  EXPECT_NE(failed.message().find("nothing can be added"), std::string::npos) << failed.message();
  EXPECT_NE(failed.message().find("everturn rescue"), std::string::npos);
  EXPECT_EQ(bytes_of(), before);
  EXPECT_EQ(load(*open(), kKey).records, readable(5));
}

TEST_F(SessionHoles, RepairIsRefusedAndNamesTheRange) {
  break_pages(2);
  const std::string before = bytes_of();
  const auto store = open();
  expect_names_the_hole(store->plan_repair(kKey).status());
  expect_names_the_hole(store->repair(kKey).status());
  RepairOptions in_place;
  in_place.in_place = true;
  expect_names_the_hole(store->repair(kKey, in_place).status());
  EXPECT_EQ(bytes_of(), before);
}

TEST_F(SessionHoles, WhatCopiesTheBytesIsRefusedAndChangesNothing) {
  break_pages(2);
  const auto store = open();
  const Position early = load(*store, kKey).report.begin;
  const auto before = disk_.files();
  expect_names_the_hole(store->vacuum(kKey).status());
  expect_names_the_hole(store->fork(kKey, kOtherKey).status());
  expect_names_the_hole(store->rename(kKey, kOtherKey).status());
  expect_names_the_hole(store->rewind(kKey, early).status());
  expect_names_the_hole(store->pop(kKey, 1).status());
  expect_names_the_hole(store->read_raw(kKey, [](std::string_view) { return true; }));
  EXPECT_EQ(bytes_of(), before.at(file_of(kKey)));
  EXPECT_EQ(bytes_of(kOtherKey), "(no file)");
}

TEST_F(SessionHoles, SaveOverItKeepsTheWholeOldFileInTheTrash) {
  break_pages(2);
  const std::string before = bytes_of();
  const auto store = open();
  const Version version = load(*store, kKey).report.version;
  const Texts fresh = texts(1, 2);
  const std::vector<std::string_view> records(fresh.begin(), fresh.end());
  ASSERT_TRUE(store->save(kKey, records, expecting(version)).ok());
  EXPECT_EQ(load(*store, kKey).records, fresh);
  const TrashEntry kept = must(store->trash()).at(0);
  EXPECT_EQ(disk_.read_file(path(".everturn/trash/" + kept.id + ".0")), before);
}

TEST_F(SessionHoles, VerifyAndSealNameTheRange) {
  const auto store = open();
  must(store->seal(kKey, false));
  break_pages(2);
  expect_names_the_hole(store->verify(kKey).status());
  expect_names_the_hole(store->seal(kKey, false).status());
}

TEST_F(SessionHoles, DeletingItCanBeUndone) {
  break_pages(2);
  const std::string before = bytes_of();
  const auto store = open();
  const TrashEntry gone = must(store->remove(kKey));
  ASSERT_TRUE(store->undelete(gone.id).ok());
  EXPECT_EQ(bytes_of(), before);
  EXPECT_EQ(load(*store, kKey).records, readable(2));
}

TEST_F(SessionHoles, LegacyFileWhoseKeyCannotBeReadIsNotTakenForAnother) {
  disk_.erase(file_of(kKey));
  const std::string bytes = first_line(kKey) + "\n" + lines(all_);
  disk_.write_file(path("telegram_12345.jsonl"), bytes);
  disk_.set_unreadable(path("telegram_12345.jsonl"), 0, 1);
  EXPECT_EQ(code_of(append_to(*open(), kKey, {text(1)})), Code::io);
  EXPECT_EQ(bytes_of(), "(no file)");
}

TEST_F(SessionHoles, ReadErrorThatPassesCostsNothing) {
  const auto store = open();
  disk_.fail_next("read_at", EIO, ".jsonl");
  const Loaded loaded = load(*store, kKey);
  EXPECT_EQ(loaded.records, all_);
  EXPECT_EQ(loaded.damage(), "");
}

}  // namespace
}  // namespace everturn
