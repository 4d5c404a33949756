// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "base/parallel.h"
#include "base/try.h"
#include "everturn/listing.h"
#include "find/catalog_run.h"
#include "find/list_order.h"
#include "find/run_order.h"
#include "fs/posix_size_signal.h"

namespace everturn {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kRowsAThread = 1024;

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
  static void show(const Order& page, const std::vector<std::uint32_t>& ranks,
                   const CatalogRun& run, std::vector<SessionRow>& rows);

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

void Catalog::State::show(const Order& page, const std::vector<std::uint32_t>& ranks,
                          const CatalogRun& run, std::vector<SessionRow>& rows) {
  rows.resize(page.size());
  in_threads(page.size(), kRowsAThread, kThreads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const RunEntry& entry = run.entries()[page[i]];
      run.show(page[i], rows[i]);
      rows[i].rank = ranks[page[i]];
      if (entry.is_second) rows[i].session.note = "a second file of this key";
    }
  });
}

Result<ListPage> Catalog::State::checked_page(const ListQuery& query) {
  std::optional<Cursor> cursor;
  if (!query.cursor.empty()) cursor = TRY(parse_cursor(query.sort, query.cursor));
  CatalogRun run(engine_of(store), file, options);
  CHECK_OK(run.look());
  ListPage result;
  std::vector<std::uint32_t> ranks;
  Order page;
  const auto find_page = [&] {
    run.match();
    run.read(all_of(run.entries().size()), asks_for_counts(query) ? Depth::counts : Depth::summary);
    const Order newest = newest_first(run);
    ranks = ranks_of(newest, run.entries());
    mark_second_files(run);
    page = fitting(query, newest, run);
  };
  // Room for many rows takes a while, too.
  const std::uint64_t likely = wants_all(query) && !cursor ? run.entries().size() : 0;
  in_two_threads([&] { result.rows.resize(std::min(likely, query.limit)); }, find_page);
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
  show(page, ranks, run, result.rows);
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
