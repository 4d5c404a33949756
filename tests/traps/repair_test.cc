// SPDX-License-Identifier: Apache-2.0
// Repairs beside other programs, and taking them back.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/json.h"
#include "store/file_repair.h"
#include "store/test_help.h"
#include "tests/traps/hook_fs.h"

namespace everturn {
namespace {

const std::string kTorn = R"({"role":"user","content":"torn he)";

RepairOptions in_place() {
  RepairOptions how;
  how.in_place = true;
  return how;
}
RepairOptions forced() {
  RepairOptions how;
  how.force = true;
  return how;
}

class Repair : public SimStoreTest {
 protected:
  Repair() { pad(false); }
  const std::string kHead = first_line(kKey) + "\n";
  const std::string kDamaged = kHead + text(1) + text(2) + "\n" + kTorn + text(3) + "\n" + kTorn;
  const std::string kRepaired = kHead + text(1) + "\n" + text(2) + "\n" + text(3) + "\n";
};

TEST_F(Repair, PutsEveryRecordOnALineOfItsOwn) {
  put_session(kDamaged);
  const RepairReport report = must(open()->repair(kKey));
  EXPECT_EQ(bytes_of(), kRepaired);
  EXPECT_EQ(report.records, 4U);
  EXPECT_EQ(report.recovered, 3U);
  EXPECT_EQ(report.set_aside_bytes, 2 * kTorn.size());
  EXPECT_EQ(load(*open(), kKey).damage(), "");
}

TEST_F(Repair, PlanChangesNothing) {
  put_session(kDamaged);
  const auto store = open();
  const auto mutations = disk_.mutations();
  const RepairReport plan = must(store->plan_repair(kKey));
  EXPECT_TRUE(plan.has_work());
  EXPECT_EQ(plan.receipt_id, "");
  EXPECT_EQ(disk_.mutations(), mutations);
}

TEST_F(Repair, InPlaceKeepsOffsetsAndRecords) {
  put_session(kDamaged);
  const auto store = open();
  const Loaded before = load(*store, kKey);
  const RepairReport report = must(store->repair(kKey, in_place()));
  EXPECT_EQ(report.bytes_after, report.bytes_before);
  EXPECT_EQ(bytes_of().size(), kDamaged.size());
  EXPECT_EQ(bytes_of().find(text(3)), kDamaged.find(text(3)));
  const Loaded after = load(*open(), kKey);
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.damage(), "");
  EXPECT_FALSE(must(store->plan_repair(kKey, in_place())).has_work());
}

TEST_F(Repair, InPlaceCanBeUndone) {
  put_session(kDamaged);
  const auto store = open();
  const std::string id = must(store->repair(kKey, in_place())).receipt_id;
  ASSERT_TRUE(append_to(*store, kKey, {text(4)}).ok());
  ASSERT_TRUE(store->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), kDamaged + "\n" + text(4) + "\n");
}

TEST_F(Repair, UndoGivesTheOldBytesAndWhatCameLaterBehindThem) {
  put_session(kDamaged);
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(append_to(*store, kKey, {text(4)}).ok());
  ASSERT_TRUE(store->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), kDamaged + "\n" + text(4) + "\n");
  EXPECT_EQ(load(*store, kKey).records, texts(1, 4));
}

TEST_F(Repair, UndoOfATerminatedSessionAddsNoLineEnd) {
  put_session(kHead + text(1) + text(2) + "\n");
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(append_to(*store, kKey, {text(3)}).ok());
  ASSERT_TRUE(store->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), kHead + text(1) + text(2) + "\n" + text(3) + "\n");
}

TEST_F(Repair, UndoTwiceIsUndoOnce) {
  // Here the repaired content is the beginning of the old one.
  put_session(kRepaired + kTorn);
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(store->undo_repair(id).ok());
  ASSERT_TRUE(store->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), kRepaired + kTorn);
}

