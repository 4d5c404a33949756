// SPDX-License-Identifier: Apache-2.0
// The catalog changes no answer: whatever becomes of its file, a listing is the one that a reading
// of everything gives.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/base64url.h"
#include "everturn/listing.h"
#include "find/catalog_file.h"
#include "find/catalog_test_help.h"
#include "find/test_help.h"
#include "store/test_help.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CatalogTest : public CatalogFolderTest {
 protected:
  CatalogTest() {
    for (int i = 0; i < 30; ++i) put_session("k" + std::to_string(i), i);
    append_bytes("k7", "{\"torn\":\n");
    put_file("telegram_1.jsonl", first_line("telegram:1") + "\n" + text(1) + "\n");
    put_file("odd name.jsonl", "no record at all\n");
    put_file("empty.jsonl", "");
    settle();
  }
};

TEST_F(CatalogTest, ItIsTheListingOfTheStoreWithTitles) {
  const ListPage page = list();
  std::set<std::string> expected;
  for (const SessionInfo& session : must(store().list())) {
    expected.insert(session.key + "|" + session.file_name + "|" + session.note);
  }
  std::set<std::string> found;
  for (const SessionRow& row : page.rows) {
    found.insert(row.session.key + "|" + row.session.file_name + "|" + row.session.note);
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(row_of(page, "k3").title, "question 3");
  EXPECT_EQ(row_of(page, "k3").preview, "and again 3");
  EXPECT_EQ(row_of(page, "k3").dialect, "nanobot");
}

TEST_F(CatalogTest, ASecondListingOpensNoFile) {
  CountingFs fs;
  Store counted(must(open_dir_engine(fs, folder(), {})));
  Catalog catalog(counted);
  const std::string listed = shown(must(catalog.list({})));
  EXPECT_GE(fs.opened, 33);
  fs.opened = 0;
  EXPECT_EQ(shown(must(catalog.list({}))), listed);
  EXPECT_EQ(fs.opened, 0);
}

TEST_F(CatalogTest, ALimitOfFileSizesKillsNobodyAndChangesNoListing) {
  const auto list_with_limit = [&] {
    const rlimit limit = {20'000, 20'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Store opened(must(open_dir_engine(posix_fs(), folder(), {})));
    const Result<ListPage> page = Catalog(opened).list({});
    ::_exit(page.ok() && page->rows.size() == 33 ? 0 : 1);
  };
  EXPECT_EXIT(list_with_limit(), testing::ExitedWithCode(0), "");
  EXPECT_THAT(list().rows, SizeIs(33));
}

TEST_F(CatalogTest, WhateverHappensToItsFilesTheListingStaysTheSame) {
  const std::string listed = shown(list(everything()));
  for (const std::string& name : cache_files()) {
    for (const auto& [kind, damage] : file_damages()) {
      list();
      if (!std::filesystem::exists(cache_path(name))) put(cache_path(name), "");
      damage(cache_path(name));
      EXPECT_EQ(shown(list(everything())), listed) << kind << " " << name;
      EXPECT_EQ(shown(list(everything())), listed) << "then again: " << kind << " " << name;
    }
  }
}

TEST_F(CatalogTest, AFlippedBitAnywhereInTheFileChangesNoAnswer) {
  const std::string listed = shown(list(everything()));
  const std::string sound = bytes_of(cache_path("catalog.db"));
  for (std::size_t at = 5; at < sound.size(); at += 997) {
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    forget();
    std::filesystem::remove(cache_path("catalog.db"));
    put(cache_path("catalog.db"), bytes);
    ASSERT_EQ(shown(list(everything())), listed) << "byte " << at;
  }
}

TEST_F(CatalogTest, ARowOfAnotherFileIsFoundOut) {
  const std::string listed = shown(list(everything()));
  forget();
  change_database("UPDATE sessions SET facts = (SELECT facts FROM sessions ORDER BY name LIMIT 1)");
  EXPECT_EQ(shown(list(everything())), listed);
  forget();
  change_database("UPDATE sessions SET name = CAST('x' || name AS BLOB)");
  EXPECT_EQ(shown(list(everything())), listed);
  forget();
  change_database("DELETE FROM sessions WHERE rowid % 2 = 0");
  EXPECT_EQ(shown(list(everything())), listed);
}

TEST_F(CatalogTest, ADatabaseLockedByAnotherProcessIsGoneWithout) {
  const std::string listed = shown(list(everything()));
  forget();
  const LockedByAnother other(cache_path("catalog.db"));
  EXPECT_EQ(shown(list(everything())), listed);
}

TEST_F(CatalogTest, WhereNothingCanBeKeptItIsReadEachTime) {
  const std::string listed = shown(list(everything()));
  for (const auto& [kind, spoil] : place_damages()) {
    forget();
    std::filesystem::remove_all(cache_path(""));
    spoil();
    EXPECT_EQ(shown(list(everything())), listed) << kind;
    std::filesystem::remove_all(folder() + "/.everturn/cache");
  }
}

TEST_F(CatalogTest, WithoutSpaceForItTheListingIsTheSame) {
  const std::string listed = shown(list(everything()));
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{8192}, rlim_t{40'000}}) {
    forget();
    std::filesystem::remove_all(cache_path(""));
    EXPECT_EQ(in_child([&] {
                std::signal(SIGXFSZ, SIG_IGN);
                const rlimit limit = {bytes, bytes};
                ::setrlimit(RLIMIT_FSIZE, &limit);
                reopen();
                EXPECT_EQ(shown(list(everything())), listed);
              }),
              0)
        << bytes;
  }
}

TEST_F(CatalogTest, WhoMayNotWriteThereReadsTheSame) {
  const std::string listed = shown(list(everything()));
  for (const bool has_catalog : {true, false}) {
    forget();
    if (!has_catalog) std::filesystem::remove_all(cache_path(""));
    open_to_all();
    EXPECT_EQ(in_child([&] {
                EXPECT_TRUE(!is_root() || ::seteuid(65534) == 0);
                reopen();
                EXPECT_EQ(shown(list(everything())), listed);
              }),
              0)
        << has_catalog;
  }
}

TEST_F(CatalogTest, TheTargetOfALinkIsLeftAlone) {
  put(folder() + "/precious", "mine");
  std::filesystem::create_directory(cache_path(""));
  std::filesystem::create_symlink(folder() + "/precious", cache_path("catalog.db"));
  list();
  EXPECT_EQ(bytes_of(folder() + "/precious"), "mine");
}

TEST_F(CatalogTest, OnlyWhatChangedIsReadAgainFromWhereItGrew) {
  list(with_counts());
  append_bytes("k5", text(1) + "\n{\"torn\":\n" + text(2) + "\n");
  const SessionRow row = row_of(list(with_counts()), "k5");
  EXPECT_EQ(row.session.records, 5U);
  EXPECT_EQ(row.session.damage_count, 1U);
  EXPECT_EQ(shown(list(everything())), shown(plain(everything())));
}

TEST_F(CatalogTest, AnEditInTheMiddleIsSeen) {
  list(everything());
  std::string bytes = bytes_of(path_of("k5"));
  bytes.replace(bytes.find("question"), 8, "\"uestion");
  put(path_of("k5"), bytes);
  EXPECT_EQ(row_of(list(with_counts()), "k5").session.damage_count, 1U);
  EXPECT_EQ(shown(list(everything())), shown(plain(everything())));
}

TEST_F(CatalogTest, ADeletedSessionLeavesTheFile) {
  list();
  std::filesystem::remove(path_of("k5"));
  EXPECT_THAT(list().rows, SizeIs(32));
  EXPECT_EQ(must(Catalog(store()).info()).sessions, 32U);
}

TEST_F(CatalogTest, AnAppendDoesNotTouchIt) {
  list();
  const auto before = std::filesystem::last_write_time(cache_path("catalog.db"));
  const std::string bytes = bytes_of(cache_path("catalog.db"));
  must(append_to(store(), "k5", texts(1, 3)));
  EXPECT_EQ(std::filesystem::last_write_time(cache_path("catalog.db")), before);
  EXPECT_EQ(bytes_of(cache_path("catalog.db")), bytes);
}

TEST_F(CatalogTest, AFolderOfSomebodyElseStaysAsItIs) {
  std::filesystem::remove_all(folder() + "/.everturn");
  reopen();
  const std::vector<std::string> before = names_in(folder());
  EXPECT_THAT(list().rows, SizeIs(33));
  EXPECT_EQ(names_in(folder()), before);
  EXPECT_THAT(must(Catalog(store()).info()).path, HasSubstr("/user-cache/"));
}

TEST_F(CatalogTest, AStoreOpenedForReadingIsNotWrittenTo) {
  reopen(true);
  const std::vector<std::string> before = names_in(folder());
  EXPECT_THAT(list().rows, SizeIs(33));
  EXPECT_EQ(names_in(folder()), before);
}

TEST_F(CatalogTest, PagesHoldEverySessionOnceWhileOthersChange) {
  ListQuery query;
  query.limit = 4;
  std::vector<std::string> keys;
  for (int page_number = 0;; ++page_number) {
    const ListPage page = list(query);
    for (const SessionRow& row : page.rows) keys.push_back(row.session.key);
    if (page.next_cursor.empty()) break;
    query.cursor = page.next_cursor;
    append_bytes("k" + std::to_string(page_number), text(1) + "\n");  // moves to the front
    put_session("new" + std::to_string(page_number), 1);
  }
  for (int i = 10; i < 30; ++i) {  // those that stayed as they were
    EXPECT_EQ(std::count(keys.begin(), keys.end(), "k" + std::to_string(i)), 1) << i;
  }
}

TEST_F(CatalogTest, ACursorOfAnotherOrderIsRefused) {
  ListQuery query;
  query.limit = 4;
  query.cursor = list(query).next_cursor;
  query.sort = ListSort::title;
  EXPECT_EQ(Catalog(store()).list(query).status().code(), Code::invalid);
  query.sort = ListSort::newest;
  query.cursor += "A";
  EXPECT_EQ(Catalog(store()).list(query).status().code(), Code::invalid);
}

TEST_F(CatalogTest, ACursorThatNoPlaceHasIsRefused) {
  using namespace std::string_literals;
  ListQuery query;
  query.limit = 4;
  list(query);
  query.trusted = true;
  query.cursor = base64url_encode("n-9223372036854775808\0\0k\0name\0"s);
  EXPECT_EQ(Catalog(store()).list(query).status().code(), Code::invalid);
}

TEST_F(CatalogTest, TrustedItAsksNobody) {
  ListQuery query;
  query.limit = 5;
  query.trusted = true;
  const std::string listed = keys_of(list(query));  // the first one asks the folder
  append_bytes("k5", text(1) + "\n");
  EXPECT_EQ(keys_of(list(query)), listed);
  query.trusted = false;
  EXPECT_NE(keys_of(list(query)), listed);
}

TEST_F(CatalogTest, ATitleThatStandsInTheMiddleIsFound) {
  must(store().update_metadata("k5", {.merge = R"({"title":"Chosen"})", .last_consolidated = {}}));
  Texts many;
  for (int i = 0; i < 2000; ++i) many.push_back(text(i));
  must(append_to(store(), "k5", many));
  EXPECT_EQ(row_of(list(), "k5").title, "Chosen");
}

TEST_F(CatalogTest, APromptBehindATornRecordIsThePreview) {
  append_bytes("k5", R"({"role":"assistant","content":"to{"role":"user","content":"still here"})"
                     "\n"
                     R"({"role":"assistant","content":"yes"})"
                     "\n");
  EXPECT_EQ(row_of(list(), "k5").preview, "still here");
}

TEST_F(CatalogTest, DamagedSessionsAreTheFilterAndTheVerdict) {
  ListQuery query;
  query.damaged_only = true;
  query.examine_bytes = UINT64_MAX;
  const ListPage page = list(query);
  std::set<std::string> keys;
  for (const SessionRow& row : page.rows) {
    keys.insert(row.session.key);
    EXPECT_EQ(row.health, Health::damaged) << row.session.key;
  }
  EXPECT_THAT(keys, ElementsAre("k7", "odd name"));
}

TEST_F(CatalogTest, AStoreInMemoryIsListedToo) {
  const auto memory = must(open_store("memory:"));
  must(append_to(*memory, "k", {R"({"role":"user","content":"hi there"})"}));
  Catalog catalog(*memory);
  const ListPage page = must(catalog.list({}));
  ASSERT_THAT(page.rows, SizeIs(1));
  EXPECT_EQ(page.rows.front().title, "hi there");
  EXPECT_THAT(must(catalog.info()).path, IsEmpty());
}

}  // namespace
}  // namespace everturn
