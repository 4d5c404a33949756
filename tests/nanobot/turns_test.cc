// SPDX-License-Identifier: Apache-2.0
// nanobot and a store of ours in one folder: what one writes, the other reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/nanobot/nanobot_folder.h"
#include "views/nanobot_limits.h"

namespace everturn::nanobot_test {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr std::string_view kState =
    R"({"kind": "responses", "provider": "openai", "model": "m", "version": 1, "payload": {}})";

// Texts that a careless writer changes.
const Texts kHardRecords = {
    R"({"role":"user","content":"Grüße 😀 \u00e9 \ud83d\ude00 \"x\" \\ \/ \n\t"})",
    R"({ "role" : "tool", "n":[1, 2.50, -0.0, 1e400, 12345678901234567890123], "e":{}, "l":[] })",
    R"({"role":"assistant","content":"line\u2028separator\u0085 and \u0000","role":"twice"})",
    "{\"role\":\"user\",\"content\":\"carriage return behind\"}\r",
};

INSTANTIATE_TEST_SUITE_P(Folders, NanobotFolder,
                         testing::Values(Setting{false, false}, Setting{false, true},
                                         Setting{true, false}, Setting{true, true}),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(NanobotFolder, OfNanobotOpensAndLists) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 2))));
  ASSERT_TRUE(nanobot().save(session_of(kOtherKey, texts(3, 3))));
  const std::vector<SessionInfo> list = must(open()->list());
  EXPECT_THAT(keys_in(list), ElementsAre(kOtherKey, kKey));
  for (const SessionInfo& line : list) EXPECT_EQ(line.note, "");
  EXPECT_EQ(must(open()->info()).folder, GetParam().adopted ? "own" : "shared with nanobot");
}

TEST_P(NanobotFolder, WhatNanobotWroteWeRead) {
  NanobotSession theirs = session_of(kKey, kHardRecords);
  theirs.metadata = R"({"title": "Häuser", "tags": [1, 2]})";
  theirs.last_consolidated = 2;
  theirs.provider_state = kState;
  ASSERT_TRUE(nanobot().save(theirs));
  const Loaded loaded = load(store(), kKey);
  EXPECT_EQ(loaded.damage(), "");
  EXPECT_EQ(loaded.records.front(),
            R"({"_type": "provider_state", "state": )" + std::string(kState) + "}");
  EXPECT_EQ(Texts(loaded.records.begin() + 1, loaded.records.end()), theirs.messages);
  const Metadata metadata = must(store().metadata(kKey));
  EXPECT_EQ(metadata.key, kKey);
  EXPECT_EQ(metadata.values, theirs.metadata);
  EXPECT_EQ(metadata.created_at, theirs.created_at);
  EXPECT_EQ(metadata.last_consolidated, 2);
}

TEST_P(NanobotFolder, WhatWeWroteNanobotReads) {
  append(kHardRecords);
  MetadataChange change;
  change.merge = R"({"title":"Häuser","tags":[1,2]})";
  change.last_consolidated = 2;
  must(store().update_metadata(kKey, change));
  const NanobotSession theirs = must_load(nanobot(), kKey);
  EXPECT_EQ(theirs.messages, dumped(kHardRecords));
  EXPECT_EQ(theirs.metadata, R"({"title": "Häuser", "tags": [1, 2]})");
  EXPECT_EQ(theirs.last_consolidated, 2);
  EXPECT_TRUE(is_naive_iso_time(theirs.created_at)) << theirs.created_at;
  EXPECT_TRUE(is_naive_iso_time(theirs.updated_at)) << theirs.updated_at;
}

TEST_P(NanobotFolder, WhatWeReplacedNanobotReads) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 3))));
  const Version version = load(store(), kKey).report.version;
  const std::string record = text(9);
  const std::vector<std::string_view> records = {record};
  must(store().save(kKey, records, expecting(version)));
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped({text(9)}));
}

TEST_P(NanobotFolder, ProviderStateStaysWhatItIsToNanobot) {
  NanobotSession theirs = session_of(kKey, texts(1, 1));
  theirs.provider_state = kState;
  ASSERT_TRUE(nanobot().save(theirs));
  append({text(2)});
  set_title("ours");
  EXPECT_EQ(must_load(nanobot(), kKey).provider_state, kState);
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 2)));
}

TEST_P(NanobotFolder, AlternatingTurnsLoseNothing) {
  Texts all;
  for (int turn = 0; turn < 40; turn += 2) {
    nanobot_turn(nanobot(), kKey, text(turn));
    append({text(turn + 1)});
    all.push_back(text(turn));
    all.push_back(text(turn + 1));
    ASSERT_EQ(must_load(nanobot(), kKey).messages, dumped(all));
    ASSERT_EQ(dumped(our_records()), dumped(all));
  }
}

TEST_P(NanobotFolder, MetadataChangeRewritesTheFirstLine) {
  append(texts(1, 2));
  set_title("first");
  set_title("second");
  ASSERT_EQ(nanobot().list().size(), 1U);
  EXPECT_EQ(nanobot().list().front().title, "second");
  EXPECT_EQ(count(file_bytes(), R"("_type":"metadata")"), 1U);
  EXPECT_TRUE(nanobot().update_metadata(kKey, R"({"title": "theirs"})"));
  EXPECT_EQ(must_load(nanobot(), kKey).metadata, R"({"title": "theirs"})");
  EXPECT_EQ(must(store().metadata(kKey)).values, R"({"title": "theirs"})");
  EXPECT_EQ(our_records(), texts(1, 2));
}

