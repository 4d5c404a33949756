// SPDX-License-Identifier: Apache-2.0
// Seals and power cuts: a seal that has survived proves that what it covers was durable. Every
// other test here checks that no cut gives a false alarm (store_check.cc); these, that the checks
// see seals at all, and that a disk that lies about its syncs is found out.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/crash/gated_fs.h"
#include "tests/crash/store_check.h"

namespace everturn {
namespace {

struct Counts {
  std::uint64_t states = 0;
  std::uint64_t sealed = 0;  // seals have survived
  std::uint64_t tails = 0;   // a crash tail above them
  std::uint64_t alarms = 0;
  std::uint64_t missed = 0;  // acknowledged and sealed, gone, and no alarm
};

void write_some(Process& process) {
  process.append("a", {40});
  process.append("a", {600, 40});
  process.append("a", {700}, {Level::kernel});
  process.append("a", {300});
  process.append("a", {1200, 40}, {Level::kernel});
  process.append("a", {40});
}

// Every acknowledged record that stood below the watermark is there, else it is missed.
std::string sealed_but_gone(const SimFs& disk, const Acks& acks, std::uint64_t watermark) {
  const std::string raw = disk.read_file(session_path("a")).value_or("");
  for (const Expected& record : acks.worlds.front().live.at("a").records) {
    if (!record.position || record.position->offset >= watermark) continue;
    const std::uint64_t at = record.position->offset;
    if (at >= raw.size() || raw.compare(at, record.bytes.size(), record.bytes) != 0) {
      return record.bytes;
    }
  }
  return "";
}

Counts count_states(Bug bug, Profile profile) {
  Counts counts;
  SweepOptions options = store_sweep(120);
  options.profiles = {profile};
  sweep<Acks>(
      options,
      [&](SimFs& disk, Acks& acks) {
        BuggyFs fs(disk, bug);
        Process process(fs, disk, acks);
        write_some(process);
      },
      [&](SimFs& disk, const Acks& acks, const DiskState&) -> std::string {
        const auto store = open_simulated_store(disk);
        if (!store) return "";  // without syncs even the folder may not be one
        const Result<SealReport> report = (*store)->verify("a");
        ++counts.states;
        if (!report || acks.worlds.size() != 1) return "";
        counts.sealed += report->watermark > 0 ? 1 : 0;
        counts.tails += report->crash_tail_bytes > 0 ? 1 : 0;
        counts.alarms += report->is_alarm() ? 1 : 0;
        const bool gone = !sealed_but_gone(disk, acks, report->watermark).empty();
        if (gone && !report->is_alarm()) ++counts.missed;
        return "";
      });
  return counts;
}

class SealCrash : public testing::TestWithParam<Profile> {};
INSTANTIATE_TEST_SUITE_P(Profiles, SealCrash,
                         testing::Values(Profile::strict_posix, Profile::journaling),
                         [](const auto& profile) {
                           return std::string(profile_name(profile.param));
                         });

TEST_P(SealCrash, P9_NoPowerCutIsAnAlarmAndSealsSurviveSome) {
  const Counts counts = count_states(Bug::none, GetParam());
  EXPECT_EQ(counts.alarms, 0U);
  EXPECT_EQ(counts.missed, 0U);
  EXPECT_GT(counts.sealed, counts.states / 20);
  EXPECT_GT(counts.tails, 0U);
}

TEST_P(SealCrash, P9_ADiskThatDoesNotSyncIsFoundOutByTheSealsThatSurvived) {
  const Counts counts = count_states(Bug::no_sync, GetParam());
  EXPECT_GT(counts.alarms, 0U);
  EXPECT_EQ(counts.missed, 0U);
}

// A process dies at each of its calls; the next one goes on with its chain.
TEST_P(SealCrash, P9_AKillAtAnyMomentIsNoAlarmAndTheNextAppendSealsTheRest) {
  bool lived = false;
  for (std::uint64_t number = 1; !lived; ++number) {
    SimFs disk(GetParam());
    Acks acks;
    std::uint64_t calls = 0;
    {
      GatedFs fs(disk, [&](std::uint64_t call) { return call < number; });
      Process first(fs, disk, acks);
      write_some(first);
      calls = fs.calls();
    }
    lived = calls < number;
    const auto store = std::move(*open_simulated_store(disk));
    ASSERT_TRUE(store->append("a", {R"({"n":99})"}).ok()) << number;
    const Result<SealReport> report = store->verify("a");
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_FALSE(report->is_alarm()) << number;
    EXPECT_EQ(report->unsealed_bytes, 0U) << number;
  }
}

// What is sealed is changed in place, by ourselves: a cut in the middle is no alarm either.
TEST_P(SealCrash, P9_ARepairInPlaceThatIsCutOffIsNoAlarm) {
  SweepOptions options = store_sweep(20);
  options.profiles = {GetParam()};
  options.faults_once = {EIO, ENOSPC};
  options.states_a_fault = 2;
  const auto seal_damage = [](Process& process) {
    process.append("a", {40, 40});
    process.spoil("a", "{\"torn\":\"" + std::string(700, 'x') + "\n", {});
    process.append("a", {40});
  };
  const SweepReport report = sweep_store_after(options, seal_damage, [](Process& process) {
    process.watch_bytes("a");
    RepairOptions how;
    how.in_place = true;
    process.repair("a", how);
    process.append("a", {40});
  });
  EXPECT_TRUE(report.holds()) << report.text();
}

// Every file of the cache, deleted, cut in half, or overwritten: the sessions are what they were.
TEST_P(SealCrash, NothingButTheProofHangsOnTheCache) {
  for (const int how : {0, 1, 2, 3}) {
    SimFs disk(GetParam());
    Acks acks;
    Process process(disk, disk, acks);
    write_some(process);
    const auto before = look_at(*process.store());
    int touched = 0;
    for (const auto& [path, content] : disk.files()) {
      if (path.find("/.everturn/cache/") == std::string::npos) continue;
      ++touched;
      disk.erase(path);
      if (how == 1) disk.write_file(path, content.substr(0, content.size() / 2));
      if (how == 2) disk.write_file(path, std::string(content.size(), '\0'));
      if (how == 3) disk.write_file(path, content + content);
    }
    ASSERT_EQ(touched, 1);
    const auto store = std::move(*open_simulated_store(disk));
    const Result<Findings> after = look_at(*store);
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_EQ(before->live.at("a").raw, after->live.at("a").raw);
    EXPECT_EQ(before->live.at("a").version, after->live.at("a").version);
    EXPECT_TRUE(store->append("a", {R"({"n":99})"}).ok()) << how;
    EXPECT_FALSE(store->verify("a")->is_alarm()) << how;
  }
}

}  // namespace
}  // namespace everturn
