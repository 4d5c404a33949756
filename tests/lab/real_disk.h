// SPDX-License-Identifier: Apache-2.0
// What the campaigns on real file systems share: a disk with one file system on it, made anew,
// mounted and looked at as often as they like. Root only.
#ifndef EVERTURN_TESTS_LAB_REAL_DISK_H_
#define EVERTURN_TESTS_LAB_REAL_DISK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/block_disk.h"
#include "tests/lab/campaign.h"
#include "tests/lab/folder_image.h"
#include "tests/lab/mount.h"
#include "tests/lab/scene.h"
#include "tests/lab/script.h"

namespace everturn::lab {

// Where the bytes of a RealDisk are.
enum class Device : std::uint8_t {
  image,     // a file
  recorder,  // a BlockDisk
};

class RealDisk {
 public:
  // Makes the file system. All three must outlive this.
  RealDisk(const Context& context, Tally& tally, const FileSystem& system, Device device);

  // Empties it. Nothing may be mounted.
  void make_anew();
  // Throws std::runtime_error if the kernel refuses.
  [[nodiscard]] std::unique_ptr<Mount> mount() const;
  // The script's beginning, on what is mounted.
  [[nodiscard]] Scene scene(const Script& script) const;
  // Mounts what a power cut or a failing device left, and looks at it and counts it.
  void look_after(const Scene& scene, const std::string& told, const std::string& name);
  // Counts what was looked at otherwise.
  void count(const Scene& scene, const std::string& told, const std::string& name,
             const Finding& finding);

  // "ext4: append"
  [[nodiscard]] std::string part_of(const Script& script) const;
  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] Tally& tally() const { return tally_; }
  [[nodiscard]] const FileSystem& system() const { return system_; }
  [[nodiscard]] BlockDisk& recorder() const { return *recorder_; }

 private:
  void note_check();

  const Context& context_;
  Tally& tally_;
  const FileSystem& system_;
  const TemporaryFolder folder_;
  const std::string mounted_;
  std::string file_;
  std::unique_ptr<BlockDisk> recorder_;
};

// Tries a script at one place of it, say a system call; false: there is no such place any more.
using TryAt = std::function<bool(std::uint64_t place, const std::string& name)>;
// Every `stride`th place, until some were missing in a row; or the one that the context asks for.
void try_places(const Context& context, const std::string& part, std::uint64_t stride,
                std::uint64_t first, const TryAt& try_at);

// A campaign: `work` on each of these that can be had here; why others cannot is noted.
using OnSystem = std::function<void(const FileSystem& system, Tally& tally)>;
Tally run_on_each(const std::vector<FileSystem>& systems, const OnSystem& work);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_REAL_DISK_H_
