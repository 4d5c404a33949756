// SPDX-License-Identifier: Apache-2.0
// Many sessions that are written, renamed, deleted and edited by hand while they are listed: each
// session that is there all the time is listed exactly once, and when it is quiet again the catalog
// says what a reading of everything says. EVERTURN_CATALOG_SESSIONS=50000 is the long run.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "find/catalog_test_help.h"

namespace everturn {
namespace {

// What happens to a session, by its number.
enum class Fate : std::uint8_t { stays, grows, is_renamed, is_deleted, is_rewritten, is_edited };
constexpr int kFates = 6;

class CatalogProperty : public CatalogFolderTest {
 protected:
  CatalogProperty() {
    const char* wanted = std::getenv("EVERTURN_CATALOG_SESSIONS");
    count_ = wanted == nullptr ? 1200 : std::atoi(wanted);
    for (int i = 0; i < count_; ++i) put_session(key(i), i);
  }

  static std::string key(int number) { return "k" + std::to_string(number); }
  static Fate fate_of(int number) { return static_cast<Fate>(number % kFates); }
  // A session of that fate.
  int pick(std::mt19937& random, Fate fate) const {
    const int of_fate = count_ / kFates;
    return static_cast<int>(random() % static_cast<unsigned>(of_fate)) * kFates +
           static_cast<int>(fate);
  }

  void change_one(std::mt19937& random, Store& store) {
    const auto fate = static_cast<Fate>(1 + random() % (kFates - 1));
    const int number = pick(random, fate);
    switch (fate) {
      case Fate::stays:
        break;
      case Fate::grows:
        static_cast<void>(append_to(store, key(number), texts(1, 3), unsynced()).ok());
        break;
      case Fate::is_renamed:
        // There and back; whoever comes first.
        static_cast<void>(store.rename(key(number), key(number) + "'").ok());
        static_cast<void>(store.rename(key(number) + "'", key(number)).ok());
        break;
      case Fate::is_deleted:
        std::filesystem::remove(path_of(key(number)));
        if (random() % 2 == 0) put_session(key(number), static_cast<int>(random() % 1000));
        break;
      case Fate::is_rewritten:
        put(path_of(key(number)), session_bytes(key(number), static_cast<int>(random() % 1000)) +
                                      (random() % 3 == 0 ? "{\"torn\":\n" : ""));
        break;
      case Fate::is_edited:
        edit(number, random);
        break;
    }
  }
  // One byte in place, as an editor of bytes does it.
  void edit(int number, std::mt19937& random) const {
    std::fstream file(path_of(key(number)), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(200 + random() % 60));
    file.put(random() % 4 == 0 ? '"' : static_cast<char>('a' + random() % 26));
  }
  static WriteOptions unsynced() {
    WriteOptions how;
    how.durability.level = Level::kernel;
    return how;
  }
  void expect_each_stays(const ListPage& page) const {
    std::map<std::string, int> listed;
    for (const SessionRow& row : page.rows) ++listed[row.session.key];
    for (int i = 0; i < count_; i += kFates) ASSERT_EQ(listed[key(i)], 1) << key(i);
  }

  int count_ = 0;
};

TEST_F(CatalogProperty, WhatStaysIsListedOnceAndAllIsTrueWhenItIsQuiet) {
  std::atomic<bool> is_over = false;
  std::vector<std::thread> changers;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    changers.emplace_back([this, seed, &is_over] {
      std::mt19937 random(seed);
      const auto own = must(open_store("dir:" + folder()));
      while (!is_over) change_one(random, *own);
    });
  }
  for (int round = 0; round < 6; ++round) {
    expect_each_stays(list(round % 2 == 0 ? ListQuery() : with_counts()));
  }
  is_over = true;
  for (std::thread& changer : changers) changer.join();
  EXPECT_EQ(shown(list(with_counts())), shown(plain(with_counts())));
  EXPECT_EQ(shown(list(everything())), shown(plain(everything())));
  forget();
  EXPECT_EQ(shown(list(everything())), shown(plain(everything())));
}

TEST_F(CatalogProperty, TheCatalogMayGoWhileOthersListAndWrite) {
  std::atomic<bool> is_over = false;
  std::thread spoiler([this, &is_over] {
    std::mt19937 random(4);
    while (!is_over) {
      std::error_code gone;
      if (std::filesystem::exists(cache_path("catalog.db"), gone)) {
        put(cache_path("catalog.db"), std::string(random() % 60'000, 'g'));
      }
      std::this_thread::yield();
    }
  });
  for (int round = 0; round < 6; ++round) {
    expect_each_stays(list());
    forget();
  }
  is_over = true;
  spoiler.join();
  EXPECT_EQ(shown(list(everything())), shown(plain(everything())));
}

}  // namespace
}  // namespace everturn
