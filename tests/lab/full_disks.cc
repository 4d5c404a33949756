// SPDX-License-Identifier: Apache-2.0
// Scripts on real file systems that have no free byte, or a few. What was acknowledged is read
// there and then, with nothing free; later there is room again, and everything goes on.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "tests/lab/real_disk.h"

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", "mkfs.ext4 -q -F -m 0", "", 16},
      {"xfs", "xfs", "mkfs.xfs -q -f", "", 320},
      {"btrfs", "btrfs", "mkfs.btrfs -q -f", "", 128},
      {"tmpfs", "tmpfs", "", "size=2m", 0},
  };
  return all;
}

// Takes everything that is free but `leave` bytes.
void fill(const std::string& path, std::uint64_t leave) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot fill the disk");
  std::uint64_t size = 0;
  for (std::uint64_t step = 16 << 20; step >= 512; step /= 2) {
    while (posix_fallocate(file, static_cast<off_t>(size), static_cast<off_t>(step)) == 0) {
      size += step;
    }
  }
  fsync(file);
  if (leave > 0 && ftruncate(file, static_cast<off_t>(size > leave ? size - leave : 0)) == 0) {
    fsync(file);
  }
  close(file);
}

// The script with `free` bytes.
void starve(RealDisk& disk, const Mount& mount, const Scene& scene, std::uint64_t free,
            const std::string& name) {
  const std::string filler = mount.folder() + "/filler";
  std::filesystem::remove(filler);
  mount.sync();
  scene.reset();
  mount.sync();
  fill(filler, free);
  Child child(scene.work());
  const std::string& told = child.receive_all();
  const bool was_full = told.find(" 28 ") != std::string::npos;  // ENOSPC
  disk.tally().faults += was_full ? 1 : 0;
  Finding finding = scene.check(told, Fate::killed, false);
  std::filesystem::remove(filler);
  mount.sync();
  if (finding.holds()) finding = scene.check(told, Fate::killed);
  if (const int code = child.wait(); code != 0 && finding.holds()) {
    finding.broken = "the process ended with " + std::to_string(code);
  }
  disk.count(scene, told, name, finding);
}

}  // namespace

Tally run_full_disks(const Context& context) {
  constexpr std::uint64_t kMostFree = 48 << 10;
  return run_on_each(systems(), [&](const FileSystem& system, Tally& tally) {
    RealDisk disk(context, tally, system, Device::image);
    const std::unique_ptr<Mount> mount = disk.mount();
    for (const Script& script : scripts()) {
      if (!context.wants_part(disk.part_of(script))) continue;
      std::filesystem::remove(mount->folder() + "/filler");
      const Scene scene = disk.scene(script);
      try_places(context, disk.part_of(script), context.scaled(24 << 10, 4 << 10), 0,
                 [&](std::uint64_t free, const std::string& name) {
                   if (free < kMostFree) starve(disk, *mount, scene, free, name);
                   return free < kMostFree;
                 });
    }
  });
}

}  // namespace everturn::lab
