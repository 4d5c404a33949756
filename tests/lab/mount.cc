// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/mount.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "tests/lab/folder_image.h"

namespace everturn::lab {
namespace {

std::string reason(const std::string& what) { return what + ": " + std::strerror(errno); }

bool is_program(const std::string& name) {
  for (const char* const folder : {"/sbin/", "/usr/sbin/", "/bin/", "/usr/bin/"}) {
    if (access((folder + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// The path of a loop device over the image, which lets go of it when it is unmounted; "" and errno,
// EBUSY when another process was faster.
std::string try_loop_over(const std::string& image) {
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return "";
  const int number = ioctl(control, LOOP_CTL_GET_FREE);
  close(control);
  const std::string path = "/dev/loop" + std::to_string(number);
  const int loop = open(path.c_str(), O_RDWR | O_CLOEXEC);
  const int file = open(image.c_str(), O_RDWR | O_CLOEXEC);
  loop_config config = {};
  config.fd = static_cast<std::uint32_t>(file);
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  const bool done = loop >= 0 && file >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) == 0;
  const int error = errno;
  if (file >= 0) close(file);
  if (!done && loop >= 0) close(loop);
  errno = error;
  // The open descriptor holds the device until it is mounted.
  return done ? "/proc/self/fd/" + std::to_string(loop) : "";
}

std::string loop_over(const std::string& image) {
  std::string path;
  for (int tries = 0; path.empty() && (tries == 0 || errno == EBUSY) && tries < 100; ++tries) {
    path = try_loop_over(image);
  }
  return path;
}

}  // namespace

std::string why_not(const FileSystem& system) {
  const std::string program = system.make.substr(0, system.make.find(' '));
  if (!program.empty() && !is_program(program)) {
    return program + " is not installed (tools/bootstrap --lab)";
  }
  const std::string known = read_whole_file("/proc/filesystems");
  if (known.find("\t" + system.type + "\n") == std::string::npos) {
    return "this kernel has no " + system.type;
  }
  return "";
}

std::string enter_mount_namespace() {
  if (unshare(CLONE_NEWNS) != 0) return reason("no mount namespace");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return reason("no private mounts");
  }
  if (access("/dev/loop-control", R_OK | W_OK) != 0) return reason("no loop devices");
  return "";
}

void make_image(const std::string& image, std::uint64_t megabytes) {
  write_whole_file(image, "");
  if (truncate(image.c_str(), static_cast<off_t>(megabytes << 20U)) != 0) {
    throw std::runtime_error(reason(image));
  }
}

void make_file_system(const FileSystem& system, const std::string& image) {
  if (system.make.empty()) return;
  const std::string command = system.make + " '" + image + "' >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

bool check_file_system(const FileSystem& system, const std::string& image) {
  if (system.type != "ext4") return false;
  constexpr int kUncorrected = 4;  // e2fsck(8)
  const int status = std::system(("e2fsck -fy '" + image + "' >/dev/null 2>&1").c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) < kUncorrected;
}

Mount::Mount(const FileSystem& system, std::string image, std::string folder)
    : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const bool in_memory = system.make.empty();
  const std::string device = in_memory ? "none" : loop_over(image);
  if (device.empty()) {
    problem_ = reason("no loop device");
    return;
  }
  if (mount(device.c_str(), folder_.c_str(), system.type.c_str(), MS_NOATIME,
            system.options.c_str()) != 0) {
    problem_ = reason("mount");
  }
  if (!in_memory) close(std::atoi(device.c_str() + std::strlen("/proc/self/fd/")));
}

Mount::~Mount() {
  if (!problem_.empty()) return;
  for (int tries = 0; tries < 2000; ++tries) {
    if (umount(folder_.c_str()) == 0 || errno != EBUSY) return;
    usleep(2000);
  }
  umount2(folder_.c_str(), MNT_DETACH);
}

void Mount::sync() const {
  const int file = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || syncfs(file) != 0) throw std::runtime_error(reason("syncfs"));
  close(file);
}

void Mount::shut_down(bool commit) const {
  constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);  // ext4, xfs, f2fs
  if (commit) {
    const int other = open((folder_ + "/other").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (other >= 0 && write(other, "x", 1) == 1) fsync(other);
    if (other >= 0) close(other);
  }
  std::uint32_t without_log = 2;
  const int file = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || ioctl(file, kShutdown, &without_log) != 0) {
    throw std::runtime_error(reason("shutdown"));
  }
  close(file);
}

}  // namespace everturn::lab
