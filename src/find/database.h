// SPDX-License-Identifier: Apache-2.0
// SQLite, for what is disposable: the only code that speaks to it. A file that is damaged, of
// another version or not there is made anew; every failure is a Status, and whoever asks goes on
// without.
//
//   std::shared_ptr<Database> database = TRY(Database::open(place, "catalog.db", options));
//   const Database::Turn turn = database->take_turn();
//   Statement insert = TRY(database->prepare("INSERT INTO t VALUES (?1, ?2)"));
//   insert.bind(1, name);
//   insert.bind(2, 42);
//   TRY(insert.step());
//
// Codes: `unavailable` while another process has the file locked for longer than Options::wait, or
// without memory; `damaged` for a file that is no database, or not this one: remove() it; `io` for
// the rest; `invalid` in a forked child for a connection of its parent.
//
// One connection a file and process, shared by all that open it: SQLite's locks belong to the
// process, and closing a second descriptor of the file would drop them. So nobody opens such a file
// by other means while it may be open here.
#ifndef EVERTURN_FIND_DATABASE_H_
#define EVERTURN_FIND_DATABASE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "everturn/status.h"
#include "store/user_cache.h"

struct sqlite3;
struct sqlite3_stmt;

namespace everturn {

// A prepared statement. What its columns give lives until the next step. One thread, and only
// during a turn of its database.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(other.statement_) {
    other.statement_ = nullptr;
  }
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // The value of parameter `number`, from 1; the bytes must live until the statement has run.
  void bind(int number, std::string_view text);
  void bind_bytes(int number, std::string_view bytes);
  void bind(int number, std::int64_t value);
  // True: there is a row.
  Result<bool> step();
  // Runs it, to be run again with other values.
  Status run();
  void reset();

  [[nodiscard]] std::string_view bytes(int column) const;  // text or blob
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class Database {
 public:
  struct Options {
    std::string_view schema;  // statements that make the tables
    int version = 1;          // of the schema; a file of another one is made anew
    // Readers never wait for a writer; then two more files lie beside it.
    bool write_ahead = false;
    std::chrono::milliseconds wait{250};  // for locks of other processes
  };
  using Turn = std::unique_lock<std::mutex>;

  // Opens `name` in `place`, made with mode 0600 where it is not there; never through a symbolic
  // link. Quick where it is open already and still the file of that name.
  static Result<std::shared_ptr<Database>> open(const CachePlace& place, std::string_view name,
                                                const Options& options);
  // Removes the file and what lies beside it; no error if it is not there. Who has it open goes on
  // with a file that has no name, until it calls open() again.
  static Status remove(const CachePlace& place, std::string_view name);
  // The names of the file and of those that SQLite puts beside it.
  static constexpr std::string_view kBeside[] = {"", "-journal", "-wal", "-shm"};

  Database(sqlite3* connection, const FileId& id, std::uint64_t process);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // To be held over all that is done at a time, statements and their columns among it.
  [[nodiscard]] Turn take_turn() { return Turn(mutex_); }
  Result<Statement> prepare(std::string_view sql);
  // Statements without parameters and rows.
  Status run(const std::string& sql);
  // Takes the lock for writing; to be ended by commit() or rollback().
  Status begin() { return run("BEGIN IMMEDIATE"); }
  Status commit();
  void rollback();

 private:
  static Result<std::shared_ptr<Database>> connect(const CachePlace& place, std::string_view name,
                                                   const Options& options, const FileId& id);

  sqlite3* connection_;
  const FileId id_;
  const std::uint64_t process_;
  std::mutex mutex_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_DATABASE_H_
