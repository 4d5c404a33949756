// SPDX-License-Identifier: Apache-2.0
#include "store/import.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <vector>

#include "fs/sim_fs.h"

namespace everturn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHome = "/home/.claude";
constexpr const char* kSource = "/home/.claude/projects/p/s.jsonl";

class ImportTest : public testing::TestWithParam<Profile> {
 protected:
  ImportTest() { disk_.write_file(kSource, "{\"a\":1}\n"); }

  [[nodiscard]] static AgentPlace claude() {
    AgentPlace place;
    place.folder.agent = Agent::claude;
    place.folder.path = kHome;
    place.folder.below = {"projects"};
    return place;
  }
  // A run of the command: a new Importer, one pass.
  std::vector<ImportEvent> run(const AgentPlace& place = claude()) {
    std::vector<ImportEvent> events;
    const auto importer = Importer::open(disk_, "/copy");
    EXPECT_TRUE(importer.ok()) << importer.status().message();
    if (!importer.ok()) return events;
    const Status done = (*importer)->import(place, [&](const ImportEvent& event) {
      events.push_back(event);
      return true;
    });
    EXPECT_TRUE(done.ok()) << done.message();
    return events;
  }
  CopyReport run_one() {
    const std::vector<ImportEvent> events = run();
    EXPECT_EQ(events.size(), 1U);
    EXPECT_TRUE(events.at(0).status.ok()) << events.at(0).status.message();
    return events.at(0).report;
  }
  [[nodiscard]] static std::string copy_of(const std::string& path) {
    return "/copy/" + name_of_copy(Agent::claude, kHome) + path.substr(std::string(kHome).size());
  }

  SimFs disk_{GetParam(), 1};
};

TEST_P(ImportTest, ASessionGoesWithItsSubAgentsAndToolResults) {
  disk_.write_file("/home/.claude/projects/p/s/subagents/agent-1.jsonl", "{}\n");
  disk_.write_file("/home/.claude/projects/p/s/tool-results/x.txt", std::string("\0\xff", 2));
  disk_.write_file("/home/.claude/settings.json", "secret");
  EXPECT_EQ(run().size(), 3U);
  for (const auto& [path, content] : disk_.files()) {
    if (!path.starts_with("/home/.claude/projects")) continue;
    EXPECT_EQ(disk_.durable_file(copy_of(path)), content) << path;
  }
  EXPECT_EQ(disk_.read_file(copy_of("/home/.claude/settings.json")), std::nullopt);
}

TEST_P(ImportTest, ASecondRunCopiesNothing) {
  EXPECT_EQ(run_one().outcome, CopyOutcome::copied);
  const CopyReport second = run_one();
  EXPECT_EQ(second.outcome, CopyOutcome::unchanged);
  EXPECT_EQ(second.bytes, 0U);
}

