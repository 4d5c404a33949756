// SPDX-License-Identifier: Apache-2.0
#include "find/database.h"

#include <sqlite3.h>

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

Code code_of(int result) {
  switch (result & 0xff) {  // without what refines it
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
      return Code::unavailable;
    // A statement that does not fit the tables: they are not ours.
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Code::damaged;
    default:
      return Code::io;
  }
}

Status failure(sqlite3* connection, int result) {
  const char* message = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result);
  return {code_of(result), std::string("SQLite: ") + message};
}

using FileKey = std::tuple<std::uint64_t, std::uint64_t, std::int64_t>;

FileKey key_of(const FileId& id) { return {id.device, id.inode, id.birth_ns}; }

// The connections of this process.
struct Registry {
  std::mutex mutex;
  std::map<FileKey, std::weak_ptr<Database>> open;
};

Registry& registry() {
  static Registry& instance = *new Registry;  // used until the process ends
  return instance;
}

// The file of that name, made if it is not there.
Result<FileId> find_file(Folder& folder, std::string_view name) {
  Result<FileInfo> found = folder.stat(name);
  if (!found && found.status().code() == Code::not_found) {
    const Result<std::unique_ptr<File>> made = folder.open(name, Access::create_new);
    if (!made && made.status().code() != Code::conflict) return made.status();
    found = folder.stat(name);
  }
  if (!found) return found.status();
  if (found->kind != FileKind::file) {
    return Status(Code::io, std::string(name) + " is not a regular file; remove it");
  }
  return found->id;
}

// SQLite opens by path: is that the folder which we have open?
Status check_path(const CachePlace& place) {
  const std::unique_ptr<Folder> same = TRY(posix_fs().open_folder(place.path, false));
  const FileInfo by_path = TRY(same->info());
  const FileInfo here = TRY(place.folder->info());
  if (by_path.id == here.id) return {};
  return {Code::io, place.path + " leads to another folder"};
}

Status run_on(sqlite3* connection, const std::string& sql) {
  const int result = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? Status() : failure(connection, result);
}

Result<std::int64_t> number_of(sqlite3* connection, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (result != SQLITE_OK) return failure(connection, result);
  Statement query(statement);
  const bool has_row = TRY(query.step());
  return has_row ? query.number(0) : 0;
}

// Another process may be at it too: whoever gets the lock first makes the tables.
Status make_tables(sqlite3* connection, const Database::Options& options) {
  CHECK_OK(run_on(connection, "BEGIN IMMEDIATE"));
  const auto make = [&]() -> Status {
    const std::int64_t version = TRY(number_of(connection, "PRAGMA user_version"));
    if (version == options.version) return {};
    const std::int64_t tables = TRY(number_of(connection, "SELECT count(*) FROM sqlite_schema"));
    if (version != 0 || tables != 0) return {Code::damaged, "a database of another version"};
    CHECK_OK(run_on(connection, std::string(options.schema)));
    return run_on(connection, "PRAGMA user_version = " + std::to_string(options.version));
  };
  Status made = make();
  if (made.ok()) made = run_on(connection, "COMMIT");
  if (!made.ok()) static_cast<void>(run_on(connection, "ROLLBACK"));
  return made;
}

