// SPDX-License-Identifier: Apache-2.0
// The engines over agents' files, where the command line does not reach.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agents/folders.h"
#include "store/engine.h"
#include "store/test_help.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class AgentsStore : public testing::Test {
 protected:
  AgentsStore() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-home-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
    const auto environment = [this](const char* name) {
      return std::string_view(name) == "HOME" ? home_.string() : std::string();
    };
    Result<std::unique_ptr<Engine>> engine =
        open_agents_engine(posix_fs(), agent_folders(environment), {});
    store_ = std::make_unique<Store>(*std::move(engine));
  }
  ~AgentsStore() override { std::filesystem::remove_all(home_); }

  void put(const std::string& path, const std::string& bytes) {
    std::filesystem::create_directories((home_ / path).parent_path());
    std::ofstream(home_ / path, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::vector<std::string> records(const std::string& key, const ReadOptions& how = {}) {
    std::vector<std::string> found;
    const auto report = store_->read(key, how, [&](const Record& record) {
      found.emplace_back(record.bytes);
      return true;
    });
    EXPECT_TRUE(report.ok()) << report.status().message();
    if (report.ok()) report_ = *report;
    return found;
  }

  std::filesystem::path home_;
  std::unique_ptr<Store> store_;
  ReadReport report_;
};

TEST_F(AgentsStore, ASessionThatBeganLaterIsFound) {
  EXPECT_THAT(*store_->list(), SizeIs(0));
  put(".claude/projects/p/s1.jsonl", "{\"a\":1}\n");
  EXPECT_THAT(records("claude:s1"), ElementsAre("{\"a\":1}"));
}

TEST_F(AgentsStore, ASessionThatWasArchivedIsFoundWhereItIsNow) {
  put(".codex/sessions/2026/08/20/rollout-x.jsonl", "{\"a\":1}\n");
  EXPECT_THAT(records("codex:x"), SizeIs(1));
  std::filesystem::create_directories(home_ / ".codex/archived_sessions");
  std::filesystem::rename(home_ / ".codex/sessions/2026/08/20/rollout-x.jsonl",
                          home_ / ".codex/archived_sessions/rollout-x.jsonl");
  EXPECT_THAT(records("codex:x"), SizeIs(1));
}

TEST_F(AgentsStore, ADocumentGivesItsRecordsOnOneLineEach) {
  put(".gemini/tmp/p/chats/session-d.json", "{\n \"a\":\n 1\n}\n");
  EXPECT_THAT(records("gemini:session-d"), ElementsAre("{  \"a\":  1 }"));
  EXPECT_EQ(report_.damage_count, 0U);
  ReadOptions rest;
  rest.from = report_.end;
  EXPECT_THAT(records("gemini:session-d", rest), SizeIs(0));
}

TEST_F(AgentsStore, ADocumentThatEndsTooEarlyIsOneDamage) {
  put(".gemini/tmp/p/chats/session-d.json", "{\n \"a\": [\n {\"b\":1},\n");
  EXPECT_THAT(records("gemini:session-d"), SizeIs(0));
  ASSERT_THAT(report_.damage, SizeIs(1));
  EXPECT_EQ(report_.damage[0].reason, DamageReason::torn);
}

// {"a":1} and {"a":2}, compressed by gzip -n.
std::string packed_lines() {
  const unsigned char bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xab,
                                 0x56, 0x4a, 0x54, 0xb2, 0x32, 0xac, 0xe5, 0xaa, 0x06, 0xd1, 0x46,
                                 0xb5, 0x5c, 0x00, 0x66, 0xc0, 0x5a, 0x19, 0x10, 0x00, 0x00, 0x00};
  return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

TEST_F(AgentsStore, ACompressedFileIsReadAsWhatItHolds) {
  put(".codex/sessions/2026/08/20/rollout-z.jsonl.gz", packed_lines());
  EXPECT_THAT(records("codex:z"), ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_EQ(report_.damage_count, 0U);
  std::string raw;
  const auto keep = [&](std::string_view piece) {
    raw += piece;
    return true;
  };
  EXPECT_TRUE(store_->read_raw("codex:z", keep).ok());
  EXPECT_EQ(raw, packed_lines());
}

// The same, compressed by zstd --no-check.
std::string zstd_lines() {
  const unsigned char bytes[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x81, 0x00, 0x00,
                                 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 0x0a, 0x7b,
                                 0x22, 0x61, 0x22, 0x3a, 0x32, 0x7d, 0x0a};
  return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

TEST_F(AgentsStore, AnArchivedSessionInZstdIsReadFromAnyPlaceAndCopiedRaw) {
  put(".codex/archived_sessions/rollout-z.jsonl.zst", zstd_lines());
  EXPECT_THAT(records("codex:z"), ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_EQ(report_.damage_count, 0U);
  ReadOptions last;
  last.last = 1;
  EXPECT_THAT(records("codex:z", last), ElementsAre("{\"a\":2}"));
  ReadOptions rest;
  rest.from = report_.begin;
  EXPECT_THAT(records("codex:z", rest), ElementsAre("{\"a\":2}"));
  std::string raw;
  EXPECT_TRUE(store_
                  ->read_raw("codex:z",
                             [&](std::string_view piece) {
                               raw += piece;
                               return true;
                             })
                  .ok());
  EXPECT_EQ(raw, zstd_lines());
  const auto file =
      open_store("file:" + (home_ / ".codex/archived_sessions/rollout-z.jsonl.zst").string());
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->list({.check = true})->at(0).records, 2U);
}

TEST_F(AgentsStore, AZstdFileThatEndsTooEarlyIsDamaged) {
  put(".codex/archived_sessions/rollout-z.jsonl.zst", zstd_lines().substr(0, 15));
  records("codex:z");
  ASSERT_GE(report_.damage.size(), 1U);
  EXPECT_THAT(report_.damage.back().detail, HasSubstr("zstd"));
}

TEST_F(AgentsStore, ACompressedFileThatEndsTooEarlyIsDamaged) {
  put(".codex/sessions/2026/08/20/rollout-z.jsonl.gz", packed_lines().substr(0, 26));
  records("codex:z");
  ASSERT_GE(report_.damage.size(), 1U);
  EXPECT_THAT(report_.damage.back().detail, HasSubstr("gzip"));
}

TEST_F(AgentsStore, WhatChangesThemIsRefused) {
  put(".claude/projects/p/s1.jsonl", "{\"a\":1}\n");
  EXPECT_EQ(store_->append("claude:s1", {"{}"}).status().code(), Code::invalid);
  EXPECT_EQ(store_->append("new", {"{}"}).status().code(), Code::invalid);
  EXPECT_EQ(store_->remove("claude:s1").status().code(), Code::invalid);
  EXPECT_EQ(store_->pop("claude:s1", 1).status().code(), Code::invalid);
  EXPECT_EQ(store_->adopt().code(), Code::invalid);
  EXPECT_TRUE(store_->info()->read_only);
}

TEST_F(AgentsStore, ALinkPutInThePlaceOfASessionIsNotFollowed) {
  put(".claude/projects/p/s1.jsonl", "{\"a\":1}\n");
  EXPECT_THAT(records("claude:s1"), SizeIs(1));
  put("secret", "{\"b\":2}\n");
  std::filesystem::remove(home_ / ".claude/projects/p/s1.jsonl");
  std::filesystem::create_symlink(home_ / "secret", home_ / ".claude/projects/p/s1.jsonl");
  EXPECT_FALSE(store_->read("claude:s1", {}, [](const Record&) { return true; }).ok());
}

TEST_F(AgentsStore, OneFileIsAStoreOfOneSession) {
  put("any.txt", "{\"a\":1}\n");
  const auto store = open_store("file:" + (home_ / "any.txt").string());
  ASSERT_TRUE(store.ok());
  const auto sessions = (*store)->list({.check = true});
  ASSERT_TRUE(sessions.ok());
  EXPECT_EQ(sessions->at(0).key, "any.txt");
  EXPECT_EQ(sessions->at(0).records, 1U);
  EXPECT_EQ((*store)->append("any.txt", {"{}"}).status().code(), Code::invalid);
  EXPECT_FALSE(open_store("file:").ok());
}

}  // namespace
}  // namespace everturn
