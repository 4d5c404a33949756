// SPDX-License-Identifier: Apache-2.0
// Seals as a caller of the store meets them: what is sealed, what links them, what is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "store/sealer.h"
#include "store/test_help.h"

namespace everturn {
namespace {

class Seals : public SimStoreTest {
 protected:
  [[nodiscard]] std::string seals_path(std::string_view key = kKey) const {
    return path(".everturn/cache/seals/" + seal_file_name(session_file_name(key, false)));
  }
  [[nodiscard]] std::string seals_of(std::string_view key = kKey) const {
    return disk_.read_file(seals_path(key)).value_or("(none)");
  }
  // The same file with other bytes.
  void overwrite(const std::string& bytes) {
    const auto root = must(disk_.open_folder(folder_, false));
    const std::string name = session_file_name(kKey, false);
    const auto file = must(root->open(name, Access::write));
    ASSERT_TRUE(file->truncate(0).ok());
    const auto adding = must(root->open(name, Access::append));
    ASSERT_TRUE(adding->append(bytes).ok());
  }
  static std::string whys(const SealReport& report) {
    std::string all;
    for (const SealLink& link : report.links) all += (all.empty() ? "" : " ") + link.why;
    return all;
  }
};

void expect_all_sealed(const SealReport& report) {
  EXPECT_TRUE(report.has_seals);
  EXPECT_FALSE(report.is_alarm());
  EXPECT_EQ(report.unsealed_bytes, 0U);
  EXPECT_EQ(report.sealed_bytes, report.bytes);
  EXPECT_EQ(report.watermark, report.bytes);
}

TEST_F(Seals, EveryDurableAppendIsSealed) {
  const auto store = open();
  for (int i = 0; i < 5; ++i) {
    must(append_to(*store, kKey, texts(i, i + i)));
    expect_all_sealed(must(store->verify(kKey)));
  }
  EXPECT_EQ(whys(must(store->verify(kKey))), "new");
}

TEST_F(Seals, TheyAreKeptOnlyInOwnFoldersAndWhereTheyAreWanted) {
  StoreOptions options;
  options.seals = false;
  const auto store = open(options);
  must(append_to(*store, kKey, texts(1, 2)));
  EXPECT_EQ(seals_of(), "(none)");
  const SealReport report = must(store->verify(kKey));
  EXPECT_FALSE(report.has_seals);
  EXPECT_FALSE(report.is_alarm());
  EXPECT_EQ(report.unsealed_bytes, report.bytes);
  EXPECT_EQ(store->seal(kKey).status().code(), Code::invalid);
}

TEST_F(Seals, WeakerAppendsAreSealedByTheNextDurableOne) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 1)));
  WriteOptions weak;
  weak.durability.level = Level::kernel;
  must(append_to(*store, kKey, texts(2, 4), weak));
  const SealReport between = must(store->verify(kKey));
  EXPECT_GT(between.unsealed_bytes, 0U);
  EXPECT_LT(between.watermark, between.bytes);
  must(append_to(*store, kKey, texts(5, 5)));
  expect_all_sealed(must(store->verify(kKey)));
  EXPECT_NE(seals_of().find("\"late\":true"), std::string::npos);
}

TEST_F(Seals, WhatAWriterSyncedInTheBackgroundIsSealedWhenItCloses) {
  const auto store = open();
  const auto writer = must(store->open_writer(kKey));
  WriteOptions weak;
  weak.durability.level = Level::kernel;
  for (int i = 0; i < 3; ++i) must(append_to(*writer, texts(i, i), weak));
  ASSERT_TRUE(writer->close().ok());
  expect_all_sealed(must(store->verify(kKey)));
}

TEST_F(Seals, WhatAnotherProcessSealedMeanwhileIsNotSealedTwice) {
  const auto store = open();
  const auto writer = must(store->open_writer(kKey));
  WriteOptions weak;
  weak.durability.level = Level::kernel;
  must(append_to(*writer, texts(1, 1), weak));
  must(append_to(*writer, texts(2, 2), weak));
  ASSERT_TRUE(store->flush().ok());
  must(append_to(*open(), kKey, texts(3, 4)));
  ASSERT_TRUE(writer->close().ok());
  const SealReport report = must(store->verify(kKey));
  expect_all_sealed(report);
  EXPECT_EQ(whys(report), "new");
}

TEST_F(Seals, TwoProcessesGoOnWithOneChain) {
  const auto one = open();
  const auto other = open();
  for (int i = 0; i < 4; ++i) {
    must(append_to(*(i % 2 == 0 ? one : other), kKey, texts(i, i + 1)));
  }
  const SealReport report = must(open()->verify(kKey));
  expect_all_sealed(report);
  EXPECT_EQ(whys(report), "new");
}

