// SPDX-License-Identifier: Apache-2.0
// Finding sessions: a listing with titles that filters, sorts and pages.
//
//   Catalog catalog(*store);
//   Result<ListPage> page = catalog.list({.text = "deploy", .limit = 50});
//   for (const SessionRow& row : page->rows) show(row.title, row.session.key);
//
// What was read of a session is kept in a catalog file, in the store's cache folder. It is
// disposable: each listing compares it with the folder, by the files' stamps, and reads what
// changed. Damaged, deleted, falsified, locked or not writable, it costs time and changes no
// answer. An append never touches it. A folder that belongs to somebody else gets nothing: its
// catalog lies in the user's cache folder.
#ifndef EVERTURN_LISTING_H_
#define EVERTURN_LISTING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "everturn/entry.h"
#include "everturn/report.h"
#include "everturn/store.h"

namespace everturn {

enum class Health : std::uint8_t {
  unread,      // nobody has looked: the session was not read whole
  unreadable,  // SessionInfo::note says why
  sound,
  hides_messages,  // they are whole, and the session's own agent does not find them
  damaged,         // bytes that are no record, or records that a reader of lines loses
};
std::string_view health_name(Health health);

// One session of a listing.
struct SessionRow {
  SessionInfo session;     // its counts are there where `checked` says so
  std::uint64_t rank = 0;  // its place among all, newest first, from 1; 0 for a sub-agent's part,
                           // and with `trusted` behind the first page
  std::string title;       // one line of at most 200 characters; "" if there is none
  std::string preview;     // the last thing that a person typed, if it is in the last 256 KiB, else
                           // one of the beginning; likewise
  std::string dialect;     // one of dialect_names()
  std::string project;     // the folder in which the agent began
  std::string branch;      // of git
  std::int64_t created_ns = 0;    // the first time that its records name, since 1970; 0: none
  std::int64_t last_time_ns = 0;  // the last, of those at the beginning and the end
  Health health = Health::unread;
  // Known unless `health` is unread or unreadable:
  std::uint64_t turns = 0;  // what a person typed
  Usage tokens;
};

enum class ListSort : std::uint8_t { newest, oldest, largest, title, records };

struct ListQuery {
  std::string text;  // somewhere in title, preview, key or project; ASCII letters of either case
  std::optional<std::int64_t> since_ns;  // modified then or later, since 1970
  std::optional<std::int64_t> until_ns;  // modified before
  std::string project;                   // began in this folder or below; an absolute path
  std::string agent;                     // of this agent, by key (`claude:ID`) or by dialect
  bool damaged_only = false;             // reads whole what was not read yet
  std::uint64_t min_bytes = 0;
  std::uint64_t max_bytes = UINT64_MAX;
  bool with_parts = false;  // also sub-agents' parts
  ListSort sort = ListSort::newest;
  std::uint64_t limit = UINT64_MAX;
  std::string cursor;  // ListPage::next_cursor of the page before, for the same query
  // Read for their health: of the page's sessions the first so many bytes; one that was read before
  // and only grew is read from there, as far as its end says so. UINT64_MAX: all, and each whole.
  std::uint64_t examine_bytes = 0;
  // Take the catalog as it is, without a look at the folder: for who is told of each change.
  bool trusted = false;
};

struct ListPage {
  std::vector<SessionRow> rows;
  // Where the next page begins; "" behind the last. Sessions that stay as they are come exactly
  // once, whatever becomes of others in between.
  std::string next_cursor;
  std::uint64_t fitting = 0;  // sessions that fit the query; 0 with `trusted` and a limit
};

struct CatalogOptions {
  bool use_file = true;  // false: read everything, keep nothing
  // Called now and then while sessions are read, from the thread that lists.
  std::function<void(std::uint64_t done, std::uint64_t of)> progress;
};

struct CatalogInfo {
  std::string path;  // of the file; "" if there is no place for one
  std::uint64_t bytes = 0;
  std::uint64_t sessions = 0;
  std::uint64_t examined = 0;  // of them, read whole
  std::string problem;         // why it is not used; ""
};

// Any number of threads, one at a time. Must not outlive its Store. In a forked child: make
// another.
class Catalog {
 public:
  explicit Catalog(Store& store, CatalogOptions options = {});
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // `invalid` for a cursor that this query did not give; else fails only as Store::list does.
  Result<ListPage> list(const ListQuery& query);
  // Deletes the file.
  Status clear();
  Result<CatalogInfo> info();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace everturn

#endif  // EVERTURN_LISTING_H_
