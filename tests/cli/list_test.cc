// SPDX-License-Identifier: Apache-2.0
// everturn list and cache, of a store.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::string_view kDamage("{\"n\":\n\0\0\0\nnot \x1b[31mjson\n", 24);

class List : public CliTest {};

TEST_F(List, IntoAPipeItHasTabsAndNoHeading) {
  append_three("s");
  EXPECT_THAT(must({"list"}), MatchesRegex("s\t[0-9]+\t20[0-9-]+T[0-9:]+Z\t\n"));
  EXPECT_THAT(must({"list", "--check"}), MatchesRegex("s\t[0-9]+\t20[0-9-]+T[0-9:]+Z\t3\t0\t\n"));
}

TEST_F(List, HostileKeysAreSpelledOut) {
  append_three("tab\xE2\x80\xAEkey");
  EXPECT_THAT(must({"list"}), StartsWith("tab\\u{202E}key\t"));
}

TEST_F(List, TheCatalogAlsoTellsWhichIsTheNthAndWhatANameBegins) {
  append_three("older");
  append_three("newer");
  must({"cache", "clear"});
  EXPECT_THAT(must({"cache", "info", "--json"}), HasSubstr(R"("sessions":0)"));
  must({"show", "@2"});
  EXPECT_THAT(must({"cache", "info", "--json"}), HasSubstr(R"("sessions":2)"));
  must({"cache", "clear"});
  must({"show", "old"});
  EXPECT_THAT(must({"cache", "info", "--json"}), HasSubstr(R"("sessions":2)"));
}

TEST_F(List, OnATerminalTheNewestTwenty) {
  for (int i = 0; i < 22; ++i) must({"append", "k" + std::to_string(i), "--quiet"}, "{}");
  const auto keys_of = [](const std::string& shown) {
    std::vector<std::string> keys;
    for (const std::string& line : lines_of(shown)) {
      if (line.starts_with("    k")) keys.push_back(line.substr(4));
    }
    return keys;
  };
  const std::string shown = run_on_terminal({"list"}).out;
  EXPECT_EQ(keys_of(shown).size(), 20U);
  EXPECT_THAT(keys_of(shown).front(), StartsWith("k21"));
  EXPECT_THAT(shown, HasSubstr("and 2 more"));
  EXPECT_EQ(keys_of(run_on_terminal({"list", "--all"}).out).size(), 22U);
  EXPECT_EQ(lines_of(must({"list"})).size(), 22U);
}

TEST_F(List, ATerminalShowsTitleLastPromptAndHealth) {
  must({"append", "s"}, R"({"role":"user","content":"Plan the trip"})");
  must({"append", "s"}, R"({"role":"user","content":"And a hotel?"})");
  const std::string shown = run_on_terminal({"list", "--color", "never"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("@1  Plan the trip"), HasSubstr("> And a hotel?"),
                           HasSubstr("ok  now")));
}

TEST_F(List, IsFilteredBySizeTextAndTime) {
  must({"append", "small"}, R"({"role":"user","content":"Plan the trip"})");
  must({"append", "large"}, R"({"role":"user","content":")" + std::string(5000, 'x') + "\"}");
  EXPECT_THAT(must({"list", "--max-size", "4K"}), StartsWith("small\t"));
  EXPECT_THAT(must({"list", "--min-size", "4K"}), StartsWith("large\t"));
  EXPECT_THAT(lines_of(must({"list", "--match", "THE TRIP"})), ElementsAre(StartsWith("small\t")));
  EXPECT_EQ(lines_of(must({"list", "--since", "1h"})).size(), 2U);
  EXPECT_EQ(must({"list", "--until", "1h"}), "");
  EXPECT_THAT(lines_of(must({"list", "--sort", "size"})),
              ElementsAre(StartsWith("large"), StartsWith("small")));
  for (const Arguments& wrong : std::vector<Arguments>{{"list", "--sort", "colour"},
                                                       {"list", "--min-size", "much"},
                                                       {"list", "--limit", "0"},
                                                       {"list", "--cursor", "x"}}) {
    EXPECT_EQ(run(wrong).exit_code, 2) << wrong[1];
  }
}

TEST_F(List, ThePagesTogetherAreTheWhole) {
  for (int i = 0; i < 7; ++i) must({"append", "k" + std::to_string(i), "--quiet"}, "{}");
  std::vector<std::string> paged;
  Arguments next = {"list", "--limit", "3", "--json"};
  for (int page = 0; page < 4; ++page) {
    std::vector<std::string> lines = lines_of(must(next));
    const bool has_more = lines.back().find("everturn.list_more/1") != std::string::npos;
    const std::string more = has_more ? lines.back() : "";
    if (has_more) lines.pop_back();
    paged.insert(paged.end(), lines.begin(), lines.end());
    if (!has_more) break;
    const std::size_t begin = more.find("\"next_cursor\":\"") + 15;
    next = {"list",   "--limit",  "3",
            "--json", "--cursor", more.substr(begin, more.find('"', begin) - begin)};
  }
  EXPECT_EQ(paged, lines_of(must({"list", "--json"})));
}

TEST_F(List, TheDamagedOnesAreFound) {
  append_three("s");
  append_to_file(only_session_file(), kDamage);
  append_three("whole");
  EXPECT_THAT(lines_of(must({"list", "--damaged"})), ElementsAre(StartsWith("s\t")));
}

TEST_F(List, TheCacheMayGoAtAnyTime) {
  append_three("s");
  const std::string listed = must({"list", "--json"});
  EXPECT_EQ(must({"list", "--no-cache", "--json"}), listed);
  EXPECT_THAT(must({"cache", "info"}), HasSubstr("/.everturn/cache/catalog.db\t"));
  EXPECT_EQ(must({"list", "--trusted", "-n", "5", "--json"}), listed);
  must({"cache", "clear"});
  EXPECT_THAT(must({"cache", "info", "--json"}), HasSubstr("\"sessions\":0"));
  EXPECT_EQ(must({"list", "--json"}), listed);
  EXPECT_THAT(must({"cache", "rebuild", "--check", "--json"}), HasSubstr("\"examined\":1"));
  EXPECT_EQ(must({"list", "--json"}), listed);
}

TEST_F(List, DamageMakesAStrictCheckFail) {
  append_three("s");
  must({"list", "--check", "--strict"});
  append_to_file(only_session_file(), kDamage);
  EXPECT_EQ(run({"list", "--check", "--strict"}).exit_code, 5);
  EXPECT_EQ(run({"list", "--strict"}).exit_code, 2);
}

TEST_F(List, AStoreThatIsNotThereIsEmpty) {
  EXPECT_EQ(must({"list"}), "");
  EXPECT_THAT(run_on_terminal({"list"}).out, HasSubstr("no sessions in"));
}

}  // namespace
}  // namespace everturn::cli_test