TEST_F(Repair, UndoOfASessionThatWasChangedIsAConflict) {
  put_session(kDamaged);
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(store->pop(kKey, 2).ok());
  const std::string before = bytes_of();
  EXPECT_EQ(code_of(store->undo_repair(id)), Code::conflict);
  EXPECT_EQ(bytes_of(), before);
}

TEST_F(Repair, UndoToAFileLeavesTheSessionAlone) {
  put_session(kDamaged);
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(store->undo_repair(id, path("old.txt")).ok());
  EXPECT_EQ(disk_.read_file(path("old.txt")), kDamaged);
  EXPECT_EQ(bytes_of(), kRepaired);
  EXPECT_EQ(code_of(store->undo_repair(id, path("old.txt"))), Code::conflict);
}

TEST_F(Repair, UndoOfAChangedSessionToAFileGivesWhatWasTakenOut) {
  put_session(kDamaged);
  const auto store = open();
  const std::string id = must(store->repair(kKey)).receipt_id;
  ASSERT_TRUE(store->pop(kKey, 2).ok());
  EXPECT_EQ(code_of(store->undo_repair(id, path("taken.txt"))), Code::conflict);
  EXPECT_EQ(disk_.read_file(path("taken.txt")), kTorn + kTorn);
}

TEST_F(Repair, UndoNoticesADamagedQuarantine) {
  put_session(kDamaged);
  const auto store = open();
  const RepairReport report = must(store->repair(kKey));
  const std::string stem = path(".everturn/quarantine/" + report.receipt_id);
  std::string bytes = disk_.read_file(stem + ".bytes").value_or("");
  ASSERT_FALSE(bytes.empty());
  bytes[0] = '!';
  disk_.write_file(stem + ".bytes", bytes);
  EXPECT_EQ(code_of(store->undo_repair(report.receipt_id)), Code::damaged);
  EXPECT_EQ(bytes_of(), kRepaired);
}

TEST_F(Repair, LineOverTheLimitIsNeverTakenOut) {
  StoreOptions options;
  options.max_record_bytes = 1000;
  for (const RepairOptions& how : {RepairOptions(), in_place()}) {
    put_session(kHead + record_of(3000) + "\n" + kTorn + text(3) + "\n");
    const auto store = open(options);
    const RepairReport report = must(store->repair(kKey, how));
    EXPECT_NE(bytes_of().find(record_of(3000)), std::string::npos);
    EXPECT_EQ(report.left_count, 1U);
    EXPECT_EQ(report.set_aside_bytes, kTorn.size());
  }
}

TEST_F(Repair, ToAFileLeavesTheSessionAlone) {
  put_session(kDamaged);
  RepairOptions how;
  how.to = path("new.txt");
  EXPECT_EQ(must(open()->repair(kKey, how)).receipt_id, "");
  EXPECT_EQ(disk_.read_file(how.to), kRepaired);
  EXPECT_EQ(bytes_of(), kDamaged);
  EXPECT_EQ(code_of(open()->repair(kKey, how)), Code::conflict);
}

TEST_F(Repair, AppendNeverWaitsForARepairAndIsInItsResult) {
  put_session(kDamaged.substr(0, kDamaged.size() - kTorn.size()));
  HookFs fs(disk_);
  const auto repairing = open_on(fs);
  const auto appending = open();
  fs.before("sync_data", [&] { EXPECT_TRUE(append_to(*appending, kKey, {text(4)}).ok()); });
  const RepairReport report = must(repairing->repair(kKey));
  EXPECT_TRUE(fs.is_done());
  EXPECT_EQ(bytes_of(), kRepaired + text(4) + "\n");
  EXPECT_EQ(report.records, 5U);
  ASSERT_TRUE(append_to(*appending, kKey, {text(5)}).ok());
  EXPECT_EQ(load(*open(), kKey).records, texts(1, 5));
}