TEST_F(Seals, EveryRewriteOfOursIsLinkedAndSealed) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 6)));
  must(store->pop(kKey, 1));
  const Appended saved =
      must(store->save(kKey, std::vector<std::string_view>{R"({"n":1})", R"({"n":2})"},
                       expecting(must(store->version(kKey)))));
  MetadataChange change;
  change.merge = R"({"title":"x"})";
  must(store->update_metadata(kKey, change, expecting(saved.version)));
  const SealReport report = must(store->verify(kKey));
  expect_all_sealed(report);
  EXPECT_EQ(whys(report), "new rewind save");
  EXPECT_TRUE(report.links.front().old_head.empty());
  EXPECT_FALSE(report.links.back().old_head.empty());
}

TEST_F(Seals, VacuumDropsWhatTheySayOfFilesThatAreGone) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 6)));
  must(store->pop(kKey, 1));
  MetadataChange change;
  change.merge = R"({"title":"x"})";
  must(store->update_metadata(kKey, change));
  must(store->vacuum(kKey));
  const SealReport report = must(store->verify(kKey));
  expect_all_sealed(report);
  EXPECT_EQ(whys(report), "vacuum");
  EXPECT_FALSE(report.links.back().old_head.empty());
}

TEST_F(Seals, ForkAndRenameNameTheHeadOfTheSource) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  must(store->fork(kKey, "fork:1"));
  expect_all_sealed(must(store->verify("fork:1")));
  must(store->rename(kKey, "named:1"));
  EXPECT_EQ(seals_of(), "(none)");
  const SealReport renamed = must(store->verify("named:1"));
  expect_all_sealed(renamed);
  EXPECT_EQ(whys(renamed), "rename");
  EXPECT_EQ(renamed.links[0].old_head, must(store->verify("fork:1")).links[0].old_head);
  EXPECT_FALSE(renamed.links[0].old_head.empty());
}

TEST_F(Seals, ADeletedSessionComesBackSealedAndAPurgedOneLeavesNone) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  const TrashEntry entry = must(store->remove(kKey));
  ASSERT_TRUE(store->sweep().ok());
  ASSERT_TRUE(store->undelete(entry.id).ok());
  expect_all_sealed(must(store->verify(kKey)));
  const TrashEntry again = must(store->remove(kKey));
  must(append_to(*store, kKey, texts(7, 8)));
  EXPECT_EQ(whys(must(store->verify(kKey))), "new new");
  ASSERT_TRUE(store->purge(again.id).ok());
  const SealReport live = must(store->verify(kKey));
  expect_all_sealed(live);
  EXPECT_EQ(whys(live), "new");
  ASSERT_TRUE(store->purge(must(store->remove(kKey)).id).ok());
  EXPECT_EQ(seals_of(), "(none)");
}

TEST_F(Seals, PurgeThatCannotReachTheSealsLeavesTheEntry) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  const TrashEntry entry = must(store->remove(kKey));
  disk_.fail_next("try_lock", EIO);
  EXPECT_FALSE(store->purge(entry.id).ok());
  EXPECT_EQ(must(store->trash()).size(), 1U);
  ASSERT_TRUE(store->purge(entry.id).ok());
  EXPECT_EQ(seals_of(), "(none)");
}

TEST_F(Seals, AnotherFileInItsPlaceIsUnsealedAndNoAlarm) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  const std::string bytes = bytes_of();
  disk_.erase(file_of(kKey));
  disk_.write_file(file_of(kKey), R"({"foreign":1})" + ("\n" + bytes));
  const SealReport replaced = must(store->verify(kKey));
  EXPECT_FALSE(replaced.is_alarm());
  EXPECT_EQ(replaced.unsealed_bytes, replaced.bytes);
  must(append_to(*store, kKey, texts(4, 4)));
  expect_all_sealed(must(store->verify(kKey)));
  EXPECT_EQ(whys(must(store->verify(kKey))), "new replaced");
}

TEST_F(Seals, ACopyOfTheSameBytesIsStillProven) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  const std::string bytes = bytes_of();
  disk_.erase(file_of(kKey));
  const std::string_view added = "{\"foreign\":1}\n";
  disk_.write_file(file_of(kKey), bytes + std::string(added));
  const SealReport report = must(store->verify(kKey));
  EXPECT_TRUE(report.is_copy);
  EXPECT_EQ(report.sealed_bytes, bytes.size());
  EXPECT_EQ(report.unsealed_bytes, added.size());
}

