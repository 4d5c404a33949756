// SPDX-License-Identifier: Apache-2.0
#include "base/session_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.h"
#include "base/utf8.h"

namespace everturn {
namespace {

using testing::HasSubstr;

constexpr bool kTellsCase = false;
constexpr bool kIgnoresCase = true;

std::string random_key(std::mt19937_64& random, std::size_t max_bytes) {
  std::string key;
  const std::size_t wanted = 1 + random() % max_bytes;
  while (key.size() < wanted) {
    const char32_t limit = random() % 2 == 0 ? 0x7F : 0x10FFFF;
    std::string character;
    append_utf8(character, 1 + static_cast<char32_t>(random() % limit));
    if (key.size() + character.size() > max_bytes) break;
    key += character;
  }
  return key.empty() ? "k" : key;
}

std::string complaint(const Status& status) {
  return status.code() == Code::invalid ? status.message() : "not refused";
}

TEST(Key, OrdinaryKeysAreValid) {
  for (const std::string_view key :
       {"a", "telegram:12345", "a/b\\c", "..a", "a..", "\xf0\x9f\x98\x80", " ", "~", "-rf"}) {
    EXPECT_TRUE(check_key(key).ok()) << key;
    EXPECT_TRUE(check_new_key(key).ok()) << key;
  }
  EXPECT_TRUE(check_new_key(std::string(kMaxKeyBytes, 'k')).ok());
}

TEST(Key, HostileKeysAreRefusedWithTheReasonAndTheRemedy) {
  EXPECT_EQ(complaint(check_key("")), "the session key is empty: give it a character or more");
  EXPECT_EQ(complaint(check_key("a\xff")),
            R"(the session key "a\xFF" is not UTF-8: encode it as UTF-8)");
  EXPECT_EQ(complaint(check_key(std::string_view("a\0b", 3))),
            R"(the session key "a\u{00}b" holds a NUL character: leave it out)");
  EXPECT_THAT(complaint(check_key(std::string(1025, 'k'))),
              HasSubstr("kkk...\" has 1025 bytes: use at most 1024"));
}

TEST(Key, ALongKeyIsCutBetweenCharactersInMessages) {
  std::string key(59, 'k');
  for (int count = 0; count < 400; ++count) key += "\xe2\x82\xac";
  const std::string message = complaint(check_key(key));
  EXPECT_THAT(message, HasSubstr("k...\" has"));
  EXPECT_LT(message.size(), 200U);
}

TEST(Key, NewKeysHoldNoControlCharacters) {
  for (const std::string_view key : {"a\nb", "\x1b[2J", "a\x7f", "a\xc2\x85", "\t"}) {
    EXPECT_TRUE(check_key(key).ok());
    EXPECT_THAT(complaint(check_new_key(key)), HasSubstr("control character")) << printable(key);
  }
  EXPECT_TRUE(check_new_key("a\xc2\xa0\xc3\x80").ok());  // their bytes look like C1, they are not
}

TEST(Key, NewKeysHaveNoDotSegments) {
  for (const std::string_view key :
       {".", "..", "../x", "x/..", "a/./b", "a\\..\\b", "/..", "../../etc/passwd"}) {
    EXPECT_TRUE(check_key(key).ok());
    EXPECT_THAT(complaint(check_new_key(key)), HasSubstr("path segment")) << key;
  }
}

TEST(FileName, CanonicalNamesAreBase64url) {
  EXPECT_EQ(session_file_name("telegram:12345", kTellsCase), "dGVsZWdyYW06MTIzNDU.jsonl");
  EXPECT_EQ(session_file_name("aaa", kTellsCase), "YWFh.jsonl");
  EXPECT_EQ(key_of_file_name("YWFh.jsonl"), "aaa");
}

TEST(FileName, RandomKeysComeBackFromCanonicalNames) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 20'000; ++round) {
    const std::string key = random_key(random, 186);
    const std::string name = session_file_name(key, kTellsCase);
    ASSERT_LE(name.size(), kMaxFileNameBytes);
    ASSERT_EQ(key_of_file_name(name), key) << printable(key);
  }
}

TEST(FileName, AKeyTooLongForAFileNameIsHashed) {
  const std::string longest(186, 'k');
  EXPECT_EQ(key_of_file_name(session_file_name(longest, kTellsCase)), longest);
  const std::string name = session_file_name(longest + "k", kTellsCase);
  EXPECT_EQ(name.substr(0, 41), std::string(40, 'k') + "~");
  EXPECT_EQ(name.size(), 40 + 1 + 32 + 6U);
  EXPECT_EQ(key_of_file_name(name), std::nullopt);
  EXPECT_EQ(name, session_file_name(longest + "k", kIgnoresCase));
}

TEST(FileName, NoKeyCanTakeTheHashedNameOfAnother) {
  std::mt19937_64 random(12);
  for (int round = 0; round < 2'000; ++round) {
    const std::string short_name = session_file_name(random_key(random, 186), kTellsCase);
    const std::string long_name = session_file_name(random_key(random, 800), kIgnoresCase);
    ASSERT_EQ(short_name.find('~'), std::string::npos);
    ASSERT_NE(long_name.find('~'), std::string::npos);
    ASSERT_LE(long_name.size(), kMaxFileNameBytes);
    ASSERT_TRUE(is_session_file_name(short_name) && is_session_file_name(long_name));
  }
}