TEST_F(Repair, SessionReplacedMeanwhileIsAConflict) {
  put_session(kDamaged);
  HookFs fs(disk_);
  const auto store = open_on(fs);
  fs.before("sync_data", [&] { ASSERT_TRUE(open()->pop(kKey, 1).ok()); });
  EXPECT_EQ(code_of(store->repair(kKey)), Code::conflict);
  EXPECT_EQ(load(*open(), kKey).records, texts(1, 2));
}

TEST_F(Repair, TwoAtOnceLeaveWhatOneWould) {
  for (const RepairOptions& how : {RepairOptions(), in_place()}) {
    put_session(kDamaged);
    HookFs fs(disk_);
    const auto store = open_on(fs);
    fs.before("sync_data", [&] { must(open()->repair(kKey, how)); });
    static_cast<void>(store->repair(kKey));
    EXPECT_EQ(load(*open(), kKey).records, texts(1, 3));
    EXPECT_EQ(load(*open(), kKey).damage(), "");
  }
}

TEST_F(Repair, ReceiptOfTheOneThatWasFirstOfTwoAtOnceHolds) {
  put_session(kDamaged);
  HookFs fs(disk_);
  const auto store = open_on(fs);
  std::string id;
  fs.before("sync_data", [&] { id = must(open()->repair(kKey)).receipt_id; });
  EXPECT_EQ(code_of(store->repair(kKey)), Code::conflict);
  ASSERT_TRUE(store->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), kDamaged);
}

TEST_F(Repair, ListKeepsARepairedSessionWithTheKeyFromItsLaterMetadataRecord) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, texts(1, 2)).ok());
  MetadataChange title;
  title.merge = R"({"title":"Holiday"})";
  ASSERT_TRUE(store->update_metadata(kKey, title).ok());
  put_session("garbage" + bytes_of().substr(30));
  ASSERT_TRUE(open()->repair(kKey).ok());
  const std::vector<SessionInfo> all = must(open()->list());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, kKey);
  EXPECT_EQ(find_member(must(open()->metadata(kKey)).values, "title"), R"("Holiday")");
}

TEST_F(Repair, GetOrCreateOnGarbageGivesAnEmptySessionAndTheNextSaveKeepsTheGarbage) {
  const std::string garbage = "%PDF-1.7\n" + std::string(50, '\0') + "\n";
  put_session(garbage);
  const auto store = open();
  EXPECT_EQ(load(*store, kKey).records, Texts());
  const WriteOptions how = expecting(must(store->version(kKey)));
  const std::string record = text(1);
  const std::string_view records[] = {record};
  ASSERT_TRUE(store->save(kKey, records, how).ok());
  EXPECT_EQ(load(*store, kKey).records, Texts{record});
  const std::string id = must(store->trash()).at(0).id;
  EXPECT_EQ(disk_.read_file(path(".everturn/trash/" + id + ".0")), garbage);
}

// A file of another program, on a simulated disk.
class RepairForeign : public SimStoreTest {
 protected:
  RepairForeign() : SimStoreTest("/foreign") {
    options_.state_folder = "/state";
    disk_.write_file(kFile, kDamaged);
  }
  Result<RepairReport> repair(Fs& fs, const RepairOptions& how = {}) {
    return repair_file_on(fs, kFile, how, options_, true);
  }
  const std::string kFile = "/foreign/x.jsonl";
  const std::string kDamaged = text(1) + text(2) + "\n" + kTorn + "\n";
  const std::string kRepaired = text(1) + "\n" + text(2) + "\n";
  StoreOptions options_;
};

TEST_F(RepairForeign, LeavesNothingOfOursBesideTheFile) {
  ASSERT_TRUE(repair(disk_).ok());
  EXPECT_EQ(disk_.read_file(kFile), kRepaired);
  for (const std::string& path : disk_.paths()) {
    EXPECT_TRUE(!path.starts_with("/foreign/") || path == "/foreign/" || path == kFile) << path;
  }
}