TEST_P(ImportTest, GrowthIsAppended) {
  run();
  disk_.write_file(kSource, "{\"a\":1}\n{\"b\":");
  const CopyReport grown = run_one();
  EXPECT_EQ(grown.outcome, CopyOutcome::grown);
  EXPECT_EQ(grown.bytes, 5U);
  disk_.write_file(kSource, "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(run_one().outcome, CopyOutcome::grown);
  EXPECT_EQ(disk_.durable_file(copy_of(kSource)), "{\"a\":1}\n{\"b\":2}\n");
}

TEST_P(ImportTest, ZerosOfAPowerCutAreFilledAndNotKept) {
  run();
  disk_.write_file(kSource, "{\"a\":1}\n{\"b\":2}\n{}\n");
  disk_.write_file(copy_of(kSource), std::string("{\"a\":1}\n{\"b\0\0\0\0\0", 16));
  const CopyReport filled = run_one();
  EXPECT_EQ(filled.outcome, CopyOutcome::grown);
  EXPECT_EQ(filled.older, "");
  EXPECT_EQ(disk_.durable_file(copy_of(kSource)), disk_.read_file(kSource));
}

TEST_P(ImportTest, WhatAKilledRunDidNotSyncIsSyncedByTheNext) {
  run();
  disk_.write_file(kSource, "{\"a\":1}\n{}\n");
  const std::string copy = copy_of(kSource);
  const auto folder = disk_.open_folder(copy.substr(0, copy.rfind('/')), false);
  const auto file = (*folder)->open("s.jsonl", Access::append);
  ASSERT_TRUE((*file)->append("{}\n").ok());
  ASSERT_NE(disk_.durable_file(copy), disk_.read_file(kSource));
  EXPECT_EQ(run_one().outcome, CopyOutcome::unchanged);
  EXPECT_EQ(disk_.durable_file(copy), disk_.read_file(kSource));
}

TEST_P(ImportTest, AfterAFailedSyncTheNextRunPromisesNothingFalse) {
  run();
  disk_.write_file(kSource, "{\"a\":1}\n{}\n");
  disk_.set_failed_sync(FailedSync::gone);
  disk_.fail_next("sync_data", EIO);
  EXPECT_EQ(run().at(0).status.code(), Code::io);
  EXPECT_TRUE(run().at(0).status.ok());
  EXPECT_EQ(disk_.durable_file(copy_of(kSource)), disk_.read_file(kSource));
}

TEST_P(ImportTest, WhatWasRewrittenOrCutKeepsEveryOlderContent) {
  run();
  disk_.write_file(kSource, "{\"a\":2}\n{\"c\":3}\n");
  EXPECT_EQ(run_one().older, "s.jsonl.before-1");
  disk_.write_file(kSource, "{\"a\":2}\n");
  EXPECT_EQ(run_one().older, "s.jsonl.before-2");
  EXPECT_EQ(disk_.durable_file(copy_of(kSource)), "{\"a\":2}\n");
  EXPECT_EQ(disk_.durable_file(copy_of(kSource) + ".before-1"), "{\"a\":1}\n");
  EXPECT_EQ(disk_.durable_file(copy_of(kSource) + ".before-2"), "{\"a\":2}\n{\"c\":3}\n");
}

TEST_P(ImportTest, WithoutSecondNamesTheOlderContentIsCopied) {
  run();
  disk_.write_file(kSource, "other\n");
  disk_.fail_always("link", EPERM);
  EXPECT_EQ(run_one().outcome, CopyOutcome::rewritten);
  EXPECT_EQ(disk_.durable_file(copy_of(kSource)), "other\n");
  EXPECT_EQ(disk_.durable_file(copy_of(kSource) + ".before-1"), "{\"a\":1}\n");
}

TEST_P(ImportTest, WhatVanishesAtTheSourceStays) {
  run();
  disk_.erase("/home/.claude/projects/p");
  EXPECT_THAT(run(), IsEmpty());
  disk_.erase(kHome);
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_EQ(disk_.read_file(copy_of(kSource)), "{\"a\":1}\n");
}

TEST_P(ImportTest, AFileThatCannotBeReadDoesNotStopTheOthers) {
  disk_.write_file("/home/.claude/projects/p/a.jsonl", "{}\n");
  disk_.fail_always("open", EACCES, "/p/a.jsonl");
  const std::vector<ImportEvent> events = run();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].status.code(), Code::io);
  EXPECT_EQ(events[1].report.outcome, CopyOutcome::copied);
}

TEST_P(ImportTest, LinksAndSpecialFilesAreTold) {
  disk_.make_symlink("/home/.claude/projects/p/link", "/etc");
  disk_.make_other("/home/.claude/projects/p/pipe");
  const std::vector<ImportEvent> events = run();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_THAT(events[0].skipped, HasSubstr("link"));
  EXPECT_THAT(events[1].skipped, HasSubstr("regular"));
}

TEST_P(ImportTest, AnyNameIsCopied) {
  const std::string folder = "/home/.claude/projects/\xff\n";
  disk_.write_file(folder + "/\x1b[2J.jsonl", "{}\n");
  disk_.write_file(folder + "/.hidden", "h");
  EXPECT_EQ(run().size(), 3U);
  EXPECT_EQ(disk_.read_file(copy_of(folder + "/\x1b[2J.jsonl")), "{}\n");
  EXPECT_EQ(disk_.read_file(copy_of(folder + "/.hidden")), "h");
}