TEST_P(NanobotFolder, TheirTitleAndOursAreMerged) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 1))));
  ASSERT_TRUE(nanobot().update_metadata(kKey, R"({"goal": "theirs"})"));
  set_title("ours");
  EXPECT_EQ(find_member(must_load(nanobot(), kKey).metadata, "goal"), "\"theirs\"");
  EXPECT_EQ(find_member(must_load(nanobot(), kKey).metadata, "title"), "\"ours\"");
}

TEST_P(NanobotFolder, ForkAndRenameAreSeenUnderTheNewKeyOnce) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 3))));
  must(store().fork(kKey, "fork:1"));
  must(store().rename(kKey, kOtherKey));
  EXPECT_THAT(keys_in(nanobot().list()), ElementsAre(kOtherKey, "fork:1"));
  EXPECT_THAT(keys_in(must(store().list())), ElementsAre(kOtherKey, "fork:1"));
  EXPECT_EQ(must_load(nanobot(), "fork:1").messages, dumped(texts(1, 3)));
  EXPECT_EQ(must_load(nanobot(), kOtherKey).messages, dumped(texts(1, 3)));
  EXPECT_FALSE(nanobot().load(kKey));
}

TEST_P(NanobotFolder, DeleteRemovesCanonicalAndLegacy) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 1))));
  write_whole(nanobot().legacy_path_of(kKey), first_line(kKey) + "\n" + lines({text(7)}));
  const TrashEntry entry = must(store().remove(kKey));
  EXPECT_FALSE(nanobot().load(kKey));
  EXPECT_FALSE(nanobot().erase(kKey)) << "a file of the key was left";
  EXPECT_TRUE(store().undelete(entry.id).ok());
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 1)));
  EXPECT_EQ(read_whole(nanobot().legacy_path_of(kKey)), first_line(kKey) + "\n" + lines({text(7)}));
}

TEST_P(NanobotFolder, WhatNanobotDeletedIsGone) {
  append(texts(1, 2));
  ASSERT_TRUE(nanobot().erase(kKey));
  EXPECT_EQ(code_of(try_load(store(), kKey)), Code::not_found);
  append({text(3)});
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped({text(3)}));
}

TEST_P(NanobotFolder, LegacyFileIsFoundByKey) {
  const std::string path = folder().sessions() + "/telegram_12345.jsonl";
  write_whole(path, first_line("telegram:12345") + "\n" + lines(texts(1, 2)));
  EXPECT_EQ(our_records("telegram:12345"), texts(1, 2));
  EXPECT_THAT(keys_in(must(store().list())), ElementsAre("telegram:12345"));
  append({text(3)}, "telegram:12345");
  EXPECT_EQ(read_whole(path), first_line("telegram:12345") + "\n" + lines(texts(1, 3)));
}

// `levels` of nesting.
std::string deep(std::size_t levels) {
  return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}
std::string digits(std::size_t count) { return R"({"a":)" + std::string(count, '7') + "}"; }

TEST_P(NanobotFolder, RecordsItCannotReadAreNamed) {
  for (const std::string& record : {deep(2000), digits(5000)}) {
    const std::string key = "session:" + std::to_string(record.size());
    EXPECT_EQ(check_nanobot_can_read(record).code(), Code::invalid);
    append({record}, key);
    EXPECT_FALSE(nanobot().load(key));
  }
}

TEST_P(NanobotFolder, RecordsItCannotSaveAreNamed) {
  const std::string lone = R"({"a":"\ud83d"})";
  EXPECT_EQ(check_nanobot_can_read(lone).code(), Code::invalid);
  append({lone});
  EXPECT_FALSE(nanobot().save(must_load(nanobot(), kKey)));
}

TEST_P(NanobotFolder, RecordsThatBreakItsListingAreNamed) {
  EXPECT_EQ(check_nanobot_can_read(deep(600)).code(), Code::invalid);
  append({deep(600)});
  EXPECT_TRUE(nanobot().load(kKey));
  EXPECT_TRUE(nanobot().list_fails());
}

TEST_P(NanobotFolder, RecordsAtTheLimitsItReads) {
  const Texts records = {deep(kNanobotDepth), digits(kNanobotDigits), R"({"a":"\ud83d\ude00"})"};
  for (const std::string& record : records) EXPECT_TRUE(check_nanobot_can_read(record).ok());
  append(records);
  const NanobotSession theirs = must_load(nanobot(), kKey);
  EXPECT_EQ(theirs.messages, dumped(records));
  EXPECT_TRUE(nanobot().save(theirs));
  EXPECT_FALSE(nanobot().list_fails());
}

// The mark of an operation would be the metadata record that counts in its load, for ever.
TEST_P(NanobotFolder, OperationIdsAreRefusedAndMembersWork) {
  append({text(1)});
  WriteOptions once;
  once.once.operation = "turn-2";
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(2)}, once)), Code::invalid);
  once.once = {"", "content"};
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSERT_TRUE(append_to(store(), kKey, {text(2)}, once).ok());
  }
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 2)));
}

// Its save writes what is in its memory over everything that came in between. Only who says what he
// expects is told.
TEST_P(NanobotFolder, StaleSaveOfNanobotIsAConflictForWhoExpects) {
  ASSERT_TRUE(nanobot().save(session_of(kKey, texts(1, 1))));
  NanobotSession stale = must_load(nanobot(), kKey);
  append({text(2)});
  const Version ours = load(store(), kKey).report.version;
  stale.messages.push_back(python_dumps(text(3)));
  ASSERT_TRUE(nanobot().save(stale));
  EXPECT_EQ(code_of(append_to(store(), kKey, {text(4)}, expecting(ours))), Code::conflict);
  EXPECT_EQ(our_records(), dumped({text(1), text(3)}));
  EXPECT_THAT(keys_in(must(store().list())), ElementsAre(kKey));
}

}  // namespace
}  // namespace everturn::nanobot_test
