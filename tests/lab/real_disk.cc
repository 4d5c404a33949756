// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/real_disk.h"

#include <algorithm>
#include <stdexcept>

namespace everturn::lab {

RealDisk::RealDisk(const Context& context, Tally& tally, const FileSystem& system, Device device)
    : context_(context),
      tally_(tally),
      system_(system),
      folder_(place_in_memory(context.directory)),
      mounted_(folder_.path() + "/mounted"),
      file_(folder_.path() + "/image") {
  if (device == Device::recorder) {
    recorder_ = std::make_unique<BlockDisk>(folder_.path() + "/device", system.megabytes);
    file_ = recorder_->file();
  } else {
    make_image(file_, system.megabytes);
  }
  make_anew();
}

// A device that fails a write leaves what stood there before. That must not be of an earlier run,
// whose records are the same.
void RealDisk::make_anew() {
  if (recorder_ != nullptr) recorder_->make_blank();
  make_file_system(system_, file_);
}

std::unique_ptr<Mount> RealDisk::mount() const {
  auto mount = std::make_unique<Mount>(system_, file_, mounted_);
  if (!mount->problem().empty()) throw std::runtime_error(mount->problem());
  return mount;
}

Scene RealDisk::scene(const Script& script) const {
  return {script, mounted_ + "/store", context_.seed};
}

void RealDisk::look_after(const Scene& scene, const std::string& told, const std::string& name) {
  auto mount = std::make_unique<Mount>(system_, file_, mounted_);
  if (!mount->problem().empty() && check_file_system(system_, file_)) {
    note_check();
    mount.reset();
    mount = std::make_unique<Mount>(system_, file_, mounted_);
  }
  Finding finding;
  finding.broken = mount->problem();
  const Fate fate = system_.shows_old_blocks ? Fate::power_cut_with_old_blocks : Fate::power_cut;
  if (finding.holds()) finding = scene.check(told, fate);
  ++tally_.mounted;
  count(scene, told, name, finding);
}

void RealDisk::note_check() {
  const std::string note = system_.name + " had to be checked (e2fsck) before it could be mounted";
  if (std::find(tally_.notes.begin(), tally_.notes.end(), note) != tally_.notes.end()) return;
  tally_.notes.push_back(note);
}

void RealDisk::count(const Scene& scene, const std::string& told, const std::string& name,
                     const Finding& finding) {
  tally_.count(system_.name, name, finding);
  tally_.acknowledged += scene.acknowledged(told);
}

std::string RealDisk::part_of(const Script& script) const {
  return system_.name + ": " + script.name;
}

void try_places(const Context& context, const std::string& part, std::uint64_t stride,
                std::uint64_t first, const TryAt& try_at) {
  if (!context.wants_part(part)) return;
  constexpr std::uint64_t kMissesInARow = 4;
  const bool is_one = !context.only.empty();
  std::uint64_t misses = 0;
  for (std::uint64_t at = is_one ? context.place() : first; misses < kMissesInARow; at += stride) {
    misses = try_at(at, part + "/" + std::to_string(at)) ? 0 : misses + 1;
    if (is_one) return;
  }
}

Tally run_on_each(const std::vector<FileSystem>& systems, const OnSystem& work) {
  Tally tally;
  tally.skipped = enter_mount_namespace();
  if (!tally.skipped.empty()) return tally;
  for (const FileSystem& system : systems) {
    if (const std::string reason = why_not(system); !reason.empty()) {
      tally.notes.push_back(system.name + " is left out: " + reason);
    } else {
      work(system, tally);
    }
  }
  if (tally.rows().empty() && !tally.notes.empty()) tally.skipped = tally.notes.front();
  return tally;
}

}  // namespace everturn::lab
