// SPDX-License-Identifier: Apache-2.0
// A store's folder as bytes: to set the same scene many times, and to see that reading changes
// nothing.
#ifndef EVERTURN_TESTS_LAB_FOLDER_IMAGE_H_
#define EVERTURN_TESTS_LAB_FOLDER_IMAGE_H_

#include <map>
#include <set>
#include <string>

namespace everturn::lab {

struct FolderImage {
  std::set<std::string> folders;             // relative paths; "" is the folder itself
  std::map<std::string, std::string> files;  // relative path and content
  bool operator==(const FolderImage&) const = default;
};

// What the disk cannot read of a file stands in it as NUL bytes.
FolderImage take_image(const std::string& folder);
// The folder holds this and nothing else. Throws std::filesystem::filesystem_error.
void put_image(const FolderImage& image, const std::string& folder);

std::string read_whole_file(const std::string& path);
void write_whole_file(const std::string& path, const std::string& bytes);

// A place in memory for temporary files, where there is one; `wanted` if it is not empty. For what
// does not depend on the disk.
std::string place_in_memory(const std::string& wanted);

// A new folder below the system's or another place for temporary files, removed with all in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string store() const { return path_ + "/store"; }

 private:
  std::string path_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_FOLDER_IMAGE_H_
