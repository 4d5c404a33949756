// SPDX-License-Identifier: Apache-2.0
// The catalog's file: rows by name, in SQLite. Whatever fails here, a listing goes on without. One
// thread.
#ifndef EVERTURN_FIND_CATALOG_FILE_H_
#define EVERTURN_FIND_CATALOG_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "find/database.h"
#include "store/engine.h"

namespace everturn {

// A row as it is kept: `facts` are from encode_row. Views.
struct KeptRow {
  std::string_view name;
  std::string_view key;
  std::string_view facts;
  std::int64_t modified_ns = 0;
};

class CatalogFile {
 public:
  explicit CatalogFile(Engine& engine) : engine_(engine) {}

  // To be called before the rest, and again before each listing: the file may be another one by
  // then. `create`: made where it is not there.
  Status open(bool create);
  // False: all of the following do nothing, and say so.
  [[nodiscard]] bool is_open() const { return database_ != nullptr; }
  // The names and bytes of all rows, as they lie there; they live until visit returns.
  using Visit = std::function<bool(std::string_view name, std::string_view bytes)>;
  Status load(const Visit& visit);
  [[nodiscard]] std::uint64_t bytes() const;  // of the file; 0 if that is not known
  // Of the newest that were modified at `until_ns` or before, newest first, then by key and name;
  // until visit returns false. `conflict` if the file does not have all sessions.
  Status newest(std::int64_t until_ns, const Visit& visit);
  // In one transaction.
  Status save(std::span<const KeptRow> rows, std::span<const std::string_view> gone);
  // The file has a row for each session, as far as this process has seen.
  Status set_whole(bool whole);
  // Deletes the file.
  Status discard();
  [[nodiscard]] const CachePlace& place() const { return place_; }

  static constexpr std::string_view kName = "catalog.db";

 private:
  Status noted(Status status);
  static Status write(Database& database, std::span<const KeptRow> rows,
                      std::span<const std::string_view> gone);

  Engine& engine_;
  CachePlace place_;
  std::shared_ptr<Database> database_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_CATALOG_FILE_H_
