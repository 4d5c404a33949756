// SPDX-License-Identifier: Apache-2.0
// Scripts on real file systems that have no free byte, or a few. What was acknowledged is read
// there and then, with nothing free; later there is room again, and everything goes on.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "tests/lab/campaign.h"
#include "tests/lab/mount.h"
#include "tests/lab/scene.h"

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

class FullDisk {
 public:
  FullDisk(const Context& context, Tally& tally, const FileSystem& system)
      : context_(context),
        tally_(tally),
        system_(system),
        folder_(place_in_memory(context.directory)) {
    const std::string image = folder_.path() + "/image";
    make_image(image, system.megabytes);
    make_file_system(system, image);
    mount_ = std::make_unique<Mount>(system, image, folder_.path() + "/disk");
    if (!mount_->problem().empty()) throw std::runtime_error(mount_->problem());
  }

  void run(const Script& script) {
    const std::string part = system_.name + ": " + script.name;
    if (!context_.wants_part(part)) return;
    const Scene scene(script, mount_->folder() + "/store", context_.seed);
    const std::uint64_t most = 48 << 10;
    const std::uint64_t stride = context_.scaled(24 << 10, 4 << 10);
    std::uint64_t free = context_.only.empty() ? 0 : context_.place();
    for (; free < most; free += stride) {
      starve(scene, free, part + "/" + std::to_string(free));
      if (!context_.only.empty()) return;
    }
  }

 private:
  void starve(const Scene& scene, std::uint64_t free, const std::string& name) {
    const std::string filler = mount_->folder() + "/filler";
    std::filesystem::remove(filler);
    mount_->sync();
    scene.reset();
    mount_->sync();
    fill(filler, free);
    Child child(scene.work());
    const std::string& told = child.receive_all();
    const bool was_full = told.find(" 28 ") != std::string::npos;  // ENOSPC
    tally_.faults += was_full ? 1 : 0;
    Finding finding = scene.check(told, Fate::killed, false);
    std::filesystem::remove(filler);
    mount_->sync();
    if (finding.holds()) finding = scene.check(told, Fate::killed);
    if (const int code = child.wait(); code != 0 && finding.holds()) {
      finding.broken = "the process ended with " + std::to_string(code);
    }
    tally_.count(system_.name, name, finding);
    tally_.acknowledged += scene.acknowledged(told);
  }

  const Context& context_;
  Tally& tally_;
  const FileSystem& system_;
  const TemporaryFolder folder_;
  std::unique_ptr<Mount> mount_;
};

}  // namespace

Tally run_full_disks(const Context& context) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  for (const FileSystem& system : systems()) {
    if (const std::string reason = why_not(system); !reason.empty()) {
      tally.notes.push_back(system.name + " is left out: " + reason);
      continue;
    }
    FullDisk disk(context, tally, system);
    for (const Script& script : scripts()) disk.run(script);
  }
  return tally;
}

}  // namespace everturn::lab
