// SPDX-License-Identifier: Apache-2.0
// The index: the same hits with and without it, whatever happened to it or to the sessions.
#include "find/text_index.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "find/index_tokens.h"
#include "find/made_up_test_help.h"
#include "find/search_test_help.h"
#include "find/test_help.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string said(const std::string& text) {
  return R"({"role":"user","content":")" + text + "\"}\n";
}

class TextIndex : public SearchTest {
 protected:
  IndexReport build(IndexOptions options = {}) {
    options.settled = std::chrono::milliseconds(0);
    const Result<IndexReport> report = update_search_index(*store_, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : IndexReport();
  }
  Lines without(const SearchQuery& query) {
    SearchOptions options;
    options.index = false;
    return hits(query, options);
  }
  // The bytes of a session that have to be read.
  std::uint64_t bytes_to_read(const std::string& query, const std::string& key) {
    const auto terms = parse_terms(query_of(query));
    const IndexedFiles files = ask_index(engine_of(*store_), required_tokens(*terms));
    std::uint64_t bytes = 0;
    const auto sessions = engine_of(*store_).list({.names_only = true});
    for (const SessionInfo& session : *sessions) {
      if (session.key != key) continue;
      for (const Stretch& one : stretches_to_search(files, session)) bytes += one.end - one.begin;
    }
    return bytes;
  }
  [[nodiscard]] std::filesystem::path database() {
    const auto place = engine_of(*store_).cache_place(true);
    return std::filesystem::path(place->path) / "search.db";
  }
};

TEST_F(TextIndex, LetsFilesWithoutTheWordBePassedOver) {
  put("a", said("power"));
  put("b", said("water"));
  const IndexReport built = build();
  EXPECT_EQ(built.sessions, 2U);
  EXPECT_GT(bytes_to_read("power", "a"), 0U);
  EXPECT_EQ(bytes_to_read("power", "b"), 0U);
  EXPECT_EQ(bytes_to_read("wat*", "a"), 0U);
  EXPECT_GT(bytes_to_read("wat*", "b"), 0U);
  EXPECT_THAT(hits("power"), ElementsAre(HasSubstr("a user")));
  EXPECT_EQ(report_.sessions, 2U);
}

TEST_F(TextIndex, OfALongSessionOnlyASegmentIsRead) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += said("line " + std::to_string(i));
  put("a", bytes);
  build();
  EXPECT_THAT(hits("19000"), SizeIs(1));
  EXPECT_GT(bytes_to_read("19000", "a"), 0U);
  EXPECT_LT(bytes_to_read("19000", "a"), bytes.size() / 2);
  EXPECT_THAT(hits("line"), SizeIs(20'000));
}

TEST_F(TextIndex, ReadsOnWhereAFileGrew) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += said("line " + std::to_string(i));
  put("a", bytes);
  EXPECT_EQ(build().added_bytes, bytes.size());
  EXPECT_EQ(build().added_bytes, 0U);
  add("a", said("word"));
  EXPECT_THAT(hits("word"), SizeIs(1));
  EXPECT_EQ(build().added_bytes, said("word").size());
  EXPECT_THAT(hits("word"), SizeIs(1));
  put("a", said("word") + bytes);
  EXPECT_EQ(build().added_bytes, bytes.size() + said("word").size());
}

TEST_F(TextIndex, WhatIsGoneLeavesNothingInIt) {
  put("a", said("power"));
  put("b", said("water"));
  build();
  std::filesystem::remove(file("a"));
  EXPECT_EQ(build().sessions, 1U);
  const IndexedFiles files =
      ask_index(engine_of(*store_), required_tokens(*parse_terms(query_of("x"))));
  EXPECT_THAT(files, SizeIs(1));
}

TEST_F(TextIndex, WorkThatIsStoppedIsGoneOnFrom) {
  for (int i = 0; i < 20; ++i) put("s" + std::to_string(i), said("word " + std::to_string(i)));
  IndexOptions options;
  int asked = 0;
  options.stop = [&] { return ++asked > 5; };
  const IndexReport first = build(options);
  EXPECT_TRUE(first.stopped);
  EXPECT_EQ(first.sessions, 5U);
  EXPECT_THAT(hits("word"), SizeIs(20));
  const IndexReport rest = build();
  EXPECT_EQ(rest.sessions, 20U);
  EXPECT_LT(rest.added_bytes, 20 * said("word 10").size() - 4 * said("word 1").size());
  EXPECT_THAT(hits("word"), SizeIs(20));
}

TEST_F(TextIndex, FilesOfThisMomentAreLeftForTheNextTime) {
  put("a", said("word"));
  const auto report = update_search_index(*store_, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->left_sessions, 1U);
  EXPECT_EQ(report->sessions, 0U);
}

TEST_F(TextIndex, IsTheSameHitsOverEditsAndDeletes) {
  SessionMaker maker(42);
  Spelling random(7);
  for (int i = 0; i < 8; ++i) put("s" + std::to_string(i), maker.session());
  for (std::uint64_t round = 0; round < 60; ++round) {
    const std::string key = "s" + std::to_string(random.below(8));
    switch (random.below(4)) {
      case 0:
        put(key, maker.session());
        break;
      case 1:
        add(key, maker.session());
        break;
      case 2:
        std::filesystem::remove(file(key));
        break;
      default:
        build();
    }
    SearchQuery query = some_query(maker, round);
    query.raw = round % 4 == 1;
    EXPECT_EQ(hits(query), without(query)) << "round " << round << ": " << query.text;
  }
}

// Each byte of the file, and the file as a whole.
TEST_F(TextIndex, DamageToItChangesNoHit) {
  for (int i = 0; i < 5; ++i) {
    put("s" + std::to_string(i), said("word") + said("power " + std::to_string(i)));
  }
  build();
  const Lines all = hits("word");
  ASSERT_THAT(all, SizeIs(5));
  std::string bytes;
  {
    std::ifstream in(database(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  store_.reset();
  std::vector<std::string> broken = {"", "garbage", bytes.substr(0, bytes.size() / 2),
                                     bytes.substr(0, bytes.size() - 1)};
  for (std::size_t at = 0; at < bytes.size(); at += 61) {
    broken.push_back(bytes);
    broken.back()[at] = static_cast<char>(broken.back()[at] ^ 0x55);
  }
  StoreOptions options;
  options.cache_folder = (folder_ / "cache").string();
  store_ = *open_store("dir:" + (folder_ / "sessions").string(), options);
  const std::filesystem::path path = database();
  for (const std::string& one : broken) {
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary) << one;
    ASSERT_EQ(hits("word"), all);
    ASSERT_THAT(hits("power 3"), SizeIs(1));
  }
  EXPECT_EQ(build().sessions, 5U);
  EXPECT_EQ(hits("word"), all);
}

TEST_F(TextIndex, ALimitOfFileSizesKillsNobody) {
  put("a", said("the power went"));
  const auto build_with_limit = [&] {
    const rlimit limit = {20'000, 20'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    StoreOptions options;
    options.cache_folder = (folder_ / "cache").string();
    const auto opened = open_store("dir:" + (folder_ / "sessions").string(), options);
    ::_exit(update_search_index(**opened).status().code() == Code::io ? 0 : 1);
  };
  EXPECT_EXIT(build_with_limit(), testing::ExitedWithCode(0), "");
  EXPECT_THAT(hits("power"), SizeIs(1));
}

TEST_F(TextIndex, IsDeletedOnRequest) {
  put("a", said("word"));
  build();
  EXPECT_TRUE(clear_search_index(*store_).ok());
  EXPECT_FALSE(std::filesystem::exists(database()));
  EXPECT_TRUE(clear_search_index(*store_).ok());
  EXPECT_THAT(hits("word"), SizeIs(1));
}

TEST_F(TextIndex, AnUnwritableOrLockedDatabaseChangesNoHit) {
  put("a", said("word"));
  build();
  {
    const LockedByAnother lock(database().string());
    EXPECT_THAT(hits("word"), SizeIs(1));
    EXPECT_EQ(update_search_index(*store_, {}).status().code(), Code::unavailable);
  }
  std::filesystem::remove(database());
  std::filesystem::create_directory(database());
  EXPECT_THAT(hits("word"), SizeIs(1));
  EXPECT_FALSE(update_search_index(*store_, {}).ok());
}

}  // namespace
}  // namespace everturn
