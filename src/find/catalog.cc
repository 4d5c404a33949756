// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "everturn/listing.h"
#include "find/catalog_run.h"
#include "find/list_order.h"
#include "fs/posix_size_signal.h"

namespace everturn {
namespace {

using Order = std::vector<std::uint32_t>;

// All entries, newest first.
Order newest_first(const std::vector<RunEntry>& entries) {
  struct Place {
    std::int64_t modified_ns = 0;
    std::uint32_t number = 0;
  };
  std::vector<Place> places;
  places.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].is_gone) continue;
    places.push_back({entries[i].row.session.modified_ns, static_cast<std::uint32_t>(i)});
  }
  std::sort(places.begin(), places.end(), [&](const Place& one, const Place& other) {
    if (one.modified_ns != other.modified_ns) return one.modified_ns > other.modified_ns;
    return place_of(ListSort::newest, entries[one.number].row) <
           place_of(ListSort::newest, entries[other.number].row);
  });
  Order order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.number);
  return order;
}

void set_ranks(const Order& newest, std::vector<RunEntry>& entries) {
  std::uint64_t rank = 0;
  for (const std::uint32_t number : newest) {
    SessionRow& row = entries[number].row;
    row.rank = row.session.part_of.empty() ? ++rank : 0;
  }
}

// Of the files of a key the newest is the first; as Store::list tells it.
void mark_second_files(std::vector<RunEntry>& entries) {
  std::vector<std::uint64_t> seen;
  seen.reserve(entries.size());
  for (const RunEntry& entry : entries) {
    if (!entry.is_gone) seen.push_back(hash64(entry.row.session.key));
  }
  std::sort(seen.begin(), seen.end());
  std::unordered_set<std::uint64_t> doubled;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    if (seen[i] == seen[i - 1]) doubled.insert(seen[i]);
  }
  if (doubled.empty()) return;
  std::vector<RunEntry*> files;
  for (RunEntry& entry : entries) {
    if (!entry.is_gone && doubled.contains(hash64(entry.row.session.key))) {
      files.push_back(&entry);
    }
  }
  std::sort(files.begin(), files.end(), [](const RunEntry* one, const RunEntry* other) {
    const SessionInfo& a = one->row.session;
    const SessionInfo& b = other->row.session;
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns
                                          : a.file_name < b.file_name;
  });
  std::unordered_set<std::string_view> keys;
  for (RunEntry* file : files) file->is_second = !keys.insert(file->row.session.key).second;
}

Order all_of(std::size_t count) {
  Order order(count);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

}  // namespace

struct Catalog::State {
  State(Store& of, CatalogOptions how)
      : store(of), options(std::move(how)), file(engine_of(store)) {}

  Result<ListPage> list(const ListQuery& query);
  Result<ListPage> trusted_page(const ListQuery& query);
  Result<ListPage> checked_page(const ListQuery& query);
  static Result<Order> fitting(const ListQuery& query, const Order& newest,
                               const std::vector<RunEntry>& entries);
  static void examine(const ListQuery& query, const Order& page, CatalogRun& run);

  Store& store;
  const CatalogOptions options;
  std::mutex mutex;
  CatalogFile file;
  Status problem;
};

Result<ListPage> Catalog::State::list(const ListQuery& query) {
  problem = Status();
  if (options.use_file) problem = file.open(true);
  if (query.trusted && options.use_file) {
    Result<ListPage> page = trusted_page(query);
    const bool is_bad_cursor = !page && page.status().code() == Code::invalid;
    if (page || is_bad_cursor) return page;
  }
  return checked_page(query);
}

// The rows as they lie in the file; fails where anything is odd about them, and then the folder is
// asked.
Result<ListPage> Catalog::State::trusted_page(const ListQuery& query) {
  const bool is_simple = query.sort == ListSort::newest && query.limit < UINT64_MAX &&
                         query.examine_bytes == 0 && !query.damaged_only;
  if (!is_simple) return Status(Code::unavailable, "such a query is answered by the folder");
  ListPage page;
  Cursor cursor;
  std::int64_t until_ns = std::numeric_limits<std::int64_t>::max();
  if (!query.cursor.empty()) {
    cursor = TRY(parse_cursor(query.sort, query.cursor));
    until_ns = -cursor.number;
  }
  bool is_sound = true;
  bool has_more = false;
  std::uint64_t rank = 0;
  std::int64_t last_ns = std::numeric_limits<std::int64_t>::max();
  const Status read = file.newest(until_ns, [&](std::string_view name, std::string_view bytes) {
    const std::optional<RowView> stored = view_row(name, bytes);
    is_sound = stored && stored->stamp.modified_ns <= last_ns;
    if (!is_sound) return false;
    last_ns = stored->stamp.modified_ns;
    SessionRow row;
    row.session.file_name = name;
    row.session.part_of = stored->part_of;
    show_row(*stored, row);
    const bool is_ranked = query.cursor.empty() && row.session.part_of.empty();
    row.rank = is_ranked ? ++rank : 0;
    if (!fits_stamp(query, row.session) || !fits_content(query, row)) return true;
    if (!query.cursor.empty() && !(cursor.place() < place_of(query.sort, row))) return true;
    has_more = page.rows.size() == query.limit;
    if (has_more) return false;
    page.rows.push_back(std::move(row));
    return true;
  });
  CHECK_OK(read);
  if (!is_sound) return Status(Code::damaged, "a row of the catalog is not what it was");
  if (has_more && !page.rows.empty()) {
    page.next_cursor = cursor_of(query.sort, place_of(query.sort, page.rows.back()));
  }
  return page;
}

