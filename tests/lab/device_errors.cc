// SPDX-License-Identifier: Apache-2.0
// The device under a real file system fails a write or a flush, once or from then on. The kernel
// tells of it once and may have dropped the pages; the store must not believe the second answer.
// Later the device is well again and is mounted anew.
#include <stdexcept>

#include "tests/lab/block_disk.h"
#include "tests/lab/campaign.h"
#include "tests/lab/mount.h"
#include "tests/lab/scene.h"

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", "mkfs.ext4 -q -F -E lazy_itable_init=0", "", 48},
      {"ext4, journal", "ext4", "mkfs.ext4 -q -F -E lazy_itable_init=0", "data=journal", 48},
      {"xfs", "xfs", "mkfs.xfs -q -f -K", "", 320},
      {"btrfs", "btrfs", "mkfs.btrfs -q -f -K", "", 128},
  };
  return all;
}

class DeviceErrors {
 public:
  DeviceErrors(const Context& context, Tally& tally, const FileSystem& system)
      : context_(context),
        tally_(tally),
        system_(system),
        folder_(place_in_memory(context.directory)),
        mounted_(folder_.path() + "/mounted"),
        disk_(folder_.path() + "/device", system.megabytes) {}

  void run(const Script& script) {
    const std::string part = system_.name + ": " + script.name;
    if (!context_.wants_part(part)) return;
    const std::uint64_t stride = context_.scaled(11, 2);
    std::uint64_t at = context_.only.empty() ? context_.seed % stride : context_.place();
    // `at` is a place, and how it fails: a write or a flush, once or for ever.
    std::uint64_t misses = 0;
    for (; misses < 4; at += stride) {
      misses = fail(script, at, part + "/" + std::to_string(at)) ? 0 : misses + 1;
      if (!context_.only.empty()) return;
    }
  }

 private:
  bool fail(const Script& script, std::uint64_t at, const std::string& name) {
    disk_.fail_writes(0, 0);
    disk_.fail_flushes(0, 0);
    make_file_system(system_, disk_.file());
    std::unique_ptr<Scene> scene;
    std::string told;
    {
      const Mount mount(system_, disk_.file(), mounted_);
      if (!mount.problem().empty()) throw std::runtime_error(mount.problem());
      scene = std::make_unique<Scene>(script, mounted_ + "/store", context_.seed);
      mount.sync();
      const std::uint64_t count = at % 4 < 2 ? 1 : 1'000'000;
      if (at % 2 == 0) disk_.fail_writes(at / 4, count);
      if (at % 2 == 1) disk_.fail_flushes(at / 4, count);
      Child child(scene->work());
      told = child.receive_all();
      if (disk_.failures() == 0) return false;
      tally_.faults += disk_.failures() > 0 ? 1 : 0;
      disk_.fail_writes(0, 0);
      disk_.fail_flushes(0, 0);
    }
    const Mount mount(system_, disk_.file(), mounted_);
    Finding finding;
    finding.broken = mount.problem();
    if (finding.holds()) finding = scene->check(told, Fate::power_cut);
    tally_.count(system_.name, name, finding);
    tally_.acknowledged += scene->acknowledged(told);
    ++tally_.mounted;
    return true;
  }

  const Context& context_;
  Tally& tally_;
  const FileSystem& system_;
  const TemporaryFolder folder_;
  const std::string mounted_;
  BlockDisk disk_;
};

}  // namespace

Tally run_device_errors(const Context& context) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  for (const FileSystem& system : systems()) {
    if (const std::string reason = why_not(system); !reason.empty()) {
      tally.notes.push_back(system.name + " is left out: " + reason);
      continue;
    }
    DeviceErrors errors(context, tally, system);
    for (const Script& script : scripts()) errors.run(script);
  }
  return tally;
}

}  // namespace everturn::lab
