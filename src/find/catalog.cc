// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/parallel.h"
#include "base/try.h"
#include "everturn/listing.h"
#include "find/catalog_run.h"
#include "find/list_order.h"
#include "fs/posix_size_signal.h"

namespace everturn {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kRowsAThread = 1024;

using Order = std::vector<std::uint32_t>;

void sort_by_place(ListSort sort, const CatalogRun& run, std::span<std::uint32_t> order) {
  std::vector<std::pair<SortPlace, std::uint32_t>> places;
  places.reserve(order.size());
  for (const std::uint32_t number : order) {
    places.emplace_back(place_of(sort, run.facts(number)), number);
  }
  std::sort(places.begin(), places.end(),
            [](const auto& one, const auto& other) { return one.first < other.first; });
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = places[i].second;
}

// All entries, newest first, then by key and by name.
Order newest_first(const CatalogRun& run) {
  struct Place {
    std::int64_t modified_ns = 0;
    std::uint32_t number = 0;
  };
  const std::vector<RunEntry>& entries = run.entries();
  std::vector<Place> places;
  places.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_gone) {
      places.push_back({entries[i].modified_ns, static_cast<std::uint32_t>(i)});
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& one, const Place& other) {
    return one.modified_ns > other.modified_ns;
  });
  Order order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.number);
  // Those of one tick of the clock.
  for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    while (end < places.size() && places[end].modified_ns == places[begin].modified_ns) ++end;
    if (end - begin < 2) continue;
    const auto tied = std::span(order).subspan(begin, end - begin);
    std::sort(tied.begin(), tied.end(), [&](std::uint32_t one, std::uint32_t other) {
      const int keys = entries[one].key.compare(entries[other].key);
      return keys != 0 ? keys < 0 : run.name(one) < run.name(other);
    });
  }
  return order;
}

// A session's place among all, by the number of its entry; parts have none.
std::vector<std::uint32_t> ranks_of(const Order& newest, const std::vector<RunEntry>& entries) {
  std::vector<std::uint32_t> ranks(entries.size());
  std::uint32_t rank = 0;
  for (const std::uint32_t number : newest) {
    if (!entries[number].is_part) ranks[number] = ++rank;
  }
  return ranks;
}

// The hashes that more than one entry has.
std::unordered_set<std::uint64_t> doubled_hashes(const std::vector<RunEntry>& entries) {
  std::vector<std::uint64_t> table(std::bit_ceil(entries.size() * 2 + 1));  // 0: free
  std::unordered_set<std::uint64_t> doubled;
  for (const RunEntry& entry : entries) {
    if (entry.is_gone) continue;
    const std::uint64_t hash = std::max<std::uint64_t>(entry.key_hash, 1);
    std::size_t at = hash & (table.size() - 1);
    while (table[at] != 0 && table[at] != hash) at = (at + 1) & (table.size() - 1);
    if (table[at] == hash) doubled.insert(entry.key_hash);
    table[at] = hash;
  }
  return doubled;
}

// Of the files of a key the newest is the first; as Store::list tells it.
void mark_second_files(CatalogRun& run) {
  std::vector<RunEntry>& entries = run.entries();
  const std::unordered_set<std::uint64_t> doubled = doubled_hashes(entries);
  if (doubled.empty()) return;
  std::vector<std::pair<RowFacts, std::uint32_t>> files;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].is_gone || !doubled.contains(entries[i].key_hash)) continue;
    files.emplace_back(run.facts(i), i);
  }
  std::sort(files.begin(), files.end(), [](const auto& one, const auto& other) {
    const RowFacts& a = one.first;
    const RowFacts& b = other.first;
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.name < b.name;
  });
  std::unordered_set<std::string_view> keys;
  for (const auto& [facts, number] : files) {
    entries[number].is_second = !keys.insert(facts.key).second;
  }
}

