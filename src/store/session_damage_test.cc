// SPDX-License-Identifier: Apache-2.0
// Reading damaged sessions through the store: what comes back, and that nothing is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

std::string notes_of(const Loaded& loaded) {
  std::string all;
  for (const Note& note : loaded.report.notes) {
    all += (all.empty() ? "" : " ") + std::string(note_kind_name(note.kind));
  }
  return all;
}

class SessionDamage : public SimStoreTest {
 protected:
  Loaded found(const std::string& bytes) {
    put_session(bytes);
    return load(*open(), kKey);
  }
};

TEST_F(SessionDamage, TruncatedLastLineLeavesTheOthers) {
  const Loaded loaded = found(first_line(kKey) + "\n" + text(1) + "\n" + text(2).substr(0, 20));
  EXPECT_EQ(loaded.records, texts(1, 1));
  EXPECT_EQ(loaded.report.in_flight_bytes, 20U);
}

TEST_F(SessionDamage, CorruptMetadataLineIsSkippedAndTheRestIsKept) {
  const Loaded loaded = found(first_line(kKey).substr(0, 25) + "\n" + lines(texts(1, 3)));
  EXPECT_EQ(loaded.records, texts(1, 3));
  EXPECT_EQ(loaded.damage(), "torn 0+25");
  EXPECT_EQ(notes_of(loaded), "metadata_torn");
}

TEST_F(SessionDamage, OfAllLinesIsNoRecordAndTheFileIsKeptAndListed) {
  const std::string bytes = "hello\n{\"role\":\"us\nworld\n";
  EXPECT_EQ(found(bytes).records, Texts{});
  EXPECT_EQ(bytes_of(), bytes);
  const std::vector<SessionInfo> sessions = must(open()->list({.check = true}));
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].key, kKey);
  EXPECT_EQ(sessions[0].note, "no record");
  EXPECT_EQ(sessions[0].damage_count, 3U);
}

TEST_F(SessionDamage, EmptyFileIsAnEmptySession) {
  const Loaded loaded = found("");
  EXPECT_EQ(loaded.records, Texts{});
  EXPECT_EQ(loaded.damage() + notes_of(loaded), "");
  EXPECT_EQ(must(open()->list()).at(0).note, "empty");
}

TEST_F(SessionDamage, OneJsonDocumentIsNoneAndNoRecord) {
  const Texts documents = {"[" + text(1) + "," + text(2) + "]",
                           "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", "[ ]\n"};
  for (const std::string& document : documents) {
    const Loaded loaded = found(document);
    EXPECT_EQ(loaded.records, Texts{}) << document;
    EXPECT_EQ(loaded.damage(), "") << document;
    EXPECT_EQ(notes_of(loaded), "json_document") << document;
    EXPECT_EQ(loaded.report.version, must(open()->version(kKey)));
  }
}

TEST_F(SessionDamage, WhatOnlyBeginsAsADocumentIsDamage) {
  const Loaded loaded = found("[" + text(1) + ",\n" + text(2) + "\n");
  EXPECT_EQ(loaded.records, texts(2, 2));
  EXPECT_EQ(loaded.report.damage_count, 1U);
}

TEST_F(SessionDamage, ADocumentOfOurOwnBecomesLinesByRepair) {
  put_session("[\n" + text(1) + ",\n" + text(2) + "\n]\n");
  const auto store = open();
  ASSERT_TRUE(must(store->repair(kKey)).has_work());
  EXPECT_EQ(load(*store, kKey).records, texts(1, 2));
}

TEST_F(SessionDamage, WholeRecordsAmidItKeepTheirOrder) {
  const Loaded loaded =
      found(first_line(kKey) + "\n" + text(1) + "\nx\n" + text(2) + text(3) + "\n" +
            text(9).substr(0, 12) + text(4) + "\n" + std::string(100, '\0') + text(5) + "\n");
  EXPECT_EQ(loaded.records, texts(1, 5));
}

TEST_F(SessionDamage, BadTimestampFallsBackAndTheOffsetIsKept) {
  const std::string line = R"({"_type":"metadata","key":"telegram:12345","created_at":"soon",)"
                           R"("updated_at":"2026-08-20T10:02:11","last_consolidated":1})";
  EXPECT_EQ(notes_of(found(line + "\n" + lines(texts(1, 2)))), "bad_timestamp");
  const Metadata metadata = must(open()->metadata(kKey));
  EXPECT_EQ(metadata.created_at, "2026-08-20T10:02:11");
  EXPECT_EQ(metadata.last_consolidated, 1);
}

