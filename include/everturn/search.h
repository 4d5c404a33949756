// SPDX-License-Identifier: Apache-2.0
// Finds text in the sessions of a store, whatever their agents wrote it with.
//
//   SearchQuery query;
//   query.text = "durable \"power cut\" fsync*";
//   Result<SearchReport> report = search(*store, query, {.limit = 20}, [](const SearchHit& hit) {
//     std::printf("%s: %s\n", hit.session.c_str(), hit.snippet.c_str());
//     return true;
//   });
//
// What is searched are the utterances of sessions, decoded: words, thoughts, tool calls and their
// results, summaries, titles and other metadata, also those that a compaction left behind. Each is
// one hit at most, however often its agent wrote it down. Letters match whatever their case
// (Unicode's simple case folding; "ss" is not "ß"). Texts are compared as they are encoded: an "é"
// of one character is not one of two.
#ifndef EVERTURN_SEARCH_H_
#define EVERTURN_SEARCH_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/entry.h"
#include "everturn/session.h"
#include "everturn/status.h"
#include "everturn/store.h"

namespace everturn {

enum class SearchMode : std::uint8_t {
  // An utterance must hold all of the words; "words in quotes" one after the other, whatever
  // stands between them but other words; beginning* for words that begin so; none of the -words.
  // Where a script puts no spaces between words (Chinese, Japanese, Korean, Thai, ...), its
  // characters are found anywhere. A word of symbols alone, such as ->, is found as it stands.
  words,
  substring,  // the same, but words and quotes are found anywhere, and quotes as they stand
  regex,      // the text is one expression in RE2's syntax; ^ and $ are of lines; never slow
};

struct SearchQuery {
  std::string text;
  SearchMode mode = SearchMode::words;
  bool exact_case = false;
  std::vector<EntryKind> kinds;  // only of these; empty: of all
  // Only what was said at this time or later, and before that; nanoseconds since 1970. An utterance
  // without a time does not match then.
  std::optional<std::int64_t> since_ns;
  std::optional<std::int64_t> before_ns;
  // Whole records: also the copies, and what stands in them beside what was said. A hit a record.
  bool raw = false;
};

struct TextRange {
  std::size_t begin = 0;  // offsets in bytes
  std::size_t end = 0;
  bool operator==(const TextRange&) const = default;
};

struct SearchHit {
  std::string session;  // its key
  Position position;    // of the record: Store::read from there gives it first
  EntryKind kind = EntryKind::other;
  EntryFlags flags = 0;
  std::string name;  // of the tool; the type of an `other`
  std::string time;  // as its agent wrote it; empty where it did not
  // A line of the text around the first match; white space is a single space. UTF-8, and not yet
  // safe for a terminal.
  std::string snippet;
  std::vector<TextRange> highlights;  // what matched, within the snippet, in order
};

// False stops the search. Called by one thread, the caller's.
using HitSink = std::function<bool(const SearchHit&)>;

struct SearchProgress {
  std::uint64_t sessions = 0;  // of
  std::uint64_t sessions_total = 0;
  std::uint64_t bytes = 0;  // of what is read
};

struct SearchOptions {
  std::uint64_t limit = UINT64_MAX;   // hits
  std::vector<std::string> sessions;  // keys; empty: all
  // Of all of them; unset: every one.
  std::function<bool(const SessionInfo&)> wants;
  unsigned threads = 0;  // 0: as many as there are processors, at most 8
  std::size_t snippet_characters = 160;
  bool index =
      true;  // let the index choose what is read, where there is one; the hits are the same
  std::function<void(const SearchProgress&)> progress;  // by the caller's thread, now and then
  std::function<bool()> stop;                           // true ends the search; likewise
};

// A session that could not be searched, or not wholly.
struct Unsearched {
  std::string session;
  Status status;
};

// Damage of a session that may hold what is looked for, beside the hits: it is no record, and so no
// hit. A repair may make one of it, and Store::read tells all of it.
struct UnsearchedDamage {
  std::string session;
  std::uint64_t ranges = 0;  // so many of them
  std::uint64_t bytes = 0;   // in all
  std::uint64_t offset = 0;  // of the first
};

struct SearchReport {
  std::uint64_t sessions = 0;  // searched
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0;  // given to the sink
  bool stopped = false;    // by limit, sink or stop: there may be more
  std::vector<Unsearched> unsearched;
  // Where the text may stand besides: in torn lines and the like, or in bytes that cannot be read.
  // A session that is not in either list holds no more of it. Of what was searched, if `stopped`.
  std::vector<UnsearchedDamage> unsearched_damage;
};

// Gives the hits to `sink`: the newest session first (by the time of its file; then by key), within
// a session in its order. The same store and query give the same hits in the same order, whatever
// the number of threads. `invalid` tells what is wrong with the query, and where. A session that
// cannot be read is no failure; the report has it.
Result<SearchReport> search(Store& store, const SearchQuery& query, const SearchOptions& options,
                            const HitSink& sink);

struct IndexOptions {
  // True ends the work; asked every few megabytes. What is done stays, and is gone on from.
  std::function<bool()> stop;
  std::function<void(const SearchProgress&)> progress;
  // Files that were changed since are left for the next time: within a tick of the clock a file may
  // change twice and bear the same time.
  std::chrono::milliseconds settled{2000};
};

struct IndexReport {
  std::uint64_t sessions = 0;       // that the index holds, as they are
  std::uint64_t bytes = 0;          // of them
  std::uint64_t added_bytes = 0;    // now
  std::uint64_t left_sessions = 0;  // that it does not hold: compressed, documents, just written
  bool stopped = false;
};

// Brings the index of the store's words up to date, in its cache: sessions that are new or have
// changed are read, those that are gone leave nothing in it. Searching is then faster where there
// is more than memory holds. It may be deleted at any time. `unavailable` while another process is
// at it; `not_found` where there is no place for a cache.
Result<IndexReport> update_search_index(Store& store, const IndexOptions& options = {});

// Deletes the index; no error if there is none.
Status clear_search_index(Store& store);

// Does `text` match? Role and time do not matter. `highlights`, if not null: what matched, in
// order; the first 64.
Result<bool> matches(std::string_view text, const SearchQuery& query,
                     std::vector<TextRange>* highlights = nullptr);

}  // namespace everturn

#endif  // EVERTURN_SEARCH_H_