// But for parts, which stand beside their sessions.
bool wants_all(const ListQuery& query) {
  return query.text.empty() && !query.since_ns && !query.until_ns && query.project.empty() &&
         query.agent.empty() && !query.damaged_only && query.min_bytes == 0 &&
         query.max_bytes == UINT64_MAX;
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
  static Order fitting(const ListQuery& query, const Order& newest, const CatalogRun& run);
  static void examine(const ListQuery& query, const Order& page, CatalogRun& run);
  static std::vector<SessionRow> shown(const Order& page, const std::vector<std::uint32_t>& ranks,
                                       const CatalogRun& run);

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
    const RowFacts facts = facts_of(row);
    if (!fits(query, facts)) return true;
    if (!query.cursor.empty() && !(cursor.place() < place_of(query.sort, facts))) return true;
    has_more = page.rows.size() == query.limit;
    if (has_more) return false;
    page.rows.push_back(std::move(row));
    return true;
  });
  CHECK_OK(read);
  if (!is_sound) return Status(Code::damaged, "a row of the catalog is not what it was");
  if (has_more && !page.rows.empty()) {
    page.next_cursor = cursor_of(query.sort, place_of(query.sort, facts_of(page.rows.back())));
  }
  return page;
}

// Those that fit, in the order of the query.
Order Catalog::State::fitting(const ListQuery& query, const Order& newest, const CatalogRun& run) {
  Order order;
  order.reserve(newest.size());
  std::string project;
  std::string* const wanted = asks_for_project(query) ? &project : nullptr;
  for (const std::uint32_t number : newest) {
    const bool is_wanted = wants_all(query) ? query.with_parts || !run.entries()[number].is_part
                                            : fits(query, run.facts(number, wanted));
    if (is_wanted) order.push_back(number);
  }
  if (query.sort != ListSort::newest) sort_by_place(query.sort, run, order);
  return order;
}

void Catalog::State::examine(const ListQuery& query, const Order& page, CatalogRun& run) {
  if (query.examine_bytes == 0) return;
  Order wanted;
  std::uint64_t left = query.examine_bytes;
  if (left == UINT64_MAX) return run.read(page, Depth::verdict);
  for (const std::uint32_t number : page) {
    if (run.entries()[number].health != Health::unread) continue;
    const std::uint64_t bytes = run.facts(number).bytes;
    if (bytes > left) continue;
    left -= bytes;
    wanted.push_back(number);
  }
  run.read(wanted, Depth::health);
}

std::vector<SessionRow> Catalog::State::shown(const Order& page,
                                              const std::vector<std::uint32_t>& ranks,
                                              const CatalogRun& run) {
  std::vector<SessionRow> rows(page.size());
  in_threads(page.size(), kRowsAThread, kThreads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const RunEntry& entry = run.entries()[page[i]];
      run.show(page[i], rows[i]);
      rows[i].rank = ranks[page[i]];
      if (entry.is_second) rows[i].session.note = "a second file of this key";
    }
  });
  return rows;
}

Result<ListPage> Catalog::State::checked_page(const ListQuery& query) {
  std::optional<Cursor> cursor;
  if (!query.cursor.empty()) cursor = TRY(parse_cursor(query.sort, query.cursor));
  CatalogRun run(engine_of(store), file, options);
  CHECK_OK(run.look());
  run.read(all_of(run.entries().size()), asks_for_counts(query) ? Depth::counts : Depth::summary);
  const Order newest = newest_first(run);
  const std::vector<std::uint32_t> ranks = ranks_of(newest, run.entries());
  mark_second_files(run);
  Order page = fitting(query, newest, run);
  ListPage result;
  result.fitting = page.size();
  const auto place = [&](std::uint32_t number) { return place_of(query.sort, run.facts(number)); };
  if (cursor) {
    const SortPlace after = cursor->place();
    const auto first = std::partition_point(
        page.begin(), page.end(), [&](std::uint32_t number) { return !(after < place(number)); });
    page.erase(page.begin(), first);
  }
  if (page.size() > query.limit) {
    page.resize(query.limit);
    if (!page.empty()) result.next_cursor = cursor_of(query.sort, place(page.back()));
  }
  examine(query, page, run);
  run.finish(true);
  std::erase_if(page, [&](std::uint32_t number) { return run.entries()[number].is_gone; });
  result.rows = shown(page, ranks, run);
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
    info.examined += row && row->verdict_now() ? 1 : 0;
    return true;
  });
  if (!read.ok()) info.problem = read.message();
  return info;
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

}  // namespace everturn
