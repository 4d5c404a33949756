// SPDX-License-Identifier: Apache-2.0
#include "store/session_files.h"

#include "store/test_help.h"

namespace everturn {
namespace {

class SessionFilesTest : public SimStoreTest {
 protected:
  SessionFilesTest() { disk_.make_folders(folder_); }
  SessionFile find(std::string_view key) {
    return must(find_session_file(*must(disk_.open_folder(folder_, false)), key, false));
  }
  Texts all(std::string_view key) {
    return must(all_session_files(*must(disk_.open_folder(folder_, false)), key, false));
  }
  const std::string canonical_ = session_file_name(kKey, false);
  const std::string legacy_ = legacy_file_name(kKey);
};

TEST_F(SessionFilesTest, NewSessionGetsTheCanonicalName) {
  EXPECT_EQ(find(kKey).name, canonical_);
  EXPECT_FALSE(find(kKey).exists);
  EXPECT_TRUE(all(kKey).empty());
}

TEST_F(SessionFilesTest, LegacyFileOfTheKeyIsFound) {
  disk_.write_file(path(legacy_), first_line(kKey) + "\n");
  EXPECT_EQ(find(kKey).name, legacy_);
  EXPECT_TRUE(find(kKey).exists);
}

TEST_F(SessionFilesTest, LegacyFileOfAnotherKeyIsNotOurs) {
  disk_.write_file(path(legacy_), first_line("telegram/12345") + "\n");
  EXPECT_EQ(find(kKey).name, canonical_);
  EXPECT_FALSE(find(kKey).exists);
}

TEST_F(SessionFilesTest, CanonicalFileComesFirst) {
  disk_.write_file(path(legacy_), first_line(kKey) + "\n");
  disk_.write_file(path(canonical_), "");
  EXPECT_EQ(find(kKey).name, canonical_);
  EXPECT_EQ(all(kKey), (Texts{canonical_, legacy_}));
}

TEST_F(SessionFilesTest, WhatIsNoRegularFileIsInvalid) {
  disk_.make_other(path(canonical_));
  const auto folder = must(disk_.open_folder(folder_, false));
  EXPECT_EQ(code_of(find_session_file(*folder, kKey, false)), Code::invalid);
}

TEST(KeyOfFile, CanonicalNameDecides) {
  const KeyOfFile key = key_of_file(session_file_name(kKey, false), first_line("other"));
  EXPECT_EQ(key.key, kKey);
  EXPECT_NE(key.note, "");
}

TEST(KeyOfFile, MetadataDecidesForHashedAndLegacyNames) {
  const std::string long_key(600, 'k');
  EXPECT_EQ(key_of_file(session_file_name(long_key, false), first_line(long_key)).key, long_key);
  EXPECT_EQ(key_of_file(session_file_name(kKey, true), first_line(kKey)).key, kKey);
  EXPECT_EQ(key_of_file(legacy_file_name(kKey), first_line(kKey)).key, kKey);
}

TEST(KeyOfFile, NameWithoutMetadataIsTheKeyOfOtherAgentsFiles) {
  EXPECT_EQ(key_of_file("0a1b-2c3d.jsonl", R"({"type":"user"})").key, "0a1b-2c3d");
  EXPECT_EQ(key_of_file("0a1b-2c3d.jsonl", "").key, "0a1b-2c3d");
}

TEST_F(SessionFilesTest, FirstLineIsReadUpToAMebibyte) {
  const auto first = [&](const std::string& bytes) {
    disk_.write_file(path("x"), bytes);
    return must(
        read_first_line(*must(must(disk_.open_folder(folder_, false))->open("x", Access::read))));
  };
  EXPECT_EQ(first("ab\ncd\n"), "ab");
  EXPECT_EQ(first("ab"), "ab");
  EXPECT_EQ(first(""), "");
  EXPECT_EQ(first(std::string(100'000, 'x') + "\ny"), std::string(100'000, 'x'));
  EXPECT_EQ(first(std::string(8 << 20, 'x') + "\n"), "");
}

}  // namespace
}  // namespace everturn
