// SPDX-License-Identifier: Apache-2.0
// P13 to P15: several processes on one disk, other programs, and processes that die.
#include <gtest/gtest.h>

#include "tests/crash/gated_fs.h"
#include "tests/crash/store_check.h"

namespace everturn {
namespace {

void expect_holds(const SweepReport& report) {
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
}

void take_turns(Process& one, Process& other) {
  one.append("a", {40});
  other.append("a", {600, 40});
  one.append("a", {40}, {Level::kernel});
  other.append("a", {40});
  one.append("a", {40, 40}, {Level::power, Retry::expected});
  other.save("a", {40, 700});
  one.append("a", {40}, {Level::power, Retry::operation});
  other.pop("a", 1);
  one.append("a", {40});
}

TEST(StoreProcesses, P13_TwoProcessesLoseNothingOfEachOther) {
  expect_holds(sweep_disk(store_sweep(12), [](Fs& fs, SimFs& disk, Acks& acks) {
    Process one(fs, disk, acks);
    Process other(fs, disk, acks);
    take_turns(one, other);
  }));
}

TEST(StoreProcesses, P13_PaddingWritersTakeTurns) {
  expect_holds(sweep_disk(store_sweep(12), [](Fs& fs, SimFs& disk, Acks& acks) {
    FsTraits traits;
    traits.type = "simulated";
    traits.pads_well = true;
    disk.set_traits(traits);
    Process one(fs, disk, acks);
    Process other(fs, disk, acks);
    one.open_writer("a", Tail::padded);
    one.write({40});
    one.write({40});
    other.open_writer("a", Tail::padded);
    other.write({300});
    one.write({40});
    other.write({40, 40});
    one.close_writer();
    other.write({40});
  }));
}

// What another program may do to a session's file between two of our calls.
enum class Meddling { replaced, removed };

// The append that meets it: acknowledged only if its record is under the session's name, or if
// nothing was left to do but to give back the lock.
void meddle_at(std::uint64_t number, Meddling meddling, Profile profile, bool* reached) {
  SimFs disk(profile);
  std::uint64_t meddled_after = UINT64_MAX;
  GatedFs fs(disk, [&](std::uint64_t call) {
    if (call != number) return true;
    meddled_after = disk.calls();
    disk.erase(session_path("a"));
    if (meddling == Meddling::replaced) disk.write_file(session_path("a"), "{\"other\":1}\n");
    return true;
  });
  const auto store = open_simulated_store(fs);
  ASSERT_TRUE(store.ok());
  const Result<Appended> first = (*store)->append("a", {R"({"n":1})"});
  if (number <= fs.calls()) return;
  ASSERT_TRUE(first.ok()) << first.status().message();
  const Result<Appended> reply = (*store)->append("a", {R"({"n":2})"});
  *reached = number <= fs.calls();
  if (!reply) return;
  const std::string content = disk.read_file(session_path("a")).value_or("");
  if (content.find(R"({"n":2})") != std::string::npos) return;
  for (std::uint64_t call = meddled_after + 1; call <= disk.calls(); ++call) {
    EXPECT_FALSE(disk.call(call)->name == "stat" && disk.call(call)->subject == session_path("a"))
        << "acknowledged into a file without a name, meddled before call " << number << "\n"
        << disk.trace();
  }
}

class StoreProcessesOn : public testing::TestWithParam<Profile> {};
INSTANTIATE_TEST_SUITE_P(Profiles, StoreProcessesOn,
                         testing::Values(Profile::strict_posix, Profile::journaling),
                         [](const auto& profile) {
                           return std::string(profile_name(profile.param));
                         });

TEST_P(StoreProcessesOn, P14_NothingIsAcknowledgedIntoAFileThatIsGone) {
  for (const Meddling meddling : {Meddling::replaced, Meddling::removed}) {
    bool reached = true;
    for (std::uint64_t number = 1; reached; ++number) {
      meddle_at(number, meddling, GetParam(), &reached);
    }
  }
}

void live_dangerously(Process& process) {
  process.append("a", {40});
  process.append("a", {600, 40});
  process.save("a", {40, 40});
  process.pop("a", 1);
  process.fork("a", "b");
  process.remove("b");
  process.append("a", {40}, {Level::kernel});
}

// One process dies before call `number`; another one goes on. Says whether the first one lived.
bool die_at(std::uint64_t number, Profile profile, std::string* broken) {
  SimFs disk(profile);
  Acks acks;
  bool dead = false;
  GatedFs fs(disk, [&](std::uint64_t call) {
    dead = dead || call >= number;
    return !dead;
  });
  {
    Process first(fs, disk, acks);
    live_dangerously(first);
    dead = true;  // at the latest now
  }
  const bool lived = fs.calls() < number;
  Process second(disk, disk, acks);
  for (const char* key : {"a", "b"}) {
    if (!second.append(key, {40})) *broken = key + (": " + second.last().message());
  }
  disk.power_cut().for_each_state(sweep_limit(4), 1, [&](const DiskState& state) {
    SimFs recovered = SimFs::from(state, profile);
    const std::string found = check_store(recovered, recovered, acks, state);
    if (!found.empty()) *broken = found + "\n" + disk.trace(40) + state.text();
    return found.empty();
  });
  return lived;
}

TEST_P(StoreProcessesOn, P15_DeadLockHolderFreesTheSessionAndLosesNothing) {
  std::string broken;
  for (std::uint64_t number = 1; broken.empty(); ++number) {
    const bool lived = die_at(number, GetParam(), &broken);
    EXPECT_EQ(broken, "") << "killed before call " << number;
    if (lived) break;
  }
}

}  // namespace
}  // namespace everturn
