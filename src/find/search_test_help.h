// SPDX-License-Identifier: Apache-2.0
// For the tests of search: folders of sessions, and hits as text.
#ifndef EVERTURN_FIND_SEARCH_TEST_HELP_H_
#define EVERTURN_FIND_SEARCH_TEST_HELP_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "everturn/search.h"
#include "everturn/store.h"

namespace everturn {

using Lines = std::vector<std::string>;

inline SearchQuery query_of(std::string text, SearchMode mode = SearchMode::words) {
  SearchQuery query;
  query.text = std::move(text);
  query.mode = mode;
  return query;
}

// "session kind @offset: snippet" with what is highlighted in brackets.
inline std::string shown(const SearchHit& hit) {
  std::string snippet;
  std::size_t at = 0;
  for (const TextRange& range : hit.highlights) {
    snippet += hit.snippet.substr(at, range.begin - at) + "[" +
               hit.snippet.substr(range.begin, range.end - range.begin) + "]";
    at = range.end;
  }
  return hit.session + " " + std::string(entry_kind_name(hit.kind)) + " @" +
         std::to_string(hit.position.offset) + ": " + snippet + hit.snippet.substr(at);
}

// A folder of its own for each test, with a store in it.
class SearchTest : public testing::Test {
 protected:
  SearchTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-search-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    StoreOptions options;
    options.cache_folder = (folder_ / "cache").string();
    options.state_folder = (folder_ / "state").string();
    store_ = *open_store("dir:" + (folder_ / "sessions").string(), options);
  }
  ~SearchTest() override { std::filesystem::remove_all(folder_); }

  // The file of a session whose key is its name, as other agents write them.
  [[nodiscard]] std::filesystem::path file(const std::string& key) const {
    return folder_ / "sessions" / (key + ".jsonl");
  }
  void put(const std::string& key, const std::string& bytes) const {
    std::filesystem::create_directories(folder_ / "sessions");
    std::ofstream(file(key), std::ios::binary | std::ios::trunc) << bytes;
  }
  void add(const std::string& key, const std::string& bytes) const {
    std::ofstream(file(key), std::ios::binary | std::ios::app) << bytes;
  }
  Lines hits(const SearchQuery& query, const SearchOptions& options = {}) {
    Lines lines;
    const Result<SearchReport> report = search(*store_, query, options, [&](const SearchHit& hit) {
      lines.push_back(shown(hit));
      return true;
    });
    EXPECT_TRUE(report.ok()) << report.status().message();
    if (report.ok()) report_ = *report;
    return lines;
  }
  Lines hits(const std::string& query) { return hits(query_of(query)); }

  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  SearchReport report_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_SEARCH_TEST_HELP_H_
