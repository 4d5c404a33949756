// SPDX-License-Identifier: Apache-2.0
// One look at all sessions of a store: what the folder says, what the catalog's file knows of it,
// and a reading of what changed. One thread, which takes others to help.
#ifndef EVERTURN_FIND_CATALOG_RUN_H_
#define EVERTURN_FIND_CATALOG_RUN_H_

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/listing.h"
#include "find/catalog_file.h"
#include "find/catalog_row.h"
#include "find/file_reading.h"
#include "find/list_order.h"
#include "find/stored_rows.h"
#include "store/listed_names.h"

namespace everturn {

// Of one file: where its row lies, and what of that is asked of all files.
struct RunEntry {
  // As encode_row made it, and checked; unless the entry is_known, of the file as it was. Empty:
  // nothing is known.
  std::string_view row;
  std::string_view key;  // as it stands in `row`
  std::int64_t modified_ns = 0;
  std::uint64_t key_hash = 0;
  Health health = Health::unread;
  bool is_known = false;      // what there is to know without reading more than the ends is
  bool has_counts = false;    // of records and damage
  bool is_continued = false;  // see CatalogRow
  bool is_fresh = false;      // `row` is not in the catalog's file yet
  bool is_part = false;       // a sub-agent's
  bool is_gone = false;       // deleted while we looked
  bool is_second = false;     // another file of its key is newer
};

class CatalogRun {
 public:
  // `file` is not open where nothing is kept.
  CatalogRun(Engine& engine, CatalogFile& file, const CatalogOptions& options)
      : engine_(engine), file_(file), options_(options) {}

  // What the folder holds. Fails as Store::list does.
  Status look();
  // Then, once: what is known of it.
  void match();
  // Reads those of `which` of which less than `depth` is known, and keeps what it read.
  void read(std::span<const std::uint32_t> which, Depth depth);
  // Entries by number, in no order.
  [[nodiscard]] std::vector<RunEntry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<RunEntry>& entries() const { return entries_; }
  [[nodiscard]] std::string_view name(std::uint32_t number) const { return listed_[number].name; }
  // What filters and orders ask of it; with views of `project`, without which a project that no
  // record names stays unknown.
  RowFacts facts(std::uint32_t number, std::string* project = nullptr) const;
  // Makes of a new row what is shown of it, but for its rank.
  void show(std::uint32_t number, SessionRow& shown) const;
  // Rows of files that are gone leave the catalog; `is_whole`: the others are all in it.
  void finish(bool is_whole);

 private:
  // What a thread reads with, and the rows that it read.
  struct Reader {
    explicit Reader(Engine& engine) : reading(engine) {}
    FileReading reading;
    SessionInfo listed;
    NameArena rows;
  };
  void match_one(std::size_t number, std::int32_t stored);
  void take(std::size_t number, const RowView& row, std::string_view bytes);
  void take_as_unreadable(std::size_t number);
  [[nodiscard]] bool needs(std::uint32_t number, Depth depth) const;
  void read_some(std::span<const std::uint32_t> which, Depth depth);
  void read_one(std::uint32_t number, Depth depth, Reader& reader);
  Reader& idle_reader();
  bool keep(std::span<const std::uint32_t> which);

  Engine& engine_;
  CatalogFile& file_;
  const CatalogOptions& options_;
  StoredRows stored_;
  std::vector<char> is_used_;  // of stored_
  ListedNames listed_;
  std::vector<RunEntry> entries_;  // of listed_
  std::mutex mutex_;               // of the following three
  std::list<Reader> readers_;
  std::vector<Reader*> idle_;
  NameArena unreadable_;    // rows of what no row is kept of
  bool is_keeping_ = true;  // until the file refuses
};

}  // namespace everturn

#endif  // EVERTURN_FIND_CATALOG_RUN_H_
