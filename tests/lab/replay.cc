// SPDX-License-Identifier: Apache-2.0
// Scripts run on real file systems over a device that remembers every write and flush. Afterwards
// the device shows what a power cut at each moment may have left, the kernel mounts it, and the
// store is opened over it.
#include "tests/lab/replay.h"

#include <unistd.h>

#include <algorithm>

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  const std::string ext4 = "mkfs.ext4 -q -F -E lazy_itable_init=0";
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", ext4, "", 48},
      {"ext4, noauto_da_alloc", "ext4", ext4, "noauto_da_alloc", 48},
      {"ext4, writeback", "ext4", ext4, "data=writeback", 48},
      {"ext4, journal", "ext4", ext4, "data=journal", 48},
      {"xfs", "xfs", "mkfs.xfs -q -f -K", "", 320},
      {"btrfs", "btrfs", "mkfs.btrfs -q -f -K", "", 128},
      {"f2fs", "f2fs", "mkfs.f2fs -q -f", "", 64},
  };
  return all;
}

void run_system(const Context& context, const FileSystem& system, Tally& tally) {
  Replay replay(context, tally, system);
  std::size_t number = 0;
  for (const Script& script : scripts()) {
    const bool commits = ++number % 2 == 0;
    replay.run(script, commits, context.scaled(29, 3), context.scaled(1, 2));
  }
}

}  // namespace

Replay::Replay(const Context& context, Tally& tally, const FileSystem& system)
    : context_(context),
      tally_(tally),
      system_(system),
      folder_(place_in_memory(context.directory)),
      mounted_(folder_.path() + "/mounted"),
      disk_(folder_.path() + "/device", system.megabytes) {}

void Replay::run(const Script& script, bool commits, std::uint64_t stride, std::uint64_t seeds) {
  const std::string part = system_.name + ": " + script.name;
  if (!context_.wants_part(part)) return;
  disk_.stop_log();
  make_file_system(system_, disk_.file());
  const std::unique_ptr<Scene> scene = record(script, commits);
  const std::vector<bool> flushes = disk_.flushes();
  const auto look_at = [&](std::uint64_t entries, Kept kept, std::uint64_t seed) {
    const std::uint64_t place = (entries * 4 + static_cast<std::uint64_t>(kept)) * 100 + seed;
    if (!context_.only.empty() && context_.place() != place) return;
    look(*scene, entries, kept, place, part);
  };
  for (std::uint64_t entries = 0; entries <= flushes.size(); ++entries) {
    // Just before a flush is done, the most is at stake.
    const bool is_telling = entries == flushes.size() || flushes[entries];
    if (is_telling) look_at(entries, Kept::none, 0);
    if ((entries + context_.seed) % stride != 0) continue;
    look_at(entries, Kept::all, 0);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) look_at(entries, Kept::some, seed);
  }
}

std::unique_ptr<Scene> Replay::record(const Script& script, bool commits) {
  const Mount mount(system_, disk_.file(), mounted_);
  if (!mount.problem().empty()) throw std::runtime_error(mount.problem());
  auto scene = std::make_unique<Scene>(script, mounted_ + "/store", context_.seed);
  const int other = ::open((mounted_ + "/other").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  mount.sync();
  disk_.start_log();
  told_.clear();
  Stage stage = scene->stage();
  stage.waits_for_go = true;
  Child child(scene->work(stage));
  std::string line;
  while (child.next_line(&line)) {
    told_.push_back({disk_.log_size(), line + "\n"});
    if (commits && ::pwrite(other, line.data(), 1, 0) == 1) ::fsync(other);
    child.send("g");
  }
  ::close(other);
  child.wait();
  tally_.acknowledged += scene->acknowledged(told_until(UINT64_MAX));
  return scene;
}

// What had been told when the log had so many entries.
std::string Replay::told_until(std::uint64_t entries) const {
  std::string all;
  for (const Told& told : told_) {
    if (told.entries <= entries) all += told.line;
  }
  return all;
}

void Replay::look(const Scene& scene, std::uint64_t entries, Kept kept, std::uint64_t place,
                  const std::string& part) {
  disk_.show(entries, kept, context_.seed * 1'000'003 + place);
  Finding finding;
  {
    const Mount mount(system_, disk_.file(), mounted_);
    if (mount.problem().empty()) {
      finding = scene.check(told_until(entries), Fate::power_cut);
    } else {
      finding.broken = mount.problem();
    }
  }
  ++tally_.mounted;
  tally_.count(system_.name, part + "/" + std::to_string(place), finding);
}

void Replay::lie() { disk_.lie(true); }

Tally run_replay(const Context& context) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  for (const FileSystem& system : systems()) {
    if (const std::string reason = why_not(system); !reason.empty()) {
      tally.notes.push_back(system.name + " is left out: " + reason);
    } else {
      run_system(context, system, tally);
    }
  }
  return tally;
}

Tally run_lying_disk(const Context& context) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  tally.wants_losses = true;
  const FileSystem& system = systems().front();
  tally.skipped = why_not(system);
  if (!tally.skipped.empty()) return tally;
  Replay replay(context, tally, system);
  replay.lie();
  for (const Script& script : scripts()) {
    replay.run(script, true, context.scaled(60, 12), context.scaled(2, 4));
  }
  return tally;
}

}  // namespace everturn::lab