TEST_P(ImportTest, OnlyWhatIsNamedGoesAndTheFolderThatBearsItsName) {
  disk_.write_file("/home/.claude/projects/p/s/subagents/agent-1.jsonl", "{}\n");
  disk_.write_file("/home/.claude/projects/p/other.jsonl", "{}\n");
  const auto place = find_agent_place(disk_, kSource, {});
  ASSERT_TRUE(place.ok()) << place.status().message();
  EXPECT_EQ(place->folder.agent, Agent::claude);
  EXPECT_THAT(place->only, ElementsAre("projects", "p", "s.jsonl"));
  EXPECT_EQ(run(*place).size(), 2U);
  EXPECT_EQ(disk_.read_file(copy_of("/home/.claude/projects/p/other.jsonl")), std::nullopt);
}

TEST_P(ImportTest, OpenClawsCredentialsAreLeftAlone) {
  disk_.write_file("/home/.openclaw/agents/main/agent/auth-profiles.json", "secret");
  disk_.write_file("/home/.openclaw/agents/main/sessions/s.jsonl", "{}\n");
  AgentPlace place;
  place.folder = {Agent::openclaw, "/home/.openclaw", "", {"agents"}};
  EXPECT_EQ(run(place).size(), 1U);
}

TEST_P(ImportTest, AFolderOfSessionsAloneGetsItsAgentsLayout) {
  disk_.write_file("/data/--p--/s.jsonl", "{}\n");
  AgentPlace place;
  place.folder = {Agent::pi, "/data", "PI_CODING_AGENT_SESSION_DIR", {""}};
  const std::vector<ImportEvent> events = run(place);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].copy,
            "/copy/" + name_of_copy(Agent::pi, "/data") + "/sessions/--p--/s.jsonl");
  EXPECT_EQ(disk_.read_file(events[0].copy), "{}\n");
}

TEST_P(ImportTest, ACopyWithinTheSourceIsNotCopiedIntoItself) {
  AgentPlace place;
  place.folder = {Agent::files, "/", "", {""}};
  run(place);
  const std::size_t files = disk_.files().size();
  run(place);
  EXPECT_EQ(disk_.files().size(), files);
}

TEST_P(ImportTest, OnlyOneProcessImports) {
  const auto first = Importer::open(disk_, "/copy");
  EXPECT_EQ(Importer::open(disk_, "/copy").status().code(), Code::unavailable);
}

TEST_P(ImportTest, LeftoversOfAKilledRunAreRemovedAndNothingElse) {
  run();
  const std::string leftover = "/copy/" + name_of_copy(Agent::pi, "/x") + "/p/.everturn-import.tmp";
  disk_.write_file(leftover, "half");
  disk_.write_file("/copy/somebody's/.everturn-import.tmp", "not a copy");
  run();
  EXPECT_EQ(disk_.read_file(leftover), std::nullopt);
  EXPECT_EQ(disk_.read_file("/copy/somebody's/.everturn-import.tmp"), "not a copy");
}

TEST_P(ImportTest, TheSamePassAgainLooksOnlyAtWhatMoved) {
  const auto importer = Importer::open(disk_, "/copy");
  std::size_t events = 0;
  const Importer::Sink count = [&](const ImportEvent&) { return ++events > 0; };
  disk_.sleep_ns(1'000'000'000);
  ASSERT_TRUE((*importer)->import(claude(), count).ok());
  ASSERT_TRUE((*importer)->import(claude(), count).ok());
  EXPECT_EQ(events, 1U);
  disk_.write_file(kSource, "{\"a\":1}\n{}\n");
  ASSERT_TRUE((*importer)->import(claude(), count).ok());
  EXPECT_EQ(events, 2U);
}

INSTANTIATE_TEST_SUITE_P(Disks, ImportTest,
                         testing::Values(Profile::strict_posix, Profile::journaling));

}  // namespace
}  // namespace everturn
