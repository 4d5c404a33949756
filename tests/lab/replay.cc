// SPDX-License-Identifier: Apache-2.0
// Scripts run on real file systems over a device that remembers every write and flush. Afterwards
// the device shows what a power cut at each moment may have left, the kernel mounts it, and the
// store is opened over it.
#include "tests/lab/replay.h"

#include <fcntl.h>
#include <unistd.h>

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  const std::string ext4 = "mkfs.ext4 -q -F -E lazy_itable_init=0";
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", ext4, "", 48},
      {"ext4, noauto_da_alloc", "ext4", ext4, "noauto_da_alloc", 48},
      {"ext4, writeback", "ext4", ext4, "data=writeback", 48, true, true},
      {"ext4, journal", "ext4", ext4, "data=journal", 48},
      {"xfs", "xfs", "mkfs.xfs -q -f -K", "", 320},
      {"btrfs", "btrfs", "mkfs.btrfs -q -f -K", "", 128, false},
      {"f2fs", "f2fs", "mkfs.f2fs -q -f", "", 64},
  };
  return all;
}

}  // namespace

Replay::Replay(const Context& context, Tally& tally, const FileSystem& system)
    : disk_(context, tally, system, Device::recorder) {}

void Replay::run(const Script& script, bool commits, std::uint64_t stride, std::uint64_t seeds) {
  const Context& context = disk_.context();
  const std::string part = disk_.part_of(script);
  if (!context.wants_part(part)) return;
  disk_.recorder().stop_log();
  disk_.make_anew();
  const std::unique_ptr<Scene> scene = record(script, commits);
  const std::vector<bool> flushes = disk_.recorder().flushes();
  const auto look_at = [&](std::uint64_t entries, Kept kept, std::uint64_t seed) {
    const std::uint64_t place = (entries * 4 + static_cast<std::uint64_t>(kept)) * 100 + seed;
    if (!context.only.empty() && context.place() != place) return;
    disk_.recorder().show(entries, kept, context.seed * 1'000'003 + place);
    disk_.look_after(*scene, told_until(entries), part + "/" + std::to_string(place));
  };
  const Kept some = disk_.system().tears_blocks ? Kept::some : Kept::some_blocks;
  for (std::uint64_t entries = 0; entries <= flushes.size(); ++entries) {
    // Just before a flush is done, the most is at stake.
    const bool is_telling = entries == flushes.size() || flushes[entries];
    if (is_telling) look_at(entries, Kept::none, 0);
    if ((entries + context.seed) % stride != 0) continue;
    look_at(entries, Kept::all, 0);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) look_at(entries, some, seed);
  }
}

std::unique_ptr<Scene> Replay::record(const Script& script, bool commits) {
  BlockDisk& device = disk_.recorder();
  const std::unique_ptr<Mount> mount = disk_.mount();
  auto scene = std::make_unique<Scene>(disk_.scene(script));
  const std::string path = mount->folder() + "/other";
  const int other = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  mount->sync();
  device.start_log();
  told_.clear();
  Stage stage = scene->stage();
  stage.waits_for_go = true;
  Child child(scene->work(stage));
  std::string line;
  while (child.next_line(&line)) {
    told_.push_back({device.log_size(), line + "\n"});
    if (commits && ::pwrite(other, line.data(), 1, 0) == 1) ::fsync(other);
    child.send("g");
  }
  ::close(other);
  child.wait();
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

Tally run_replay(const Context& context) {
  // In the long run every system gets its share, with another seed each round.
  constexpr std::uint64_t kWantedOfEach = 3'000;
  return run_on_each(systems(), [&](const FileSystem& system, Tally& tally) {
    const std::uint64_t start = tally.mounted;
    Context round = context;
    do {
      tally.round_seed = round.seed;
      Replay replay(round, tally, system);
      std::size_t number = round.seed;
      for (const Script& script : scripts()) {
        const bool commits = ++number % 2 == 0;
        replay.run(script, commits, context.scaled(29, 5), context.scaled(1, 2));
      }
      ++round.seed;
    } while (context.goes_on(tally.mounted - start, kWantedOfEach));
  });
}

Tally run_lying_disk(const Context& context) {
  Tally tally = run_on_each({systems().front()}, [&](const FileSystem& system, Tally& losses) {
    Replay replay(context, losses, system);
    replay.lie();
    for (const Script& script : scripts()) {
      replay.run(script, true, context.scaled(60, 12), context.scaled(2, 4));
    }
  });
  tally.wants_losses = true;
  return tally;
}

}  // namespace everturn::lab
