// SPDX-License-Identifier: Apache-2.0
// Search against the plainest way to do it: decode every record of every session, and ask
// matches(). EVERTURN_SEEDS says how many folders are made up, EVERTURN_TRANSCRIPTS names real
// ones.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/utf8.h"
#include "find/entry_text.h"
#include "find/search_test_help.h"
#include "find/session_search.h"
#include "find/spelling_test_help.h"

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
  const auto sessions = store.engine().list({});
  for (const SessionInfo& session : *sessions) {
    const auto file = store.engine().open_listed(session);
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

constexpr std::array<std::string_view, 16> kWords = {
    "power", "cut",  "Kiss",     "fsync",      "全文検索", "データ", "한국어", "жук",
    "naïve", "a->b", "src/find", "\U0001F680", "İzmir",    "ΟΔΟΣ",   "\uFFFD", "42"};

// Lines of records in several agents' words, some of them damaged.
class SessionMaker {
 public:
  explicit SessionMaker(std::uint64_t seed) : random_(seed) {}

  std::string word() { return random_.in_some_case(kWords.at(random_.below(kWords.size()))); }
  std::string text() {
    std::string all;
    for (std::uint64_t i = random_.below(12); i-- > 0;) {
      all += word();
      all += random_.below(5) == 0 ? "" : random_.below(4) == 0 ? "\n" : " ";
    }
    return all + " " + std::to_string(unique_++);
  }
  std::string session() {
    const std::uint64_t dialect = random_.below(4);
    std::string bytes;
    for (std::uint64_t i = random_.below(60); i-- > 0;) {
      std::string line = record(dialect);
      if (random_.below(30) == 0) damage(line);
      bytes += line;
      if (random_.below(40) == 0) bytes += "\r";
      if (random_.below(30) != 0) bytes += "\n";
      if (random_.below(40) == 0) bytes += random_.below(2) == 0 ? "\n" : "\t \n";
    }
    return bytes;
  }

 private:
  std::string record(std::uint64_t dialect) {
    const std::string said = random_.quoted(text());
    const std::string id = std::to_string(unique_++);
    switch (dialect) {
      case 0:  // nanobot, OpenAI
        if (random_.below(4) == 0) return call(id);
        return R"({"role":")" + std::string(random_.below(2) == 0 ? "user" : "assistant") +
               R"(","content":)" + said + "}";
      case 1:  // Claude Code
        return R"({"type":"user","uuid":")" + id + R"(","parentUuid":null,"sessionId":"s",)" +
               R"("message":{"role":"user","content":[{"type":"text","text":)" + said +
               R"(},{"type":"tool_result","tool_use_id":"t","content":)" + random_.quoted(text()) +
               "}]}}";
      case 2:  // Codex
        return R"({"timestamp":"2026-01-01T00:00:00Z","type":"response_item","payload":)"
               R"({"type":"message","role":"user","content":[{"type":"input_text","text":)" +
               said + "}]}}";
      default:  // nobody's
        return R"({"note":)" + said + R"(,"n":)" + id + "}";
    }
  }
  std::string call(const std::string& id) {
    const std::string arguments = R"({"cmd":)" + random_.quoted(text()) + "}";
    return R"({"role":"assistant","content":null,"tool_calls":[{"id":")" + id +
           R"(","type":"function","function":{"name":"run","arguments":)" +
           random_.quoted(arguments) + "}}]}";
  }
  void damage(std::string& line) {
    switch (random_.below(4)) {
      case 0:
        line.resize(random_.below(line.size()));
        break;
      case 1:
        line.insert(line.size() - 2, "\xFF");
        break;
      case 2:
        line.insert(1, R"("nan":NaN,)");
        break;
      default:
        line.insert(0, "\xEF\xBB\xBF");
    }
  }

  Spelling random_;
  std::uint64_t unique_ = 0;
};

SearchQuery some_query(SessionMaker& maker, std::uint64_t number) {
  SearchQuery query;
  query.text = maker.word();
  if (number % 5 == 1) query.text += " " + maker.word();
  if (number % 5 == 2) query.text = "\"" + query.text + " " + maker.word() + "\"";
  if (number % 5 == 3) query.text = query.text.substr(0, query.text.size() / 2) + "*";
  if (utf8_valid_prefix(query.text) < query.text.size()) query.text = "po*";
  if (number % 3 == 1) query.mode = SearchMode::substring;
  if (number % 7 == 3) query.exact_case = true;
  if (number % 11 == 5) {
    query.mode = SearchMode::regex;
    query.text = "p.wer|検.?索|\\d7$";
  }
  return query;
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
