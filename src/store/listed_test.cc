// SPDX-License-Identifier: Apache-2.0
// Listings that open no file, single files of a listing, and where a store's cache lies.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "store/test_help.h"

namespace everturn {
namespace {

using testing::StartsWith;

class ListedTest : public SimStoreTest {
 protected:
  static ListOptions names_only() {
    ListOptions how;
    how.names_only = true;
    return how;
  }
  static const SessionInfo& of_file(const std::vector<SessionInfo>& sessions,
                                    std::string_view name) {
    const auto found = std::find_if(sessions.begin(), sessions.end(),
                                    [&](const SessionInfo& one) { return one.file_name == name; });
    if (found == sessions.end()) std::abort();
    return *found;
  }
};

TEST_F(ListedTest, NamesAloneOpenNoFile) {
  put_session(lines(texts(1, 3)));
  put_session("", "empty");
  disk_.make_other(path("fifo.jsonl"));
  const auto store = open();
  disk_.reset_counters();
  const std::vector<SessionInfo> sessions = must(store->list(names_only()));
  EXPECT_EQ(disk_.count("open"), 0U);
  ASSERT_EQ(sessions.size(), 3U);
  const SessionInfo& session = of_file(sessions, session_file_name(kKey, false));
  EXPECT_EQ(session.key, kKey);
  EXPECT_EQ(session.bytes, lines(texts(1, 3)).size());
  EXPECT_EQ(session.stamp.size, session.bytes);
  EXPECT_NE(session.stamp.inode, 0U);
  EXPECT_EQ(of_file(sessions, session_file_name("empty", false)).note, "empty");
  EXPECT_EQ(of_file(sessions, "fifo.jsonl").note, "not a regular file");
}

TEST_F(ListedTest, NamesOfManySessionsAreTheWholeListing) {
  for (int i = 0; i < 3000; ++i) put_session(lines(texts(1, 1)), "k" + std::to_string(i));
  const auto store = open();
  const auto names_of = [&](const ListOptions& how) {
    std::vector<std::string> names;
    for (const SessionInfo& session : must(store->list(how))) {
      names.push_back(session.file_name + " " + session.key + " " +
                      std::to_string(session.stamp.inode));
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  EXPECT_EQ(names_of(names_only()), names_of({}));
}

TEST_F(ListedTest, AStampChangesWithTheFile) {
  put_session(lines(texts(1, 1)));
  const auto store = open();
  const FileStamp before = must(store->list(names_only())).front().stamp;
  EXPECT_EQ(must(store->list()).front().stamp, before);
  must(append_to(*store, kKey, texts(2, 2)));
  EXPECT_NE(must(store->list(names_only())).front().stamp, before);
}

TEST_F(ListedTest, ASecondFileOfAKeyIsReadByItsName) {
  put_session(lines(texts(1, 1)));
  disk_.write_file(path("telegram_12345.jsonl"), first_line(kKey) + "\n" + lines(texts(2, 4)));
  const auto store = open();
  SessionInfo other;
  other.file_name = "telegram_12345.jsonl";
  const auto file = must(engine_of(*store).open_listed(other));
  EXPECT_EQ(file->info().key, kKey);
  EXPECT_EQ(must(file->read({}, [](const Record&) { return true; })).records, 3U);
  EXPECT_THAT(std::string(file->beginning()), StartsWith(first_line(kKey)));
}

TEST_F(ListedTest, TheCacheOfAnOwnStoreLiesInItsSideFolder) {
  put_session(lines(texts(1, 1)));
  const auto store = open();
  EXPECT_EQ(must(engine_of(*store).cache_place(false)).folder, nullptr);
  const CachePlace place = must(engine_of(*store).cache_place(true));
  ASSERT_NE(place.folder, nullptr);
  EXPECT_EQ(place.path, path(".everturn/cache"));
  EXPECT_EQ(must(place.folder->info()).mode, 0700U);
}

TEST_F(ListedTest, AStoreOpenedForReadingGetsNoCacheFolder) {
  put_session(lines(texts(1, 1)));
  StoreOptions options;
  options.read_only = true;
  const auto store = open(options);
  EXPECT_EQ(must(engine_of(*store).cache_place(true)).folder, nullptr);
}

TEST_F(ListedTest, NothingIsMadeInAFolderOfSomebodyElse) {
  disk_.write_file(path("x.jsonl"), lines(texts(1, 1)));
  StoreOptions options;
  options.cache_folder = "/cache";
  const auto store = open(options);
  const CachePlace place = must(engine_of(*store).cache_place(true));
  ASSERT_NE(place.folder, nullptr);
  EXPECT_THAT(place.path, StartsWith("/cache/"));
  EXPECT_EQ(disk_.files().size(), 1U);
}

TEST_F(ListedTest, AMissingFolderStaysMissing) {
  const auto store = open();
  EXPECT_EQ(must(engine_of(*store).cache_place(true)).folder, nullptr);
  EXPECT_TRUE(must(store->list(names_only())).empty());
  EXPECT_TRUE(disk_.paths().size() <= 1) << disk_.paths().back();
}

}  // namespace
}  // namespace everturn