TEST_F(SessionDamage, ReadingMendsAndWritesNothing) {
  const std::string bytes = first_line(kKey) + "\n{\"role\":\"user\",\"content\":\"caf\xE9\"}\n" +
                            text(1) + text(2) + "\n" + text(3);
  const Loaded loaded = found(bytes);
  EXPECT_EQ(loaded.records.at(0), "{\"role\":\"user\",\"content\":\"caf\xEF\xBF\xBD\"}");
  EXPECT_EQ(loaded.records.size(), 4U);
  EXPECT_EQ(loaded.report.salvaged, 1U);
  EXPECT_EQ(notes_of(loaded), "salvaged glued unterminated_record");
  static_cast<void>(must(open()->list({.check = true})));
  EXPECT_EQ(bytes_of(), bytes);
}

TEST_F(SessionDamage, SalvagedRecordsAreTheSameBackwards) {
  const std::string bad =
      "{\"role\":\"user\",\"content\":\"" + std::string(5 << 20, '\xE9') + "\"}";
  const Loaded forwards = found(lines({text(1), bad, text(2), bad, text(3)}));
  ReadOptions how;
  how.backwards = true;
  Loaded backwards = load(*open(), kKey, how);
  std::reverse(backwards.records.begin(), backwards.records.end());
  EXPECT_EQ(backwards.records, forwards.records);
  EXPECT_EQ(backwards.report.salvaged, 2U);
  EXPECT_EQ(forwards.report.version, must(open()->version(kKey)));
}

TEST_F(SessionDamage, OfAnUnterminatedLineTheWholeRecordsAreTheVersion) {
  for (const std::string& end :
       {text(2) + text(3), text(2) + text(3).substr(0, 9), text(9).substr(0, 9) + text(3),
        std::string("x"), std::string("\xEF\xBB\xBF")}) {
    const Loaded loaded = found(lines(texts(1, 1)) + end);
    EXPECT_EQ(loaded.report.version, must(open()->version(kKey))) << end;
    ASSERT_TRUE(append_to(*open(), kKey, texts(7, 7)).ok());
    Texts more = loaded.records;
    more.push_back(text(7));
    EXPECT_EQ(load(*open(), kKey).records, more) << end;
  }
}

TEST_F(SessionDamage, DamagedSessionIsListedUnderTheKeyOfALaterMetadataRecord) {
  disk_.write_file(path(".everturn/format"), "everturn 1\n");
  disk_.write_file(path("telegram_1.jsonl"),
                   "{\"_type\":\"meta\n" + text(1) + "\n" + first_line("telegram:1") + "\n");
  const auto store = open();
  EXPECT_EQ(must(store->list()).at(0).key, "telegram:1");
  EXPECT_EQ(load(*store, "telegram:1").records.at(0), text(1));
}

TEST_F(SessionDamage, ByteOrderMarkHidesNoMetadata) {
  const std::string line = R"({"_type":"metadata","key":"telegram:12345","last_consolidated":2})";
  const Loaded loaded = found("\xEF\xBB\xBF" + line + "\n" + lines(texts(1, 2)));
  EXPECT_EQ(loaded.records, texts(1, 2));
  EXPECT_EQ(notes_of(loaded), "byte_order_mark");
  EXPECT_EQ(must(open()->metadata(kKey)).last_consolidated, 2);
}

TEST_F(SessionDamage, UnreadableFileIsAnErrorAndNoEmptySession) {
  put_session(lines(texts(1, 2)));
  const auto store = open();
  disk_.fail_always("read_at", EIO);
  EXPECT_EQ(code_of(try_load(*store, kKey)), Code::io);
  EXPECT_EQ(must(store->list()).at(0).note.substr(0, 14), "cannot be read");
}

TEST_F(SessionDamage, UnwritableFileIsAnErrorAndNoNewSession) {
  put_session(lines(texts(1, 2)));
  const auto store = open();
  disk_.fail_always("open", EACCES, ".jsonl");
  EXPECT_EQ(code_of(store->append(kKey, {text(3)})), Code::io);
  EXPECT_EQ(bytes_of(), lines(texts(1, 2)));
}

}  // namespace
}  // namespace everturn