// Those that fit, in the order of the query.
Result<Order> Catalog::State::fitting(const ListQuery& query, const Order& newest,
                                      const std::vector<RunEntry>& entries) {
  Order order;
  for (const std::uint32_t number : newest) {
    const SessionRow& row = entries[number].row;
    if (fits_stamp(query, row.session) && fits_content(query, row)) order.push_back(number);
  }
  if (query.sort == ListSort::newest) return order;
  std::sort(order.begin(), order.end(), [&](std::uint32_t one, std::uint32_t other) {
    return place_of(query.sort, entries[one].row) < place_of(query.sort, entries[other].row);
  });
  return order;
}

void Catalog::State::examine(const ListQuery& query, const Order& page, CatalogRun& run) {
  if (query.examine_bytes == 0) return;
  Order wanted;
  std::uint64_t left = query.examine_bytes;
  for (const std::uint32_t number : page) {
    const SessionRow& row = run.entries()[number].row;
    if (row.health != Health::unread) continue;
    if (left != UINT64_MAX && row.session.bytes > left) continue;
    if (left != UINT64_MAX) left -= row.session.bytes;
    wanted.push_back(number);
  }
  run.read(wanted, Depth::verdict);
}

Result<ListPage> Catalog::State::checked_page(const ListQuery& query) {
  std::optional<Cursor> cursor;
  if (!query.cursor.empty()) cursor = TRY(parse_cursor(query.sort, query.cursor));
  CatalogRun run(engine_of(store), file, options);
  CHECK_OK(run.look());
  std::vector<RunEntry>& entries = run.entries();
  run.read(all_of(entries.size()), asks_for_counts(query) ? Depth::counts : Depth::summary);
  const Order newest = newest_first(entries);
  set_ranks(newest, entries);
  mark_second_files(entries);
  Order page = TRY(fitting(query, newest, entries));
  ListPage result;
  result.fitting = page.size();
  if (cursor) {
    const SortPlace after = cursor->place();
    const auto first = std::partition_point(page.begin(), page.end(), [&](std::uint32_t number) {
      return !(after < place_of(query.sort, entries[number].row));
    });
    page.erase(page.begin(), first);
  }
  if (page.size() > query.limit) {
    page.resize(query.limit);
    if (!page.empty()) {
      result.next_cursor = cursor_of(query.sort, place_of(query.sort, entries[page.back()].row));
    }
  }
  examine(query, page, run);
  run.finish(true);
  result.rows.reserve(page.size());
  for (const std::uint32_t number : page) {
    RunEntry& entry = entries[number];
    if (entry.is_gone) continue;
    if (entry.is_second) entry.row.session.note = "a second file of this key";
    result.rows.push_back(std::move(entry.row));
  }
  return result;
}

std::string_view health_name(Health health) {
  switch (health) {
    case Health::unread:
      return "unread";
    case Health::unreadable:
      return "unreadable";
    case Health::sound:
      return "ok";
    case Health::hides_messages:
      return "hides messages";
    case Health::damaged:
      return "damaged";
  }
  return "";
}

Catalog::Catalog(Store& store, CatalogOptions options)
    : state_(std::make_unique<State>(store, std::move(options))) {}
Catalog::~Catalog() = default;

Result<ListPage> Catalog::list(const ListQuery& query) try {
  const SizeSignalGuard size_signal;
  const std::lock_guard guard(state_->mutex);
  return state_->list(query);
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory while listing sessions");
}

Status Catalog::clear() try {
  const SizeSignalGuard size_signal;
  const std::lock_guard guard(state_->mutex);
  return state_->file.discard();
} catch (const std::bad_alloc&) {
  return {Code::unavailable, "out of memory"};
}

Result<CatalogInfo> Catalog::info() try {
  const std::lock_guard guard(state_->mutex);
  CatalogFile& file = state_->file;
  CatalogInfo info;
  const Status opened = file.open(false);
  if (file.place().folder != nullptr) {
    info.path = file.place().path + "/" + std::string(CatalogFile::kName);
    const Result<FileInfo> found = file.place().folder->stat(CatalogFile::kName);
    if (found) info.bytes = found->size;
  }
  if (!opened.ok() && opened.code() != Code::not_found) info.problem = opened.message();
  if (!file.is_open()) return info;
  const Status read = file.load([&](std::string_view name, std::string_view bytes) {
    const std::optional<RowView> row = view_row(name, bytes);
    ++info.sessions;
    info.examined += row && row->verdict ? 1 : 0;
    return true;
  });
  if (!read.ok()) info.problem = read.message();
  return info;
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

}  // namespace everturn
