// SPDX-License-Identifier: Apache-2.0
#include "find/catalog_file.h"

#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

constexpr std::string_view kSchema =
    "CREATE TABLE sessions (name BLOB PRIMARY KEY, modified INTEGER NOT NULL, key BLOB NOT NULL,"
    " facts BLOB NOT NULL);"
    "CREATE INDEX sessions_by_time ON sessions (modified DESC, key, name);"
    "CREATE TABLE about (whole INTEGER NOT NULL);"
    "INSERT INTO about VALUES (0)";

constexpr int kVersion = 4;  // of the tables, of what encode_row makes and summaries say

Status not_open() { return {Code::not_found, "there is no catalog"}; }

}  // namespace

Status CatalogFile::open(bool create) {
  std::shared_ptr<Database> old = std::move(database_);  // lives on if it is still the same
  place_ = TRY(engine_.cache_place(create));
  if (place_.folder == nullptr) return not_open();
  if (!create && !place_.folder->stat(kName).ok()) return not_open();
  Database::Options options;
  options.schema = kSchema;
  options.version = kVersion;
  database_ = TRY(Database::open(place_, kName, options));
  return {};
}

// A damaged file is deleted, so that the next listing makes a new one.
Status CatalogFile::noted(Status status) {
  if (status.code() == Code::damaged) static_cast<void>(discard());
  return status;
}

std::uint64_t CatalogFile::bytes() const {
  if (!is_open()) return 0;
  const Result<FileInfo> info = place_.folder->stat(kName);
  return info ? info->size : 0;
}

Status CatalogFile::load(const Visit& visit) {
  if (!is_open()) return not_open();
  const std::shared_ptr<Database> database = database_;
  const auto run = [&]() -> Status {
    const Database::Turn turn = database->take_turn();
    Statement query = TRY(database->prepare("SELECT name, facts FROM sessions"));
    while (true) {
      const bool has_row = TRY(query.step());
      if (!has_row || !visit(query.bytes(0), query.bytes(1))) return {};
    }
  };
  return noted(run());
}

Status CatalogFile::newest(std::int64_t until_ns, const Visit& visit) {
  if (!is_open()) return not_open();
  const std::shared_ptr<Database> database = database_;
  const auto run = [&]() -> Status {
    const Database::Turn turn = database->take_turn();
    Statement whole = TRY(database->prepare("SELECT whole FROM about"));
    const bool is_told = TRY(whole.step());
    if (!is_told || whole.number(0) == 0) {
      return {Code::conflict, "the catalog does not have all sessions yet"};
    }
    Statement query =
        TRY(database->prepare("SELECT name, facts FROM sessions WHERE modified <= ?1 "
                              "ORDER BY modified DESC, key, name"));
    query.bind(1, until_ns);
    while (true) {
      const bool has_row = TRY(query.step());
      if (!has_row || !visit(query.bytes(0), query.bytes(1))) return {};
    }
  };
  return noted(run());
}

Status CatalogFile::write(Database& database, std::span<const KeptRow> rows,
                          std::span<const std::string_view> gone) {
  Statement insert =
      TRY(database.prepare("INSERT OR REPLACE INTO sessions VALUES (?1, ?2, ?3, ?4)"));
  for (const KeptRow& row : rows) {
    insert.bind_bytes(1, row.name);
    insert.bind(2, row.modified_ns);
    insert.bind_bytes(3, row.key);
    insert.bind_bytes(4, row.facts);
    CHECK_OK(insert.run());
  }
  Statement remove = TRY(database.prepare("DELETE FROM sessions WHERE name = ?1"));
  for (const std::string_view name : gone) {
    remove.bind_bytes(1, name);
    CHECK_OK(remove.run());
  }
  return {};
}

Status CatalogFile::save(std::span<const KeptRow> rows, std::span<const std::string_view> gone) {
  if (!is_open()) return not_open();
  if (rows.empty() && gone.empty()) return {};
  const std::shared_ptr<Database> database = database_;
  const Database::Turn turn = database->take_turn();
  Status begun = database->begin();
  if (!begun.ok()) return noted(std::move(begun));
  const Status written = write(*database, rows, gone);
  if (written.ok()) return noted(database->commit());
  database->rollback();
  return noted(written);
}

Status CatalogFile::set_whole(bool whole) {
  if (!is_open()) return not_open();
  const std::shared_ptr<Database> database = database_;
  const auto run = [&]() -> Status {
    const Database::Turn turn = database->take_turn();
    {
      Statement query = TRY(database->prepare("SELECT whole FROM about"));
      const bool is_told = TRY(query.step());
      if (is_told && (query.number(0) != 0) == whole) return {};
    }
    return database->run(whole ? "UPDATE about SET whole = 1" : "UPDATE about SET whole = 0");
  };
  return noted(run());
}

Status CatalogFile::discard() {
  database_.reset();
  if (place_.folder == nullptr) place_ = TRY(engine_.cache_place(false));
  return Database::remove(place_, kName);
}

}  // namespace everturn
