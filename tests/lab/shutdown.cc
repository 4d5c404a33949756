// SPDX-License-Identifier: Apache-2.0
// ext4 and xfs are cut off (their shutdown call) at system calls of a script, with and without a
// commit of the journal just before, and mounted again.
#include "tests/lab/campaign.h"
#include "tests/lab/mount.h"
#include "tests/lab/scene.h"
#include "tests/lab/tracer.h"

namespace everturn::lab {
namespace {

const std::vector<FileSystem>& systems() {
  const std::string ext4 = "mkfs.ext4 -q -F";
  static const std::vector<FileSystem> all = {
      {"ext4", "ext4", ext4, "", 64},
      {"ext4, noauto_da_alloc", "ext4", ext4, "noauto_da_alloc", 64},
      {"ext4, writeback", "ext4", ext4, "data=writeback", 64},
      {"ext4, writeback, nodelalloc", "ext4", ext4, "data=writeback,nodelalloc,dioread_lock", 64},
      {"ext4, journal", "ext4", ext4, "data=journal", 64},
      {"xfs", "xfs", "mkfs.xfs -q -f", "", 320},
  };
  return all;
}

class Shutdown {
 public:
  Shutdown(const Context& context, Tally& tally, const FileSystem& system)
      : context_(context),
        tally_(tally),
        system_(system),
        folder_(place_in_memory(context.directory)),
        image_(folder_.path() + "/image") {
    make_image(image_, system.megabytes);
    make_file_system(system, image_);
    remount();
  }

  void run(const Script& script) {
    const std::string part = system_.name + ": " + script.name;
    if (!context_.wants_part(part)) return;
    const Scene scene(script, mount_->folder() + "/store", context_.seed);
    const std::uint64_t stride = context_.scaled(41, 4);
    std::uint64_t place = context_.only.empty() ? 1 + context_.seed % stride : context_.place();
    while (cut(scene, place, part + "/" + std::to_string(place)) && context_.only.empty()) {
      place += stride;
    }
  }

 private:
  void remount() {
    mount_.reset();
    mount_ = std::make_unique<Mount>(system_, image_, folder_.path() + "/disk");
    if (!mount_->problem().empty()) throw std::runtime_error(mount_->problem());
  }

  bool cut(const Scene& scene, std::uint64_t place, const std::string& name) {
    scene.reset();
    mount_->sync();
    bool is_cut = false;
    std::string told;
    {
      Child child(scene.work(), true);
      trace(child, [&](const SystemCall& call) -> Decision {
        if (is_cut) return {Decision::What::kill, 0};
        if (call.place != place) return {};
        mount_->shut_down(place % 2 == 0);
        is_cut = true;
        return {Decision::What::kill, 0};
      });
      if (!is_cut) return false;
      told = child.receive_all();
    }
    remount();
    ++tally_.mounted;
    tally_.acknowledged += scene.acknowledged(told);
    tally_.count(system_.name, name, scene.check(told, Fate::power_cut));
    return true;
  }

  const Context& context_;
  Tally& tally_;
  const FileSystem& system_;
  const TemporaryFolder folder_;
  const std::string image_;
  std::unique_ptr<Mount> mount_;
};

}  // namespace

Tally run_shutdown(const Context& context) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  for (const FileSystem& system : systems()) {
    if (const std::string reason = why_not(system); !reason.empty()) {
      tally.notes.push_back(system.name + " is left out: " + reason);
      continue;
    }
    Shutdown shutdown(context, tally, system);
    for (const Script& script : scripts()) shutdown.run(script);
  }
  return tally;
}

}  // namespace everturn::lab
