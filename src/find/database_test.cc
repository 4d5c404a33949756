// SPDX-License-Identifier: Apache-2.0
#include "find/database.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <string>

#include "find/test_help.h"
#include "fs/posix_test_help.h"

namespace everturn {
namespace {

class DatabaseTest : public PosixTest {
 protected:
  DatabaseTest() {
    place_.folder = must(posix_fs().open_folder(path(""), false));
    place_.path = posix_fs().real_path(path("."));
    options_.schema = "CREATE TABLE t (name TEXT PRIMARY KEY, number INTEGER)";
    options_.wait = std::chrono::milliseconds(20);
  }

  Result<std::shared_ptr<Database>> try_open() { return Database::open(place_, "x.db", options_); }
  std::shared_ptr<Database> open() { return must(try_open()); }
  static void add(Database& database, std::string_view name, std::int64_t number) {
    const Database::Turn turn = database.take_turn();
    Statement insert = must(database.prepare("INSERT INTO t VALUES (?1, ?2)"));
    insert.bind(1, name);
    insert.bind(2, number);
    EXPECT_TRUE(insert.run().ok());
  }
  static std::int64_t count(Database& database) {
    const Database::Turn turn = database.take_turn();
    Statement query = must(database.prepare("SELECT count(*) FROM t"));
    EXPECT_TRUE(must(query.step()));
    return query.number(0);
  }
  void overwrite(const std::string& name, const std::string& bytes) {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << bytes;
  }

  CachePlace place_;
  Database::Options options_;
};

TEST_F(DatabaseTest, WhatIsPutInIsThereForTheNextProcess) {
  add(*open(), "a", 1);
  EXPECT_EQ(in_child([&] { EXPECT_EQ(count(*open()), 1); }), 0);
}

TEST_F(DatabaseTest, AFileHasOneConnection) {
  const auto one = open();
  EXPECT_EQ(one, open());
}

TEST_F(DatabaseTest, OnlyItsOwnerMayReadTheFile) {
  open();
  EXPECT_EQ(must(root().stat("x.db")).mode, 0600U);
}

TEST_F(DatabaseTest, GarbageIsMadeAnew) {
  for (const std::string& bytes : {std::string(5000, 'x'), std::string("SQLite format 3\0 no", 19),
                                   std::string(100'000, '\0'), std::string("x")}) {
    overwrite("x.db", bytes);
    EXPECT_EQ(count(*open()), 0);
  }
}

TEST_F(DatabaseTest, AnotherVersionIsMadeAnew) {
  add(*open(), "a", 1);
  options_.version = 2;
  EXPECT_EQ(count(*open()), 0);
}

TEST_F(DatabaseTest, AFileReplacedUnderItsNameIsOpenedAnew) {
  const auto old = open();
  add(*old, "a", 1);
  ASSERT_TRUE(Database::remove(place_, "x.db").ok());
  const auto fresh = open();
  EXPECT_NE(fresh, old);
  EXPECT_EQ(count(*fresh), 0);
}

TEST_F(DatabaseTest, AnythingButAFileIsLeftAlone) {
  ASSERT_TRUE(root().make_folder("x.db").ok());
  EXPECT_EQ(try_open().status().code(), Code::io);
  ASSERT_TRUE(root().remove_folder("x.db").ok());
  put("target", "precious");
  ASSERT_EQ(::symlink("target", path("x.db").c_str()), 0);
  EXPECT_EQ(try_open().status().code(), Code::io);
  EXPECT_EQ(get("target"), "precious");
}

TEST_F(DatabaseTest, AForkedChildDoesNotUseItsParentsConnection) {
  const auto parent = open();
  add(*parent, "a", 1);
  EXPECT_EQ(in_child([&] {
              EXPECT_EQ(parent->prepare("SELECT 1").status().code(), Code::invalid);
              EXPECT_EQ(count(*open()), 1);
            }),
            0);
  add(*parent, "b", 2);
  EXPECT_EQ(count(*parent), 2);
}

TEST_F(DatabaseTest, ALockOfAnotherProcessIsWaitedForOnlySoLong) {
  const auto database = open();
  {
    const LockedByAnother other(path("x.db"));
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(database->begin().code(), Code::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  }
  EXPECT_EQ(count(*database), 0);
}

}  // namespace
}  // namespace everturn
