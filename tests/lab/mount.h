// SPDX-License-Identifier: Apache-2.0
// Real file systems on loop devices. Root only. Everything is mounted in a mount namespace of the
// lab's own, so that nothing is left behind however it ends.
#ifndef EVERTURN_TESTS_LAB_MOUNT_H_
#define EVERTURN_TESTS_LAB_MOUNT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace everturn::lab {

struct FileSystem {
  std::string name;     // "ext4, writeback"
  std::string type;     // "ext4"
  std::string make;     // "mkfs.ext4 -q -F"; the image comes behind; empty: lives in memory
  std::string options;  // of mount
  std::uint64_t megabytes = 64;
  // It stands a block of 4096 bytes of which only some sectors were written. btrfs does not: its
  // superblock is one.
  bool tears_blocks = true;
  // After a power cut a file may show what its blocks held before, other files' records.
  bool shows_old_blocks = false;
};

// Empty, or what is missing here.
std::string why_not(const FileSystem& system);
// Empty, or why this process may not mount.
std::string enter_mount_namespace();
// Makes a file system on an image, a regular file; throws std::runtime_error.
void make_file_system(const FileSystem& system, const std::string& image);
void make_image(const std::string& image, std::uint64_t megabytes);  // sparse

// What people do where the kernel refuses to mount it: a torn superblock of ext4 has copies. False:
// there is no such help.
bool check_file_system(const FileSystem& system, const std::string& image);

class Mount {
 public:
  Mount(const FileSystem& system, std::string image, std::string folder);
  ~Mount();  // unmounts; throws nothing and waits a while for those that still use it
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  // Empty, or why there is no mount.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  // Everything written so far is on the device.
  void sync() const;
  // The power cut of ext4 and xfs: nothing that is not in the journal is kept. With `commit` the
  // journal is written out just before, through another file, as a kernel does every few seconds.
  void shut_down(bool commit) const;

 private:
  std::string folder_;
  std::string problem_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_MOUNT_H_
