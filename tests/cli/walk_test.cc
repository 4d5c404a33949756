// SPDX-License-Identifier: Apache-2.0
// The way of somebody new: a home folder with three agents' sessions, some damaged, and no manual.
// Each command is taken from what the one before it printed, and must do what it is said to.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "tests/cli/agents_home.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// The commands `everturn NAME ...` that a text suggests: NAME, and behind it options, @N and paths.
std::vector<Arguments> suggested(const std::string& text, const std::string& name) {
  const std::regex command("everturn (" + name +
                           R"()(( (@\d+|--[a-z]+|[^ ;,`\n]*[./][^ ;,`\n]*))*))");
  std::vector<Arguments> found;
  for (std::sregex_iterator at(text.begin(), text.end(), command), end; at != end; ++at) {
    std::istringstream words(name + at->str(2));
    Arguments arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    if (std::find(found.begin(), found.end(), arguments) == found.end()) found.push_back(arguments);
  }
  return found;
}

class Walk : public AgentsHome {
 protected:
  void SetUp() override {
    AgentsHome::SetUp();
    // A record in the middle is cut off: what came before it is hidden from Claude Code.
    const std::string lost = claude_record("r1", "a1", "user", "\"lost\"");
    put(claude_,
        claude_record("u1", "", "user", "\"Mend the parser\"") +
            claude_record("a1", "u1", "assistant", R"([{"type":"text","text":"Yes."}])") +
            lost.substr(0, lost.size() / 2) + "\n" +
            claude_record("a2", "r1", "assistant", R"([{"type":"text","text":"Done."}])"),
        60);
    // Two records on one line.
    std::string codex = codex_session("List the files");
    codex.erase(codex.find('\n'), 1);
    put(codex_, codex, 3600);
    put(".nanobot/workspace/sessions/dGVsZWdyYW06MTI.jsonl",
        nanobot_session("telegram:12", "Good morning"), 30);
  }
  // The first suggestion; there must be one.
  static Arguments first(const std::string& text, const std::string& name) {
    const std::vector<Arguments> all = suggested(text, name);
    EXPECT_FALSE(all.empty()) << "no everturn " << name << " in:\n" << text;
    return all.empty() ? Arguments{"--version"} : all.front();
  }
  // With NEW.jsonl as a name of our own.
  Arguments with_new_name(Arguments arguments) const {
    for (std::string& word : arguments) {
      if (word == "NEW.jsonl") word = folder() + "/NEW.jsonl";
    }
    return arguments;
  }
  [[nodiscard]] std::string bytes_of(const std::string& path) const {
    return read_whole(folder() + "/" + path);
  }

  const std::string claude_ = claude_path(kClaudeId);
  const std::string codex_ =
      ".codex/sessions/2026/08/20/rollout-2026-08-20T10-02-11-" + std::string(kCodexId) + ".jsonl";
};

TEST_F(Walk, HelpLeadsToTheListAndTheListToReading) {
  const std::string help = must({});
  EXPECT_THAT(first(help, "doctor"), ElementsAre("doctor"));
  EXPECT_THAT(first(help, "show"), ElementsAre("show", "@1"));
  const Ran listed = run_on_terminal(first(help, "list"));
  EXPECT_THAT(listed.out, AllOf(HasSubstr("Mend the parser"), HasSubstr("List the files"),
                                HasSubstr("Good morning"), HasSubstr("damaged"),
                                HasSubstr("nanobot agent --session telegram:12")));
  EXPECT_THAT(must(first(listed.out, "show")), HasSubstr("Good morning"));
  EXPECT_THAT(must(first(listed.out, "history")),
              HasSubstr(R"({"role":"user","content":"Good morning"})"));
  EXPECT_EQ(run(first(listed.out, "doctor")).exit_code, 5);
}

TEST_F(Walk, TheDoctorLeadsToARescueAndThatToTheMessages) {
  const std::string before = bytes_of(claude_);
  const Ran doctor = run({"doctor"});
  EXPECT_EQ(doctor.exit_code, 5);
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("2 damaged"), HasSubstr("What to do next")));
  const Ran rescue = run(with_new_name(first(doctor.out, "rescue")));
  EXPECT_EQ(rescue.exit_code, 0) << rescue.err;
  EXPECT_EQ(bytes_of(claude_), before);
  EXPECT_THAT(must(first(rescue.err, "show")), HasSubstr("Mend the parser"));
  EXPECT_THAT(must(first(rescue.err, "history")), AllOf(HasSubstr("Mend"), HasSubstr("Done.")));
  EXPECT_THAT(must({"doctor", folder() + "/NEW.jsonl"}), HasSubstr("Nothing needs to be done"));
}

TEST_F(Walk, TheDoctorLeadsToARepairAndThatToItsUndoing) {
  const std::string before = bytes_of(codex_);
  const std::vector<Arguments> repairs = suggested(run({"doctor"}).out, "repair");
  ASSERT_FALSE(repairs.empty());
  const Ran shown = run(repairs.front());
  EXPECT_EQ(shown.exit_code, 5) << "there is damage, and it is still there";
  EXPECT_EQ(bytes_of(codex_), before);
  const std::string applied = must(first(shown.out + shown.err, "repair"));
  EXPECT_NE(bytes_of(codex_), before);
  EXPECT_EQ(run({"doctor", folder() + "/" + codex_}).exit_code, 0);
  must(first(applied, "repair"));
  EXPECT_EQ(bytes_of(codex_), before);
}

TEST_F(Walk, WhereThereIsNothingEachCommandTellsWhereItLooked) {
  set_environment("HOME", folder() + "/empty");
  for (const Arguments& command : std::vector<Arguments>{
           {"list"}, {"doctor"}, {"show", "@1"}, {"history", "@1"}, {"sources"}}) {
    const Ran ran = run(command);
    EXPECT_THAT(ran.out + ran.err,
                testing::AnyOf(HasSubstr("sources --all"), HasSubstr("--all shows")))
        << command.front();
  }
  EXPECT_THAT(must({"sources", "--all"}), HasSubstr("/empty/.claude"));
}

TEST_F(Walk, ReadingLeavesNothingBehind) {
  const auto count = [this] {
    const fs::recursive_directory_iterator all(folder());
    return std::count_if(begin(all), end(all), [](const fs::directory_entry& entry) {
      const std::string path = entry.path().string();
      const bool is_cache = path.find("/.cache") != path.npos;
      return !is_cache && entry.path().filename().string().rfind("std", 0) != 0;
    });
  };
  const auto before = count();
  for (const Arguments& command : std::vector<Arguments>{
           {"list"}, {"doctor"}, {"show", "@1"}, {"history", "@1"}, {"sources"}, {"stats"}}) {
    run(command);
  }
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace everturn::cli_test