// Nothing of what it holds is needed after a crash, so nothing waits for the disk; what a power cut
// leaves of it is found to be damaged. What is deleted is overwritten. The tables of a file that
// somebody else has made are not to be trusted.
Status prepare_connection(sqlite3* connection, const Database::Options& options) {
  sqlite3_busy_timeout(connection, static_cast<int>(options.wait.count()));
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  CHECK_OK(run_on(connection,
                  "PRAGMA page_size = 16384; PRAGMA temp_store = MEMORY; "
                  "PRAGMA secure_delete = ON; PRAGMA synchronous = OFF; "
                  "PRAGMA cell_size_check = ON"));
  const std::int64_t version = TRY(number_of(connection, "PRAGMA user_version"));
  TRY(number_of(connection, "SELECT count(*) FROM sqlite_schema"));
  const char* journal =
      options.write_ahead ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = TRUNCATE";
  CHECK_OK(run_on(connection, journal));
  if (version == options.version) return {};
  return make_tables(connection, options);
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

// Bytes at a null pointer would be NULL.
void Statement::bind(int number, std::string_view text) {
  sqlite3_bind_text64(statement_, number, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_bytes(int number, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, number, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
}

void Statement::bind(int number, std::int64_t value) {
  sqlite3_bind_int64(statement_, number, value);
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_), result);
}

Status Statement::run() {
  Result<bool> row = step();
  while (row.ok() && *row) row = step();
  reset();
  return row.status();
}

void Statement::reset() { sqlite3_reset(statement_); }

std::string_view Statement::bytes(int column) const {
  const void* start = sqlite3_column_blob(statement_, column);
  if (start == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return {static_cast<const char*>(start), size};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Database::Database(sqlite3* connection, const FileId& id, std::uint64_t process)
    : connection_(connection), id_(id), process_(process) {}

Database::~Database() {
  Registry& all = registry();
  const std::lock_guard guard(all.mutex);
  const auto known = all.open.find(key_of(id_));
  if (known != all.open.end() && known->second.expired()) all.open.erase(known);
  // A forked child leaves its parent's connection alone.
  if (process_ == posix_fs().process_token()) sqlite3_close_v2(connection_);
}

Result<std::shared_ptr<Database>> Database::open(const CachePlace& place, std::string_view name,
                                                 const Options& options) {
  if (place.folder == nullptr) return Status(Code::not_found, "there is no cache folder");
  const std::uint64_t process = posix_fs().process_token();
  // Kept past the lock: a destructor takes it too.
  std::shared_ptr<Database> known;
  Registry& all = registry();
  const std::lock_guard guard(all.mutex);
  for (int attempt = 0;; ++attempt) {
    const FileId id = TRY(find_file(*place.folder, name));
    std::weak_ptr<Database>& entry = all.open[key_of(id)];
    known = entry.lock();
    if (known != nullptr && known->process_ == process) return known;
    Result<std::shared_ptr<Database>> fresh = connect(place, name, options, id);
    if (fresh) entry = *fresh;
    const bool is_bad = !fresh && fresh.status().code() == Code::damaged;
    if (!is_bad || attempt > 0) return fresh;
    CHECK_OK(remove(place, name));
  }
}

// The registry's mutex is held, so a connection that fails is closed here, not by a Database.
Result<std::shared_ptr<Database>> Database::connect(const CachePlace& place, std::string_view name,
                                                    const Options& options, const FileId& id) {
  CHECK_OK(check_path(place));
  const std::string path = place.path + "/" + std::string(name);
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  if (result != SQLITE_OK) {
    const Status failed = failure(connection, result);
    sqlite3_close_v2(connection);
    return failed;
  }
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> owner(connection, sqlite3_close_v2);
  CHECK_OK(prepare_connection(connection, options));
  const FileInfo now = TRY(place.folder->stat(name));
  if (now.id != id) return Status(Code::unavailable, path + " was replaced meanwhile");
  return std::make_shared<Database>(owner.release(), id, posix_fs().process_token());
}

Result<Statement> Database::prepare(std::string_view sql) {
  if (process_ != posix_fs().process_token()) {
    return Status(Code::invalid, "this database was opened before a fork");
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
  if (result != SQLITE_OK) return failure(connection_, result);
  return Statement(statement);
}

Status Database::run(const std::string& sql) {
  if (process_ != posix_fs().process_token()) {
    return {Code::invalid, "this database was opened before a fork"};
  }
  return run_on(connection_, sql);
}

Status Database::commit() {
  const Status committed = run("COMMIT");
  if (!committed.ok()) rollback();
  return committed;
}

void Database::rollback() { static_cast<void>(run("ROLLBACK")); }

Status Database::remove(const CachePlace& place, std::string_view name) {
  if (place.folder == nullptr) return {};
  for (const std::string_view ending : kBeside) {
    const Status removed = place.folder->remove(std::string(name) + std::string(ending));
    if (!removed.ok() && removed.code() != Code::not_found) return removed;
  }
  return {};
}

}  // namespace everturn
