// SPDX-License-Identifier: Apache-2.0
// The rival: messages in SQLite, WAL mode.
#ifndef EVERTURN_BENCH_SQLITE_LOG_H_
#define EVERTURN_BENCH_SQLITE_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace everturn::bench {

class SqliteLog {
 public:
  // `synchronous` is FULL (each commit is durable) or NORMAL.
  SqliteLog(const std::string& path, std::string_view synchronous);
  ~SqliteLog();
  SqliteLog(const SqliteLog&) = delete;
  SqliteLog& operator=(const SqliteLog&) = delete;
  // One message, one transaction.
  void append(std::string_view record);

 private:
  void run(const std::string& sql);
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::int64_t sequence_ = 0;
};

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_SQLITE_LOG_H_
