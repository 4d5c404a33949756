// SPDX-License-Identifier: Apache-2.0
// The device under a real file system fails a write or a flush, once or from then on. The kernel
// tells of it once and may have dropped the pages; the store must not believe the second answer.
// Later the device is well again and is mounted anew.
#include "tests/lab/real_disk.h"

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

void make_well(BlockDisk& device) {
  device.fail_writes(0, 0);
  device.fail_flushes(0, 0);
}

// `at` is a place, and how it fails: a write or a flush, once or for ever. False: the script does
// not write or flush that often.
bool fail_at(RealDisk& disk, const Script& script, std::uint64_t at, const std::string& name) {
  BlockDisk& device = disk.recorder();
  make_well(device);
  disk.make_anew();
  std::unique_ptr<Scene> scene;
  std::string told;
  {
    const std::unique_ptr<Mount> mount = disk.mount();
    scene = std::make_unique<Scene>(disk.scene(script));
    mount->sync();
    const std::uint64_t count = at % 4 < 2 ? 1 : 1'000'000;
    if (at % 2 == 0) device.fail_writes(at / 4, count);
    if (at % 2 == 1) device.fail_flushes(at / 4, count);
    Child child(scene->work());
    told = child.receive_all();
    if (device.failures() == 0) return false;
    make_well(device);
  }
  ++disk.tally().faults;
  disk.look_after(*scene, told, name);
  return true;
}

}  // namespace

Tally run_device_errors(const Context& context) {
  return run_on_each(systems(), [&](const FileSystem& system, Tally& tally) {
    RealDisk disk(context, tally, system, Device::recorder);
    const std::uint64_t stride = context.scaled(11, 3);
    for (const Script& script : scripts()) {
      try_places(context, disk.part_of(script), stride, context.seed % stride,
                 [&](std::uint64_t at, const std::string& name) {
                   return fail_at(disk, script, at, name);
                 });
    }
  });
}

}  // namespace everturn::lab