TEST_F(RepairForeign, RefusesWhileSomebodyHasTheFileOpenForWriting) {
  disk_.set_other_writer(kFile, "process 4711 (node)");
  const auto before = disk_.files();
  const Result<RepairReport> refused = repair(disk_);
  EXPECT_EQ(code_of(refused), Code::unavailable);
  EXPECT_NE(refused.status().message().find("process 4711 (node)"), std::string::npos);
  EXPECT_EQ(disk_.files(), before);
  EXPECT_TRUE(repair(disk_, in_place()).ok());
}

TEST_F(RepairForeign, RefusesToUndoWhileSomebodyHasTheFileOpenForWriting) {
  const std::string receipt = must(repair(disk_)).receipt_path;
  disk_.set_other_writer(kFile, "process 4711 (node)");
  EXPECT_EQ(code_of(undo_file_repair_on(disk_, receipt, "", options_)), Code::unavailable);
  EXPECT_EQ(disk_.read_file(kFile), kRepaired);
  disk_.set_other_writer(kFile, "");
  EXPECT_TRUE(undo_file_repair_on(disk_, receipt, "", options_).ok());
  EXPECT_EQ(disk_.read_file(kFile), kDamaged);
}

TEST_F(RepairForeign, WriterWhoComesDuringTheRepairIsSeenBeforeTheFileIsReplaced) {
  HookFs fs(disk_);
  fs.before("sync_data", [&] { disk_.set_other_writer(kFile, "process 4711 (node)"); });
  EXPECT_EQ(code_of(repair(fs)), Code::unavailable);
  EXPECT_EQ(disk_.read_file(kFile), kDamaged);
}

TEST_F(RepairForeign, WhatWasWrittenBeforeTheRenameIsCarriedOver) {
  HookFs fs(disk_);
  const auto folder = must(disk_.open_folder("/foreign", false));
  const auto writer = must(folder->open("x.jsonl", Access::append));
  constexpr int kRenames = 4;  // three of the quarantine before the file's own
  fs.before(
      "rename", [&] { must(writer->append(text(3) + "\n")); }, kRenames);
  ASSERT_TRUE(repair(fs, forced()).ok());
  EXPECT_TRUE(fs.is_done());
  EXPECT_EQ(disk_.read_file(kFile), kRepaired + text(3) + "\n");
}

TEST_F(RepairForeign, LineThatIsJustBeingWrittenIsNotOverwrittenInPlace) {
  for (const std::string& tail : {kTorn, text(5) + kTorn}) {
    disk_.write_file(kFile, kDamaged + tail);
    const std::string receipt = must(repair(disk_, in_place())).receipt_path;
    EXPECT_TRUE(disk_.read_file(kFile).value_or("").ends_with("\n" + tail));
    EXPECT_FALSE(must(repair_file_on(disk_, kFile, in_place(), options_, false)).has_work());
    ASSERT_TRUE(undo_file_repair_on(disk_, receipt, "", options_).ok());
    EXPECT_EQ(disk_.read_file(kFile), kDamaged + tail);
  }
}

TEST_F(RepairForeign, FileThatWasChangedMeanwhileIsAConflict) {
  HookFs fs(disk_);
  fs.before("sync_data", [&] { disk_.write_file(kFile, text(7) + text(8) + "\n" + kTorn + "\n"); });
  EXPECT_EQ(code_of(repair(fs)), Code::conflict);
  EXPECT_EQ(disk_.read_file(kFile), text(7) + text(8) + "\n" + kTorn + "\n");
}

TEST_F(RepairForeign, OwnerThatCannotBeKeptRefusesTheRepair) {
  disk_.set_attributes(kFile, {0640, 1001, 1001});
  disk_.set_may_change_owner(false);
  EXPECT_EQ(code_of(repair(disk_)), Code::io);
  EXPECT_EQ(disk_.read_file(kFile), kDamaged);
  disk_.set_may_change_owner(true);
  ASSERT_TRUE(repair(disk_).ok());
  EXPECT_EQ(disk_.attributes(kFile), (Attributes{0640, 1001, 1001}));
}

}  // namespace
}  // namespace everturn
