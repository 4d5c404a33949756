// SPDX-License-Identifier: Apache-2.0
// ext4 and xfs are cut off (their shutdown call) at system calls of a script, with and without a
// commit of the journal just before, and mounted again.
#include "tests/lab/real_disk.h"
#include "tests/lab/tracer.h"

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  const std::string ext4 = "mkfs.ext4 -q -F";
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", ext4, "", 64},
      {"ext4, noauto_da_alloc", "ext4", ext4, "noauto_da_alloc", 64},
      {"ext4, writeback", "ext4", ext4, "data=writeback", 64, true, true},
      {"ext4, writeback, nodelalloc", "ext4", ext4, "data=writeback,nodelalloc,dioread_lock", 64,
       true, true},
      {"ext4, journal", "ext4", ext4, "data=journal", 64},
      {"xfs", "xfs", "mkfs.xfs -q -f", "", 320},
  };
  return all;
}

// False: the script has no such call.
bool cut_at(RealDisk& disk, const Scene& scene, std::uint64_t place, const std::string& name) {
  bool is_cut = false;
  std::string told;
  {
    const std::unique_ptr<Mount> mount = disk.mount();
    scene.reset();
    mount->sync();
    Child child(scene.work(), true);
    trace(child, [&](const SystemCall& call) -> Decision {
      if (is_cut) return {Decision::What::kill, 0};
      if (call.place != place) return {};
      mount->shut_down(place % 2 == 0);
      is_cut = true;
      return {Decision::What::kill, 0};
    });
    if (!is_cut) return false;
    told = child.receive_all();
  }
  disk.look_after(scene, told, name);
  return true;
}

}  // namespace

Tally run_shutdown(const Context& context) {
  return run_on_each(systems(), [&](const FileSystem& system, Tally& tally) {
    RealDisk disk(context, tally, system, Device::image);
    for (const Script& script : scripts()) {
      if (!context.wants_part(disk.part_of(script))) continue;
      const Scene scene = [&] {
        const std::unique_ptr<Mount> mount = disk.mount();
        return disk.scene(script);
      }();
      const std::uint64_t stride = context.scaled(41, 8);
      try_places(
          context, disk.part_of(script), stride, 1 + context.seed % stride,
          [&](std::uint64_t at, const std::string& name) { return cut_at(disk, scene, at, name); });
    }
  });
}

}  // namespace everturn::lab