TEST(FileName, NamesDifferInAFolderThatIgnoresCase) {
  EXPECT_EQ(session_file_name("aaG", kTellsCase), "YWFH.jsonl");  // YWFh.jsonl is that of aaa
  std::set<std::string> names;
  for (const std::string_view key : {"aaa", "aaG", "AAA", "aAa"}) {
    const std::string name = session_file_name(key, kIgnoresCase);
    EXPECT_TRUE(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
        << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 4U);
}

TEST(FileName, HashedNamesAreReadableAndHarmless) {
  const auto prefix = [](std::string_view key) {
    const std::string name = session_file_name(key, kIgnoresCase);
    return name.substr(0, name.find('~'));
  };
  EXPECT_EQ(prefix("Telegram:12345"), "telegram_12345");
  EXPECT_EQ(prefix("../../etc/passwd"), "______etc_passwd");
  EXPECT_EQ(prefix("-rf $HOME"), "_rf__home");
  EXPECT_EQ(prefix("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf___");
  EXPECT_EQ(session_file_name("abc", kIgnoresCase), "abc~ba7816bf8f01cfea414140de5dae2223.jsonl");
}

TEST(FileName, OnlyCanonicalNamesTellTheirKey) {
  for (const std::string_view name :
       {"", ".jsonl", "YWFh", "YWFh.json", "YWFh.jsonl.jsonl", ".YWFh.jsonl", "YWFi=.jsonl",
        "YW.jsonl", "YWF.jsonl", "A.jsonl", "telegram_12345.jsonl", "AA.jsonl", "_w.jsonl",
        "a b.jsonl", "../YWFh.jsonl", "YWFh.JSONL"}) {
    EXPECT_EQ(key_of_file_name(name), std::nullopt) << name;
  }
  EXPECT_EQ(key_of_file_name(base64url_encode(std::string(187, 'k')) + ".jsonl"), std::nullopt);
}

TEST(FileName, LegacyNamesAreThoseOfNanobot) {
  EXPECT_EQ(legacy_file_name("telegram:12345"), "telegram_12345.jsonl");
  EXPECT_EQ(legacy_file_name(" \x1c"
                             "a<>:\"/\\|?*b \n"),
            "a_________b.jsonl");
  EXPECT_EQ(legacy_file_name("caf\xc3\xa9"), "caf\xc3\xa9.jsonl");
  EXPECT_EQ(legacy_file_name(std::string(249, 'k')).size(), 255U);
}

TEST(FileName, WhatCannotBeALegacyNameIsEmpty) {
  for (const std::string_view key : {"", " \t", ".hidden", " ..", "../x"}) {
    EXPECT_EQ(legacy_file_name(key), "") << key;
  }
  EXPECT_EQ(legacy_file_name(std::string_view("a\0b", 3)), "");
  EXPECT_EQ(legacy_file_name(std::string(250, 'k')), "");
}

TEST(FileName, SessionsAreVisibleJsonlFiles) {
  EXPECT_TRUE(is_session_file_name("a.jsonl"));
  EXPECT_TRUE(is_session_file_name("a.jsonl.jsonl"));
  for (const std::string_view name :
       {"", "jsonl", ".jsonl", ".a.jsonl", "a.json", "a.jsonl~", "a.jsonl.gz"}) {
    EXPECT_FALSE(is_session_file_name(name)) << name;
  }
}

TEST(FileName, ATemporaryFileIsHiddenAndBelongsToOneSession) {
  const std::string name = temporary_file_name("YWFh.jsonl");
  EXPECT_EQ(name.size(), 37U);
  EXPECT_TRUE(name.starts_with('.') && name.ends_with(".tmp"));
  EXPECT_FALSE(is_session_file_name(name));
  EXPECT_TRUE(is_temporary_file_name(name));
  EXPECT_FALSE(is_temporary_file_name("x" + name.substr(1)));
  EXPECT_FALSE(is_temporary_file_name("." + std::string(32, 'g') + ".tmp"));
  EXPECT_FALSE(is_temporary_file_name(".a.tmp"));
  EXPECT_EQ(name, temporary_file_name("YWFh.jsonl"));
  EXPECT_NE(name, temporary_file_name("YWFH.jsonl"));
  EXPECT_EQ(temporary_file_name(std::string(255, 'k')).size(), 37U);
}

TEST(LockSlot, IsSpreadOver63BitsAndNeverTheStoresOwn) {
  std::mt19937_64 random(13);
  std::uint64_t all_bits = 0;
  std::set<std::uint64_t> slots;
  for (int round = 0; round < 10'000; ++round) {
    const std::uint64_t slot = lock_slot("key" + std::to_string(round));
    ASSERT_NE(slot, 0U);
    all_bits |= slot;
    slots.insert(slot);
  }
  EXPECT_EQ(all_bits, 0x7FFF'FFFF'FFFF'FFFFU);
  EXPECT_EQ(slots.size(), 10'000U);
  EXPECT_EQ(lock_slot(""), 0x2d06800538d394c2U);  // processes of other versions lock the same slot
}

}  // namespace
}  // namespace everturn
