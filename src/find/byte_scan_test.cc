// SPDX-License-Identifier: Apache-2.0
#include "find/byte_scan.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "find/match.h"
#include "find/spelling_test_help.h"

namespace everturn {
namespace {

SearchQuery query_of(std::string text, SearchMode mode = SearchMode::words) {
  SearchQuery query;
  query.text = std::move(text);
  query.mode = mode;
  return query;
}

std::optional<ByteScan> scan_of(const SearchQuery& query) {
  const Result<std::vector<Term>> terms = parse_terms(query);
  if (!terms.ok()) return std::nullopt;
  std::optional<Anchor> anchor = choose_anchor(*terms, query.exact_case);
  if (!anchor) return std::nullopt;
  return ByteScan(*std::move(anchor));
}

// The lines of `text` that are proposed.
std::vector<std::string> proposed(const std::string& query, std::string_view text) {
  std::optional<ByteScan> scan = scan_of(query_of(query));
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (scan && from < text.size()) {
    const std::string_view line = scan->next_line(text, from);
    if (line.data() == text.data() + text.size()) break;
    lines.emplace_back(line);
    from = static_cast<std::size_t>(line.data() - text.data()) + line.size() + 1;
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ByteScan, ProposesTheLinesThatHoldTheWord) {
  EXPECT_EQ(proposed("power", "no\na Power cut\nnone\nxpowerx\n"),
            (Lines{"a Power cut", "xpowerx"}));
  EXPECT_EQ(proposed("power", "power"), Lines{"power"});
  EXPECT_EQ(proposed("power", "powe\nr\n"), Lines{});
}

TEST(ByteScan, KnowsEverySpelling) {
  for (const std::string line :
       {R"("power")", R"("\u0070ower")", R"("powe\u0052")", R"("P\u004FWER")", R"("p\u006fwer")",
        R"("{\"a\":\"p\\u006fwer\"}")", R"("\\\u0075006fx p\\\u0075006fwer")",
        R"("\u005cu0070ower")"}) {
    EXPECT_EQ(proposed("power", line + "\n"), Lines{line});
  }
  for (const std::string line :
       {R"("全文検索")", R"("全文\u691c\u7d22")", R"("全文\u691C索")", R"("\\u691c\\u7d22")"}) {
    EXPECT_EQ(proposed("検索", line + "\n"), Lines{line});
  }
  for (const std::string line : {"\"\U0001F680\"", R"("\ud83d\ude80")", R"("\uD83D\uDE80")"}) {
    EXPECT_EQ(proposed("\U0001F680", line + "\n"), Lines{line});
  }
  for (const std::string line : {"KELVIN", "\u212Aelvin", "\\u212aelvin", "kelv\\u0130n"}) {
    EXPECT_EQ(proposed("kelvin", line + "\n"), Lines{line});
  }
}

TEST(ByteScan, DoesNotLookTwiceAtEscapesThatSayNothing) {
  EXPECT_EQ(proposed("power", "\\u001b[0m \\u00e9 powe\\u00e9r\n"), Lines{});
  EXPECT_EQ(proposed("power", "\\u0070owe \\u0070 ower\n"), Lines{});
}

TEST(ByteScan, FindsAtEveryPlaceOfAVector) {
  for (std::size_t before = 0; before < 80; ++before) {
    for (std::size_t behind = 0; behind < 40; behind += 3) {
      const std::string line = std::string(before, 'x') + "needle" + std::string(behind, 'y');
      ASSERT_EQ(proposed("needle", "abc\n" + line + "\nabc\n"), Lines{line});
    }
  }
}

TEST(ByteScan, BothWidthsStopAtTheSamePlaces) {
  if (scan_32() == nullptr) GTEST_SKIP() << "no AVX2";
  ScanPlan plan;
  plan.first = {2, 'n', 0x20};
  plan.second = {5, 'e', 0x20};
  plan.reach = 5;
  plan.pairs = 1;
  plan.pair_lead[0] = 0xE2;
  plan.pair_next[0] = 0x84;
  Spelling random(1);
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += "neNE\\ux\xE2\x84"[random.below(9)];
  for (std::size_t from = 0; from + 128 < bytes.size(); ++from) {
    const ScanStop wide = scan_32()(bytes.data(), from, bytes.size(), plan);
    const ScanStop narrow = scan_16(bytes.data(), from, bytes.size(), plan);
    ASSERT_TRUE(!wide.found || wide.offset == narrow.offset) << from;
  }
}

// Texts around the words of a query, spelled at random: what matches is always proposed.
TEST(ByteScan, NeverMissesWhatMatches) {
  constexpr std::array<std::string_view, 14> kWords = {
      "power", "kiss",  "İstanbul", "検索", "жук", "ΣΟΦΟΣ", "\U0001F680",
      "->",    "naïve", "a/b\\c",   "ЁЛКА", "ⱥb",  "u0041", "\U00010400x"};
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    Spelling random(seed);
    const std::string word(kWords.at(random.below(kWords.size())));
    const auto mode = random.below(2) == 0 ? SearchMode::words : SearchMode::substring;
    SearchQuery query = query_of(word, mode);
    std::string text = random.in_some_case(word);
    text = std::string(random.below(70), 'o') + " " + text + "\n\"" + text;
    std::string line = random.quoted(text);
    if (random.below(3) == 0) {
      line = random.quoted("{\"a\":" + line + "}");
      text = decode_json_string(line).value_or("");
    }
    const Result<bool> matched = matches(text, query);
    std::optional<ByteScan> scan = scan_of(query);
    if (!matched.ok() || !*matched || !scan) continue;
    line += '\n';
    EXPECT_FALSE(scan->next_line(line, 0).empty()) << seed << ": " << word << " in " << line;
  }
}

}  // namespace
}  // namespace everturn
