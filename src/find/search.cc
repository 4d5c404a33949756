// SPDX-License-Identifier: Apache-2.0
#include "everturn/search.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/try.h"
#include "find/hit_queue.h"
#include "find/index_tokens.h"
#include "find/session_search.h"
#include "find/text_index.h"
#include "store/engine.h"

namespace everturn {
namespace {

constexpr unsigned kThreadsMax = 8;
constexpr std::chrono::milliseconds kPatience{100};

// Newest first.
bool comes_before(const SessionInfo& a, const SessionInfo& b) {
  if (a.modified_ns != b.modified_ns) return a.modified_ns > b.modified_ns;
  return a.key != b.key ? a.key < b.key : a.file_name < b.file_name;
}

// Those of `keys`; names alone do not always tell a key, and then the files are opened.
Result<std::vector<SessionInfo>> find_sessions(Engine& engine,
                                               const std::vector<std::string>& keys) {
  const std::unordered_set<std::string> wanted(keys.begin(), keys.end());
  std::vector<SessionInfo> sessions;
  for (const bool names_only : {true, false}) {
    sessions = TRY(engine.list({.names_only = names_only}));
    std::erase_if(sessions, [&](const SessionInfo& one) { return !wanted.contains(one.key); });
    std::unordered_set<std::string> found;
    for (const SessionInfo& one : sessions) found.insert(one.key);
    if (found.size() == wanted.size()) return sessions;
  }
  return sessions;
}

Result<std::vector<SessionInfo>> sessions_to_search(Engine& engine, const SearchOptions& options,
                                                    SearchReport& report) {
  std::vector<SessionInfo> sessions;
  if (options.sessions.empty()) {
    sessions = TRY(engine.list({.names_only = true}));
  } else {
    sessions = TRY(find_sessions(engine, options.sessions));
    for (const std::string& key : options.sessions) {
      const bool is_there = std::any_of(sessions.begin(), sessions.end(),
                                        [&](const SessionInfo& one) { return one.key == key; });
      if (!is_there) {
        report.unsearched.push_back({key, Status(Code::not_found, "there is no such session")});
      }
    }
  }
  if (options.wants) {
    std::erase_if(sessions, [&](const SessionInfo& one) { return !options.wants(one); });
  }
  std::sort(sessions.begin(), sessions.end(), comes_before);
  return sessions;
}

class Search {
 public:
  Search(Engine& engine, const SearchQuery& query, const SearchOptions& options, Matcher matcher)
      : engine_(engine),
        query_(query),
        options_(options),
        matcher_(std::move(matcher)),
        anchor_(choose_anchor(matcher_.terms(), matcher_.exact_case())) {}

  Result<SearchReport> run(const HitSink& sink) {
    SearchReport report;
    sessions_ = TRY(sessions_to_search(engine_, options_, report));
    if (options_.index) index_ = ask_index(engine_, required_tokens(matcher_.terms()));
    HitQueue queue(sessions_.size());
    const Workers workers(*this, queue);
    give(queue, workers.count() == 0, sink, report);
    return report;
  }

 private:
  // The threads that search, until this goes.
  class Workers {
   public:
    Workers(Search& search, HitQueue& queue) : queue_(queue) {
      const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
      const unsigned wanted = search.options_.threads;
      const std::size_t count = std::min<std::size_t>(
          wanted != 0 ? wanted : std::min(processors, kThreadsMax), search.sessions_.size());
      threads_.reserve(count);
      try {
        while (threads_.size() < count) {
          threads_.emplace_back([&search, &queue] { search.work(queue); });
        }
      } catch (const std::system_error&) {
        // The system has no more threads: fewer will do.
      }
    }
    ~Workers() {
      queue_.stop();
      for (std::thread& thread : threads_) thread.join();
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    [[nodiscard]] std::size_t count() const { return threads_.size(); }

   private:
    HitQueue& queue_;
    std::vector<std::thread> threads_;
  };

  void work(HitQueue& queue) {
    std::optional<SessionSearch> search;
    while (!queue.is_stopped() && work_once(search, queue)) {
    }
  }

