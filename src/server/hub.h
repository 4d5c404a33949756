// SPDX-License-Identifier: Apache-2.0
// Who follows what. One thread watches the store for all followers; a follower is a cursor, and
// reads on from the disk whenever its connection has room: nothing is queued for it. What many
// followers read at the same place is read once. Any number of threads.
#ifndef EVERTURN_SERVER_HUB_H_
#define EVERTURN_SERVER_HUB_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "everturn/store.h"
#include "server/http.h"
#include "server/record_text.h"

namespace everturn::server {

// The last record that a follower got. Its hash tells whether the session is still the one that
// was read.
struct Cursor {
  enum class State : std::uint8_t {
    at,       // behind the record at `position`, or, with `hash` 0, right at `position`
    removed,  // the session is gone, and the follower knows
  };
  State state = State::at;
  Position position;
  std::uint64_t hash = 0;

  bool operator==(const Cursor&) const = default;
  [[nodiscard]] std::string to_string() const;  // "POSITION-hash", the id of an event
  static std::optional<Cursor> parse(std::string_view text);
};

// Events on their way, and where they lead to.
struct EventPiece {
  Cursor from;
  Cursor to;
  std::string text;  // of text/event-stream; empty: there is nothing new
};

// What followers of one thing share: whether it changed since they looked.
class Feed {
 public:
  // Counts changes. To be asked before looking.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  // False: something changed since `seen`, look again. Else `wake` is called when it does, or
  // never, if the feed ends. Forgotten by forget().
  bool wait(std::uint64_t seen, std::uint64_t waiter, Wake wake);
  void forget(std::uint64_t waiter);
  void change();
  bool is_waited_for();

 private:
  std::mutex mutex_;
  std::atomic<std::uint64_t> changes_{0};
  std::map<std::uint64_t, Wake> waiting_;
};

// Followers of one session in one style.
class SessionFeed : public Feed {
 public:
  SessionFeed(Store& store, std::string key, RecordStyle style)
      : store_(store), key_(std::move(key)), style_(std::move(style)) {}

  // What was last read, if it was read from there, and nothing, if that is known; else null.
  std::shared_ptr<const EventPiece> known(const Cursor& from);
  // Reads on from there. May block.
  Result<std::shared_ptr<const EventPiece>> read(const Cursor& from);
  // Everybody that waits is at `tip`: what is new there is read once, for all of them.
  void set_tip(const Cursor& tip);
  void refresh();

 private:
  Result<EventPiece> read_on(const Cursor& from);
  Result<EventPiece> read_records(const Cursor& from, bool after_reset);

  Store& store_;
  const std::string key_;
  const RecordStyle style_;
  std::mutex piece_mutex_;
  std::shared_ptr<const EventPiece> piece_;
  Cursor tip_;
  // While this is changes(), nothing stands behind tip_.
  std::uint64_t tip_changes_ = UINT64_MAX;
};

// Followers of the whole store: the last changes, numbered.
class StoreFeed : public Feed {
 public:
  // `run` tells this run of the server from others: numbers of another mean nothing.
  explicit StoreFeed(std::string run) : run_(std::move(run)) {}
  void add(std::string_view key);
  // The events behind the id `last`, and the id of the newest; a reset where `last` is not known.
  std::pair<std::string, std::string> read(const std::string& last);

 private:
  const std::string run_;
  std::mutex events_mutex_;
  std::uint64_t next_ = 1;
  std::deque<std::string> events_;  // keys; the last has number next_ - 1
};

class Hub {
 public:
  // `store` must outlive it. `report` gets the failures of watching.
  Hub(Store& store, std::string run, std::function<void(const Status&)> report);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Begins to watch. Without it nobody is woken.
  Status start();
  void stop();

  std::shared_ptr<SessionFeed> feed(const std::string& key, const RecordStyle& style);
  StoreFeed& store_feed() { return store_feed_; }
  std::uint64_t new_waiter() { return ++last_waiter_; }

 private:
  void watch();
  bool is_followed();
  void changed(std::string_view key);

  Store& store_;
  const std::function<void(const Status&)> report_;
  StoreFeed store_feed_;
  std::unique_ptr<StoreWatch> watch_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> last_waiter_{0};
  std::mutex mutex_;
  // By the key and the style. Whoever follows keeps a feed alive.
  std::map<std::string, std::multimap<std::string, std::weak_ptr<SessionFeed>>> feeds_;
  std::thread thread_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_HUB_H_
