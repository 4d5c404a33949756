// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "store/backup_manifest.h"
#include "store/test_help.h"

namespace everturn {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class BackupTest : public SimStoreTest {
 protected:
  BackupReport backup(const BackupOptions& how = {}) {
    return must(open()->backup("/backup", how));
  }
  std::unique_ptr<Store> open_at(const std::string& path) {
    return std::make_unique<Store>(must(open_dir_engine(disk_, path, {})));
  }
  RestoreReport restore_to(const std::string& path, std::vector<std::string> only = {}) {
    RestoreOptions how;
    how.apply = true;
    how.only = std::move(only);
    return must(open_at(path)->restore("/backup", how));
  }
  void fill(std::string_view key, int first, int last) {
    must(append_to(*open(), key, texts(first, last)));
  }
  static std::string raw(Store& store, std::string_view key = kKey) {
    std::string bytes;
    EXPECT_TRUE(store
                    .read_raw(key,
                              [&bytes](std::string_view piece) {
                                bytes += piece;
                                return true;
                              })
                    .ok());
    return bytes;
  }
};

TEST_F(BackupTest, WhatComesBackIsEqualByteForByte) {
  const std::string damaged =
      first_line(kKey) + "\n" + text(1) + "\n{\"torn\n" + text(2) + "\n{\"a";
  put_session(damaged);
  fill(kOtherKey, 1, 3);
  const BackupReport done = backup();
  EXPECT_EQ(done.sessions, 2U);
  EXPECT_THAT(done.problems, IsEmpty());
  EXPECT_EQ(restore_to("/other").created, 2U);
  EXPECT_EQ(raw(*open_at("/other")), damaged);
  EXPECT_EQ(raw(*open_at("/other"), kOtherKey), bytes_of(kOtherKey));
}

TEST_F(BackupTest, PaddingIsLeftOutAndEveryRecordIsThere) {
  const auto store = open();
  const auto writer = open_padded(*store);
  for (int i = 1; i <= 4; ++i) must(append_to(*writer, {text(i)}));
  backup();
  restore_to("/other");
  EXPECT_EQ(load(*open_at("/other"), kKey).records, texts(1, 4));
  EXPECT_THAT(raw(*open_at("/other")), testing::EndsWith(text(4) + "\n"));
  // The next one sees what was written into the padding, though the file is as long as before.
  must(append_to(*writer, {text(5)}));
  EXPECT_EQ(backup().copied_files, 1U);
}

TEST_F(BackupTest, TheNextOneCopiesOnlyWhatChanged) {
  fill(kKey, 1, 2);
  fill(kOtherKey, 1, 2);
  backup();
  fill(kKey, 3, 3);
  const BackupReport second = backup();
  EXPECT_EQ(second.copied_files, 1U);
  EXPECT_EQ(second.kept_files, 2U);  // the format too
  restore_to("/other");
  EXPECT_EQ(load(*open_at("/other"), kKey).records, texts(1, 3));
}

TEST_F(BackupTest, DeletedSessionsStayInItAndInItsTrash) {
  fill(kKey, 1, 2);
  backup();
  must(open()->remove(kKey));
  EXPECT_EQ(backup().gone_files, 1U);
  restore_to("/other");
  const auto other = open_at("/other");
  EXPECT_THAT(must(other->list()), IsEmpty());
  ASSERT_EQ(must(other->trash()).size(), 1U);
  EXPECT_TRUE(other->undelete(must(other->trash()).front().id).ok());
  EXPECT_EQ(load(*other, kKey).records, texts(1, 2));
}

TEST_F(BackupTest, MirrorRemovesWhatIsGone) {
  fill(kKey, 1, 2);
  fill(kOtherKey, 1, 2);
  backup();
  must(open()->remove(kKey));
  BackupOptions how;
  how.mirror = true;
  EXPECT_EQ(backup(how).gone_files, 0U);
  EXPECT_FALSE(disk_.read_file("/backup/" + session_file_name(kKey, false)).has_value());
  EXPECT_TRUE(disk_.read_file("/backup/" + session_file_name(kOtherKey, false)).has_value());
}

TEST_F(BackupTest, RestoreOverwritesNothing) {
  fill(kKey, 1, 2);
  backup();
  fill(kKey, 3, 3);
  const std::string now = bytes_of();
  const RestoreReport report = restore_to("/store");
  EXPECT_EQ(report.conflicts, 1U);
  EXPECT_EQ(report.created, 0U);
  EXPECT_EQ(bytes_of(), now);
}

TEST_F(BackupTest, APlanChangesNothing) {
  fill(kKey, 1, 2);
  backup();
  EXPECT_EQ(must(open_at("/other")->restore("/backup")).created, 1U);
  EXPECT_THAT(must(open_at("/other")->list()), IsEmpty());
}

TEST_F(BackupTest, OnlyTheNamedSessionComesBack) {
  fill(kKey, 1, 2);
  fill(kOtherKey, 1, 2);
  backup();
  EXPECT_EQ(restore_to("/other", {std::string(kOtherKey)}).created, 1U);
  EXPECT_EQ(must(open_at("/other")->version(kKey)), Version::none());
}

TEST_F(BackupTest, ARottenBackupIsToldAndVerifyMendsIt) {
  fill(kKey, 1, 2);
  backup();
  const std::string copy = "/backup/" + session_file_name(kKey, false);
  std::string rotten = disk_.read_file(copy).value_or("");
  rotten[rotten.size() / 2] ^= 1;
  disk_.write_file(copy, rotten);
  const RestoreReport report = restore_to("/other");
  EXPECT_EQ(report.damaged, 1U);
  EXPECT_EQ(report.created, 0U);
  EXPECT_EQ(backup().copied_files, 0U);
  BackupOptions how;
  how.verify = true;
  EXPECT_EQ(backup(how).copied_files, 1U);
  EXPECT_EQ(restore_to("/other").damaged, 0U);
}

TEST_F(BackupTest, AFolderWithOtherFilesIsRefused) {
  fill(kKey, 1, 2);
  disk_.write_file("/backup/notes.txt", "mine");
  EXPECT_EQ(code_of(open()->backup("/backup")), Code::invalid);
  EXPECT_EQ(code_of(open()->backup("/store")), Code::invalid);
  EXPECT_EQ(code_of(open()->backup("/store/inside")), Code::invalid);
  EXPECT_FALSE(disk_.read_file("/backup/.everturn/backup.partial").has_value());
}

TEST_F(BackupTest, TheBackupOfAnotherStoreIsRefused) {
  fill(kKey, 1, 2);
  backup();
  must(append_to(*open_at("/second"), kKey, texts(1, 1)));
  EXPECT_THAT(open_at("/second")->backup("/backup").status().message(), HasSubstr("/store"));
}

TEST_F(BackupTest, ABackupIsReadAsAStoreAndNotWritten) {
  fill(kKey, 1, 2);
  backup();
  EXPECT_EQ(load(*open_at("/backup"), kKey).records, texts(1, 2));
  EXPECT_EQ(code_of(append_to(*open_at("/backup"), kKey, texts(3, 3))), Code::invalid);
}

TEST_F(BackupTest, OfNoStoreItSaysSoAndMakesNothing) {
  const Status failed = open_at("/nowhere")->backup("/backup").status();
  EXPECT_EQ(failed.code(), Code::not_found);
  EXPECT_NE(failed.message().find("no store at /nowhere"), std::string::npos) << failed.message();
  EXPECT_EQ(disk_.paths(), std::vector<std::string>());
}

TEST_F(BackupTest, StoppedItIsNoBackupAndTheNextRunGoesOn) {
  fill(kKey, 1, 2);
  fill(kOtherKey, 1, 2);
  BackupOptions stops;
  stops.go_on = [](const BackupReport& so_far) { return so_far.copied_files < 1; };
  EXPECT_EQ(code_of(open()->backup("/backup", stops)), Code::unavailable);
  EXPECT_EQ(code_of(open_at("/other")->restore("/backup")), Code::not_found);
  const BackupReport next = backup();
  EXPECT_TRUE(next.continued);
  EXPECT_EQ(next.kept_files, 1U);
  EXPECT_EQ(restore_to("/other").created, 2U);
}

BackupEntry entry_of(const std::string& name) {
  BackupEntry entry;
  entry.name = name;
  entry.bytes = 5;
  return entry;
}

TEST(BackupManifest, NamesOfAnyBytesComeBack) {
  BackupManifest manifest;
  manifest.store = "/s";
  for (const std::string name : {"plain.jsonl", "\xff\x01.jsonl", "quote\".jsonl"}) {
    manifest.entries[{BackupPart::sessions, name}] = entry_of(name);
  }
  const BackupManifest read = must(parse_manifest(manifest_text(manifest)));
  ASSERT_EQ(read.entries.size(), 3U);
  for (const auto& [place, entry] : manifest.entries) {
    EXPECT_EQ(read.entries.at(place).name, entry.name);
  }
}

TEST(BackupManifest, EveryFlippedByteIsSeen) {
  BackupManifest manifest;
  manifest.entries[{BackupPart::sessions, "a.jsonl"}] = entry_of("a.jsonl");
  const std::string text = manifest_text(manifest);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string flipped = text;
    flipped[i] ^= 1;
    EXPECT_FALSE(parse_manifest(flipped).ok()) << i;
    EXPECT_FALSE(parse_manifest(text.substr(0, i)).ok()) << i;
  }
}

TEST(BackupManifest, ANameThatLeadsOutIsNoEntry) {
  EXPECT_FALSE(parse_backup_line(R"({"part":"sessions","name":"../x.jsonl"})").has_value());
  EXPECT_FALSE(parse_backup_line(R"({"part":"sessions","name":".."})").has_value());
  EXPECT_FALSE(parse_backup_line(R"({"part":"else","name":"x.jsonl"})").has_value());
}

}  // namespace
}  // namespace everturn
