// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/folder_image.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "fs/fs.h"
#include "journal/unreadable.h"

namespace everturn::lab {

namespace fs = std::filesystem;

namespace {

// NUL bytes for what the disk cannot read.
std::string read_around(const fs::path& path) {
  const auto folder = posix_fs().open_folder(path.parent_path().string(), false);
  if (!folder) return "";
  const auto file = (*folder)->open(path.filename().string(), Access::read);
  if (!file) return "";
  const Result<FileInfo> info = (*file)->info();
  std::string bytes(info ? static_cast<std::size_t>(info->size) : 0, '\0');
  const Result<std::size_t> got = read_around_holes(**file, 0, bytes.data(), bytes.size());
  bytes.resize(got ? *got : 0);
  return bytes;
}

}  // namespace

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_whole_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

FolderImage take_image(const std::string& folder) {
  FolderImage image;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return image;
  image.folders.insert("");
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().string().substr(folder.size() + 1);
    if (entry.is_directory()) image.folders.insert(name);
    if (entry.is_regular_file()) image.files[name] = read_around(entry.path());
  }
  return image;
}

void put_image(const FolderImage& image, const std::string& folder) {
  fs::remove_all(folder);
  for (const std::string& name : image.folders) {
    fs::create_directory(folder + "/" + name);
    fs::permissions(folder + "/" + name, fs::perms::owner_all);
  }
  for (const auto& [name, bytes] : image.files) write_whole_file(folder + "/" + name, bytes);
}

std::string place_in_memory(const std::string& wanted) {
  constexpr const char* kMemory = "/dev/shm";
  return wanted.empty() && fs::is_directory(kMemory) ? kMemory : wanted;
}

TemporaryFolder::TemporaryFolder(const std::string& parent) {
  path_ = (parent.empty() ? fs::temp_directory_path().string() : parent) + "/everturn-lab-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace everturn::lab