TEST_F(Seals, ForeignBytesAreSealedLateAndALargeGapIsNot) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  const std::string before = bytes_of();
  overwrite(before + R"({"foreign":1})" + "\n" + R"({"torn":)");
  must(append_to(*store, kKey, texts(4, 4)));
  expect_all_sealed(must(store->verify(kKey)));
  std::string large;
  while (large.size() <= Sealer::kGapMax) large += record_of(1000) + "\n";
  overwrite(bytes_of() + large);
  must(append_to(*store, kKey, texts(5, 5)));
  const SealReport report = must(store->verify(kKey));
  EXPECT_FALSE(report.is_alarm());
  EXPECT_EQ(report.unsealed_bytes, large.size());
  EXPECT_EQ(whys(report), "new gap");
  must(store->seal(kKey));
  expect_all_sealed(must(store->verify(kKey)));
}

TEST_F(Seals, LostOrFalsifiedSealsCostOnlyTheProof) {
  for (const std::string& seals : {std::string("(none)"), std::string(), std::string(5000, '\0'),
                                   std::string("{\"seal\":\"to\"}\n")}) {
    disk_.erase(seals_path());
    const auto store = open();
    must(append_to(*store, kKey, texts(1, 2)));
    seals == "(none)" ? disk_.erase(seals_path()) : disk_.write_file(seals_path(), seals);
    must(append_to(*store, kKey, texts(3, 3)));
    const SealReport report = must(store->verify(kKey));
    EXPECT_FALSE(report.is_alarm());
    EXPECT_EQ(report.watermark, report.bytes);
    must(store->remove(kKey));
  }
}

TEST_F(Seals, ATornSealLineHidesNothingBehindIt) {
  const auto store = open();
  for (int i = 0; i < 4; ++i) must(append_to(*store, kKey, texts(i, i)));
  std::string seals = seals_of();
  const std::size_t second = seals.find("\n", seals.find("\n") + 1) + 1;
  seals.replace(second + 20, 30, std::string(30, '\0'));
  disk_.write_file(seals_path(), seals.substr(0, seals.size() - 10));
  SealReport report = must(store->verify(kKey));
  EXPECT_FALSE(report.is_alarm());
  EXPECT_LT(report.watermark, report.bytes);
  must(append_to(*store, kKey, texts(9, 9)));
  expect_all_sealed(must(store->verify(kKey)));
}

TEST_F(Seals, AHeadKeptElsewhereFindsWhoRewroteFileAndSeals) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  VerifyOptions how;
  how.head = must(store->seal(kKey));
  must(append_to(*store, kKey, texts(4, 4)));
  EXPECT_EQ(must(store->verify(kKey, how)).head_verdict, HeadVerdict::fits);
  disk_.erase(seals_path());
  EXPECT_EQ(must(store->verify(kKey, how)).head_verdict, HeadVerdict::fits);
  std::string bytes = bytes_of();
  bytes[bytes.find("turn 2") + 5] = '7';
  overwrite(bytes);
  must(store->seal(kKey, true));
  const SealReport report = must(store->verify(kKey, how));
  EXPECT_EQ(report.finding_count, 0U);
  EXPECT_EQ(report.head_verdict, HeadVerdict::differs);
  EXPECT_TRUE(report.is_alarm());
}

TEST_F(Seals, AnAlteredSessionIsSealedAgainOnlyWhenAsked) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  std::string bytes = bytes_of();
  bytes[bytes.find("turn 2") + 5] = '7';
  overwrite(bytes);
  EXPECT_EQ(store->seal(kKey).status().code(), Code::damaged);
  must(store->seal(kKey, true));
  expect_all_sealed(must(store->verify(kKey)));
}

TEST_F(Seals, AFullDiskFailsNoAppendForTheSealsSake) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  disk_.fail_always("append", ENOSPC, ".seal");
  for (int i = 0; i < 3; ++i) must(append_to(*store, kKey, texts(4, 4)));
  disk_.clear_faults();
  const auto again = open();
  must(append_to(*again, kKey, texts(5, 5)));
  expect_all_sealed(must(again->verify(kKey)));
}

TEST_F(Seals, ARepairTellsACrashTailFromDamageOfWhatWasDurable) {
  const auto store = open();
  must(append_to(*store, kKey, texts(1, 3)));
  overwrite(bytes_of() + R"({"torn":)");
  must(append_to(*store, kKey, texts(4, 4)));
  std::string bytes = bytes_of();
  bytes[bytes.find("turn 2") - 3] = '\0';
  overwrite(bytes + R"({"torn again":)" + "\n");
  const RepairReport plan = must(store->plan_repair(kKey));
  std::string standings;
  for (const RepairStep& step : plan.steps) {
    standings += std::string(seal_standing_name(step.standing)) + " ";
  }
  // A NUL byte makes three ranges of a record.
  EXPECT_EQ(standings, "altered altered altered as_sealed crash_tail ");
  EXPECT_EQ(plan.alarm_count, 3U);
  const RepairReport done = must(store->repair(kKey));
  EXPECT_EQ(done.alarm_count, 3U);
  expect_all_sealed(must(store->verify(kKey)));
}

}  // namespace
}  // namespace everturn
