// SPDX-License-Identifier: Apache-2.0
#include "bench/sqlite_log.h"

#include <sqlite3.h>

#include "bench/workplace.h"

namespace everturn::bench {

SqliteLog::SqliteLog(const std::string& path, std::string_view synchronous) {
  if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) give_up("cannot open " + path);
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=" + std::string(synchronous));
  run("CREATE TABLE messages(session TEXT, seq INTEGER, json TEXT, PRIMARY KEY(session, seq))");
  if (sqlite3_prepare_v2(database_, "INSERT INTO messages VALUES('telegram:1', ?, ?)", -1, &insert_,
                         nullptr) != SQLITE_OK) {
    give_up(sqlite3_errmsg(database_));
  }
}

SqliteLog::~SqliteLog() {
  sqlite3_finalize(insert_);
  sqlite3_close(database_);
}

void SqliteLog::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    give_up(sqlite3_errmsg(database_));
  }
}

void SqliteLog::append(std::string_view record) {
  sqlite3_bind_int64(insert_, 1, ++sequence_);
  sqlite3_bind_text(insert_, 2, record.data(), static_cast<int>(record.size()), nullptr);
  if (sqlite3_step(insert_) != SQLITE_DONE) give_up(sqlite3_errmsg(database_));
  sqlite3_reset(insert_);
}

}  // namespace everturn::bench
