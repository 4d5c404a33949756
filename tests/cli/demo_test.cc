// SPDX-License-Identifier: Apache-2.0
// everturn demo, as somebody runs it who has just built it. Nothing here depends on how fast the
// machine is, but for the number of records in the first part.
#include <signal.h>

#include <filesystem>
#include <string>

#include "base/json.h"
#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

class DemoTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    std::filesystem::create_directory(temporary());
    set_environment("TMPDIR", temporary());
  }
  [[nodiscard]] std::string temporary() const { return folder() + "/tmp"; }
};

// The raw value at a path of members, "" where there is none.
std::string value_at(std::string_view object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = find_member(object, name);
    if (!value) return "";
    object = *value;
  }
  return std::string(object);
}

// The object behind the one whose "store" is `name` in the list of the second part.
std::int64_t number_of_store(const std::string& json, const std::string& name,
                             std::string_view member) {
  const std::size_t at = json.find(R"({"store":")" + name + '"');
  if (at == std::string::npos) return -1;
  const std::string object = json.substr(at, json.find('}', at) + 1 - at);
  return decode_json_integer(value_at(object, {member})).value_or(-1);
}

TEST_F(DemoTest, LosesNothingAndSaysSo) {
  const Ran ran = run({"demo", "--seed", "42"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.err, "");
  const std::string start = "acknowledged ";
  const std::size_t at = ran.out.find("\n" + start);
  ASSERT_NE(at, std::string::npos) << ran.out;
  const std::string number = std::to_string(std::stoull(ran.out.substr(at + 1 + start.size())));
  const std::string line = start + number + ", loaded " + number + ", lost 0\n";
  EXPECT_EQ(ran.out.substr(at + 1, line.size()), line);
  EXPECT_GT(std::stoull(number), 100U);
}

TEST_F(DemoTest, TheRivalLosesOnTheSameDisk) {
  const std::string json = must({"demo", "--seed", "42", "--json"});
  EXPECT_EQ(value_at(json, {"schema"}), R"("everturn.demo/1")");
  EXPECT_EQ(value_at(json, {"seed"}), "42");
  EXPECT_EQ(value_at(json, {"holds"}), "true");
  for (const char* store : {"everturn", "rewrite_without_sync"}) {
    EXPECT_EQ(number_of_store(json, store, "power_cuts"), 40);
    EXPECT_GT(number_of_store(json, store, "acknowledged"), 100);
    EXPECT_GT(number_of_store(json, store, "outcomes"), 100);
  }
  EXPECT_EQ(number_of_store(json, "everturn", "lost"), 0);
  EXPECT_EQ(number_of_store(json, "everturn", "empty_or_unreadable"), 0);
  EXPECT_GT(number_of_store(json, "rewrite_without_sync", "lost"), 0);
  EXPECT_GT(number_of_store(json, "rewrite_without_sync", "empty_or_unreadable"), 0);
}

TEST_F(DemoTest, EveryWholeRecordComesBackFromADamagedTranscript) {
  const std::string json = must({"demo", "--json"});
  EXPECT_EQ(value_at(json, {"damage", "written"}), "32");
  EXPECT_EQ(value_at(json, {"damage", "whole"}), "29");
  EXPECT_EQ(value_at(json, {"damage", "loaded"}), "29");
  EXPECT_EQ(value_at(json, {"damage", "invented"}), "0");
  EXPECT_EQ(value_at(json, {"damage", "kept_by_skipping_bad_lines"}), "25");
  EXPECT_EQ(value_at(json, {"damage", "kept_by_all_or_nothing"}), "0");
  EXPECT_EQ(value_at(json, {"damage", "strip"}), R"("WWWWWWGGWWWWW0GWWWWBWWWWWTGWWWWW")");
}

TEST_F(DemoTest, TheDamagedTranscriptIsRepairedAndTheRepairTakenBack) {
  const std::string json = must({"demo", "--json"});
  EXPECT_EQ(value_at(json, {"damage", "salvaged"}), "1");
  EXPECT_EQ(value_at(json, {"repair", "records_before"}), "30");
  EXPECT_EQ(value_at(json, {"repair", "records_repaired"}), "30");
  EXPECT_EQ(value_at(json, {"repair", "strict_lines_repaired"}), "31") << "metadata and records";
  EXPECT_EQ(value_at(json, {"repair", "damage_repaired"}), "0");
  EXPECT_EQ(value_at(json, {"repair", "undone_equal"}), "true");
  EXPECT_NE(value_at(json, {"repair", "sha256_before"}),
            value_at(json, {"repair", "sha256_repaired"}));
}

TEST_F(DemoTest, FitsEightyColumnsAndLeavesNothing) {
  const Ran ran = run({"demo"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  for (const std::string& line : lines_of(ran.out)) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos) << "colours in a pipe";
  EXPECT_TRUE(std::filesystem::is_empty(temporary()));
  EXPECT_FALSE(std::filesystem::exists(store_path())) << "the user's own store was touched";
}

TEST_F(DemoTest, KeepsItsFolderWhenAsked) {
  const Ran ran = run({"demo", "--keep"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_NE(ran.err.find("kept: " + temporary() + "/everturn-demo-"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::is_empty(temporary()));
}

TEST_F(DemoTest, InterruptedItLeavesNothing) {
  const auto demo = start({"demo"});
  constexpr int kHeading = 3;  // seed, blank line, heading: then it has begun
  for (int line = 1; line < kHeading; ++line) demo->read_line();
  EXPECT_EQ(demo->read_line(), "1. Kill the writers");
  demo->signal(SIGINT);
  EXPECT_EQ(demo->wait(), 128 + SIGINT);
  EXPECT_TRUE(std::filesystem::is_empty(temporary()));
}

// The line of a running demo that says where the page is; "" if none of the first ones does.
std::string page_line(Running& demo) {
  constexpr int kLines = 100;
  for (int i = 0; i < kLines; ++i) {
    std::string line = demo.read_line();
    if (line.find("/login?token=") != std::string::npos) return line;
  }
  return "";
}

TEST_F(DemoTest, ThePageShowsTheDamageWhileAWriterIsKilled) {
  const auto demo = start({"demo", "--page", "--seed", "42"});
  const std::string url = page_line(*demo);
  EXPECT_NE(url.find("#/s/ZGVtbzpkYW1hZ2Vk"), std::string::npos) << "demo:damaged";
  demo->signal(SIGINT);
  EXPECT_EQ(demo->wait(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(temporary()));
}

TEST_F(DemoTest, EndsWithWhatToDoNext) {
  const std::vector<std::string> lines = lines_of(must({"demo"}));
  EXPECT_EQ(lines.back(), "now yours: everturn doctor");
}

}  // namespace
}  // namespace everturn::cli_test
