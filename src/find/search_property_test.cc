// SPDX-License-Identifier: Apache-2.0
// Search against the plainest way to do it: decode every record of every session, and ask
// matches(). EVERTURN_SEEDS says how many folders are made up, EVERTURN_TRANSCRIPTS names real
// ones.
#include <algorithm>
#include <cstdlib>

#include "find/entry_text.h"
#include "find/made_up_test_help.h"
#include "find/search_test_help.h"
#include "find/session_search.h"

namespace everturn {
namespace {

using Hits = std::vector<std::string>;

std::string place_of(const std::string& session, std::uint64_t offset, EntryKind kind) {
  return session + " " + std::string(entry_kind_name(kind)) + " @" + std::to_string(offset);
}

// Knows nothing of utterances that are written twice: for sessions that hold none.
Hits decode_all(Store& store, const SearchQuery& query) {
  Hits hits;
  const auto sessions = store.list();
  for (const SessionInfo& session : *sessions) {
    std::vector<std::pair<Position, std::string>> records;
    ReadOptions how;
    how.with_metadata = how.with_oversize = true;
    const auto report = store.read(session.key, how, [&](const Record& record) {
      records.emplace_back(record.position, record.bytes);
      return true;
    });
    EXPECT_TRUE(report.ok()) << report.status().message();
    std::vector<std::string_view> first;
    first.reserve(records.size());
    for (const auto& [position, bytes] : records) first.push_back(bytes);
    const std::string_view dialect = recognize_dialect(first);
    for (const auto& [position, bytes] : records) {
      const std::vector<Entry> entries = read_entries(dialect, bytes);
      for (const Entry& entry : entries) {
        if ((entry.flags & (kCopy | kReplacement)) != 0) continue;
        const Result<bool> found = matches(searched_text(entry, entries), query);
        EXPECT_TRUE(found.ok());
        if (*found) hits.push_back(place_of(session.key, position.offset, entry.kind));
      }
    }
  }
  std::sort(hits.begin(), hits.end());
  return hits;
}

Hits by_search(Store& store, const SearchQuery& query) {
  Hits hits;
  const auto report = search(store, query, {}, [&](const SearchHit& hit) {
    hits.push_back(place_of(hit.session, hit.position.offset, hit.kind));
    return true;
  });
  EXPECT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report.ok() && report->unsearched.empty());
  std::sort(hits.begin(), hits.end());
  return hits;
}

// The same code without the byte scan.
Lines without_scan(Store& store, const SearchQuery& query) {
  Lines lines;
  Matcher matcher = *Matcher::compile(query);
  SessionSearch searcher(query, matcher, std::nullopt, 160);
  const auto sessions = engine_of(store).list({});
  for (const SessionInfo& session : *sessions) {
    const auto file = engine_of(store).open_listed(session);
    EXPECT_TRUE(file.ok());
    const Status status = searcher.search_records(**file, [&](const Found& found) {
      lines.push_back(shown(found.hit));
      return true;
    });
    EXPECT_TRUE(status.ok()) << status.message();
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

using SearchProperty = SearchTest;

TEST_F(SearchProperty, FindsWhatDecodingEverythingFinds) {
  const char* const wanted = std::getenv("EVERTURN_SEEDS");
  const std::uint64_t seeds = wanted == nullptr ? 12 : std::strtoull(wanted, nullptr, 10);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SessionMaker maker(seed);
    for (int i = 0; i < 6; ++i) put("s" + std::to_string(i), maker.session());
    for (std::uint64_t number = 0; number < 33; ++number) {
      const SearchQuery query = some_query(maker, number);
      EXPECT_EQ(by_search(*store_, query), decode_all(*store_, query))
          << "seed " << seed << ", query " << number << ": " << query.text;
    }
    if (HasFailure()) return;
  }
}

TEST_F(SearchProperty, RealTranscriptsGiveTheSameHitsWithAndWithoutTheByteScan) {
  const char* const root = std::getenv("EVERTURN_TRANSCRIPTS");
  if (root == nullptr) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  for (const auto& place : std::filesystem::recursive_directory_iterator(root)) {
    if (!place.is_regular_file()) continue;
    const auto store = open_store("file:" + place.path().string());
    if (!store.ok()) continue;
    for (const char* const text : {"the", "file*", "\"in the\"", "-", "文", "error -fix", "é"}) {
      for (const bool raw : {false, true}) {
        SearchQuery query = query_of(text);
        if (std::string_view(text) == "-") query.mode = SearchMode::substring;
        query.raw = raw;
        Lines found;
        const auto report = search(**store, query, {}, [&](const SearchHit& hit) {
          found.push_back(shown(hit));
          return true;
        });
        ASSERT_TRUE(report.ok());
        std::sort(found.begin(), found.end());
        EXPECT_EQ(found, without_scan(**store, query)) << place.path() << ": " << text;
      }
    }
  }
}

}  // namespace
}  // namespace everturn
