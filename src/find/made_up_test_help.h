// SPDX-License-Identifier: Apache-2.0
// For tests: sessions made up at random, damaged here and there, and queries for what is in them.
#ifndef EVERTURN_FIND_MADE_UP_TEST_HELP_H_
#define EVERTURN_FIND_MADE_UP_TEST_HELP_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "everturn/search.h"
#include "find/spelling_test_help.h"

namespace everturn {

inline constexpr std::array<std::string_view, 16> kWords = {
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

inline SearchQuery some_query(SessionMaker& maker, std::uint64_t number) {
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

}  // namespace everturn

#endif  // EVERTURN_FIND_MADE_UP_TEST_HELP_H_
