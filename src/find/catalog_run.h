// SPDX-License-Identifier: Apache-2.0
// One look at all sessions of a store: what the folder says, what the catalog's file knows of it,
// and a reading of what changed. One thread, which takes others to help.
#ifndef EVERTURN_FIND_CATALOG_RUN_H_
#define EVERTURN_FIND_CATALOG_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/listing.h"
#include "find/catalog_file.h"
#include "find/catalog_row.h"
#include "find/file_reading.h"

namespace everturn {

// The rows of the catalog's file, as they lay there.
class StoredRows {
 public:
  // Empty where the file cannot be read.
  void load(CatalogFile& file);
  // The number of the row of that name; -1: there is none.
  [[nodiscard]] std::int32_t find(std::string_view wanted) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::string_view name(std::size_t number) const;
  [[nodiscard]] std::string_view bytes(std::size_t number) const;

 private:
  struct Row {
    std::uint64_t offset = 0;
    std::uint32_t name_size = 0;
    std::uint32_t size = 0;
  };
  void index();

  std::string bytes_;
  std::vector<Row> rows_;
  std::vector<std::int32_t> table_;  // by the hash of the name; -1: free
};

struct RunEntry {
  SessionRow row;
  std::int32_t stored = -1;          // in StoredRows
  std::unique_ptr<CatalogRow> read;  // what this run read of the file
  bool is_known = false;             // `row` is what the file holds
  bool is_gone = false;              // deleted while we looked
  bool is_second = false;            // another file of its key is newer
};

class CatalogRun {
 public:
  // `file` is not open where nothing is kept.
  CatalogRun(Engine& engine, CatalogFile& file, const CatalogOptions& options)
      : engine_(engine), file_(file), options_(options) {}

  // What the folder holds, and what is known of it. Fails as Store::list does.
  Status look();
  // Reads those of `which` of which less than `depth` is known, and keeps what it read.
  void read(std::span<const std::uint32_t> which, Depth depth);
  // Entries by number, in no order.
  [[nodiscard]] std::vector<RunEntry>& entries() { return entries_; }
  // Rows of files that are gone leave the catalog; `is_whole`: the others are all in it.
  void finish(bool is_whole);

 private:
  void match();
  bool needs(const RunEntry& entry, Depth depth) const;
  void read_some(std::span<const std::uint32_t> which, Depth depth);

  Engine& engine_;
  CatalogFile& file_;
  const CatalogOptions& options_;
  StoredRows stored_;
  std::vector<char> is_used_;  // of stored_
  std::vector<RunEntry> entries_;
  bool is_keeping_ = true;  // until the file refuses
};

}  // namespace everturn

#endif  // EVERTURN_FIND_CATALOG_RUN_H_
