// SPDX-License-Identifier: Apache-2.0
// everturn stats.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Stats : public CliTest {
 protected:
  void say_on(const std::string& key, const std::string& day, int times = 1) {
    std::string records;
    for (int i = 0; i < times; ++i) {
      records += "{\"role\":\"user\",\"content\":\"" + day + " " + std::to_string(i) +
                 "\",\"timestamp\":\"" + day + "T10:00:00\"}\n";
    }
    must({"append", key, "--quiet"}, records);
  }
};

TEST_F(Stats, OfAllSessionsOrOfOne) {
  say_on("a", "2026-08-20", 2);
  say_on("b", "2026-08-21");
  EXPECT_THAT(must({"stats"}),
              AllOf(HasSubstr("sessions      2 (nanobot 2)\n"), HasSubstr("turns         3\n")));
  EXPECT_THAT(must({"stats", "a"}), HasSubstr("turns         2\n"));
  EXPECT_THAT(must({"stats", std::string(EVERTURN_SOURCE_DIR) + "/tests/dialects/claude.jsonl"}),
              AllOf(HasSubstr("output 92"), HasSubstr("Bash")));
  const Ran ran = run({"stats", "nobody"});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_EQ(ran.out, "") << "no figures of what is not there";
}

TEST_F(Stats, ThePlotHasABarForEachDayAlsoForThoseWithoutATurn) {
  say_on("a", "2026-08-20", 4);
  say_on("a", "2026-08-22", 1);
  const std::vector<std::string> lines = lines_of(must({"stats"}));
  const auto plot = std::find(lines.begin(), lines.end(), "turns, local time");
  ASSERT_EQ(lines.end() - plot, 4);
  EXPECT_THAT(plot[1], testing::MatchesRegex("2026-08-20  #+  4"));
  EXPECT_EQ(plot[2], "2026-08-21  0");
  EXPECT_THAT(plot[3], testing::MatchesRegex("2026-08-22  #+  1"));
  EXPECT_EQ(plot[1].size(), 80U);
  EXPECT_LT(plot[3].size(), 40U);
}

TEST_F(Stats, ALongTimeIsPlottedByWeeksMonthsOrYears) {
  const auto labels = [&](const std::string& day) {
    say_on("a", day);
    return must({"stats"});
  };
  say_on("a", "2026-08-20");
  EXPECT_THAT(labels("2026-06-01"), HasSubstr("2026-08-17 +6  #"));
  EXPECT_THAT(labels("2025-01-31"), AllOf(HasSubstr("2025-01  #"), HasSubstr("2025-02  0")));
  EXPECT_THAT(labels("1999-12-31"), HasSubstr("1999  #"));
}

TEST_F(Stats, JsonHasTheData) {
  say_on("a", "2026-08-20", 2);
  EXPECT_THAT(must({"stats", "--json"}),
              AllOf(HasSubstr(R"({"schema":"everturn.stats/1","sessions":1,)"),
                    HasSubstr(R"("days":[{"day":"2026-08-20","records":2,"turns":2,)")));
}

TEST_F(Stats, NamesFromASessionAreHarmless) {
  must({"append", "s", "--quiet"},
       R"({"role":"assistant","model":"\u001b[2J","content":"x","usage":{"output_tokens":1},)"
       R"("tool_calls":[{"id":"c","function":{"name":"\u001b]0;x","arguments":"{}"}}]})");
  EXPECT_THAT(run_on_terminal({"stats"}).out,
              AllOf(Not(HasSubstr("\x1b[2J")), Not(HasSubstr("\x1b]")), HasSubstr("\\u{1B}]0;x")));
}

TEST_F(Stats, AnEmptyStoreHasNothingAndIsNoFailure) {
  say_on("a", "2026-08-20");
  must({"rm", "a", "--quiet"});
  EXPECT_THAT(must({"stats"}), HasSubstr("sessions      0\n"));
}

}  // namespace
}  // namespace everturn::cli_test