  // False: there are no more sessions.
  bool work_once(std::optional<SessionSearch>& search, HitQueue& queue) {
    const std::size_t session = next_.fetch_add(1);
    if (session >= sessions_.size()) return false;
    UnsearchedDamage damage;
    Status status = search_one(search, session, queue, damage);
    queue.finish(session, std::move(status), std::move(damage));
    return true;
  }

  Status search_one(std::optional<SessionSearch>& search, std::size_t session, HitQueue& queue,
                    UnsearchedDamage& damage) noexcept {
    try {
      if (!search) search.emplace(query_, matcher_, anchor_, options_.snippet_characters);
      const SessionInfo& listed = sessions_[session];
      if (listed.note == "empty") return {};
      const std::vector<Stretch> stretches = stretches_to_search(index_, listed);
      if (stretches.empty()) return {};
      const std::unique_ptr<ListedFile> file = TRY(engine_.open_unseen(listed));
      const FoundSink put = [&](Found found) { return queue.put(session, std::move(found)); };
      // Another file may have come in its place.
      const bool is_other = file->info().stamp != listed.stamp;
      CHECK_OK(is_other ? search->search(*file, put) : search->search(*file, stretches, put));
      damage = search->damage();
      return {};
    } catch (const std::bad_alloc&) {
      return {Code::unavailable, "out of memory"};
    } catch (const std::exception& error) {
      return {Code::io, std::string("internal error: ") + error.what()};
    }
  }

  // What a sub-agent says may stand in its own session and in the one that it worked for.
  bool is_told(const SessionInfo& session, std::uint64_t sub_agent) {
    if (sub_agent == 0) return false;
    const std::string& root = session.part_of.empty() ? session.key : session.part_of;
    return !told_[root].insert(sub_agent).second;
  }

  void give(HitQueue& queue, bool is_alone, const HitSink& sink, SearchReport& report) {
    std::optional<SessionSearch> own;
    if (is_alone) queue.never_wait();
    for (bool is_last = false; !is_last;) {
      if (report.hits == options_.limit || (options_.stop && options_.stop())) {
        report.stopped = true;
        return;
      }
      if (is_alone) work_once(own, queue);
      HitQueue::Taken taken = queue.take(is_alone ? std::chrono::milliseconds(0) : kPatience);
      for (const HitQueue::Ended& ended : taken.ended) count(ended, report);
      is_last = taken.is_last;
      if (!taken.found) {
        if (options_.progress) options_.progress({report.sessions, sessions_.size(), report.bytes});
      } else if (!is_told(sessions_[taken.session], taken.found->sub_agent)) {
        ++report.hits;
        report.stopped = !sink(taken.found->hit);
        if (report.stopped) return;
      }
    }
  }

  void count(const HitQueue::Ended& ended, SearchReport& report) {
    const SessionInfo& session = sessions_[ended.session];
    if (ended.damage.ranges > 0) report.unsearched_damage.push_back(ended.damage);
    if (ended.status.ok()) {
      ++report.sessions;
      report.bytes += session.bytes;
    } else if (ended.status.code() != Code::not_found) {  // else it was deleted meanwhile
      report.unsearched.push_back({session.key, ended.status});
    }
  }

  Engine& engine_;
  const SearchQuery& query_;
  const SearchOptions& options_;
  Matcher matcher_;
  const std::optional<Anchor> anchor_;
  std::vector<SessionInfo> sessions_;
  IndexedFiles index_;
  std::atomic<std::size_t> next_ = 0;
  std::unordered_map<std::string, std::unordered_set<std::uint64_t>> told_;
};

}  // namespace

Result<SearchReport> search(Store& store, const SearchQuery& query, const SearchOptions& options,
                            const HitSink& sink) try {
  Matcher matcher = TRY(Matcher::compile(query));
  return Search(engine_of(store), query, options, std::move(matcher)).run(sink);
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
} catch (const std::exception& error) {
  return Status(Code::io, std::string("internal error: ") + error.what());
}

}  // namespace everturn
