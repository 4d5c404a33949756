// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <charconv>

#include "fs/posix_internal.h"

namespace everturn::posix {
namespace {

// A file system type as statfs names it. FUSE counts as a network: what is behind it cannot be
// seen.
struct KnownType {
  std::uint32_t magic;
  std::string_view name;
  bool network = false;
  bool ignores_case = false;
  bool has_locks = true;
};

constexpr KnownType kKnownTypes[] = {
    {.magic = 0xEF53, .name = "ext4"},  // ext2 and ext3 too
    {.magic = 0x58465342, .name = "xfs"},
    {.magic = 0x9123683E, .name = "btrfs"},
    {.magic = 0x01021994, .name = "tmpfs"},
    {.magic = 0x858458F6, .name = "ramfs"},
    {.magic = 0x794C7630, .name = "overlayfs"},
    {.magic = 0xF2F52010, .name = "f2fs"},
    {.magic = 0x2FC12FC1, .name = "zfs"},
    {.magic = 0xCA451A4E, .name = "bcachefs"},
    {.magic = 0x3153464A, .name = "jfs"},
    {.magic = 0x52654973, .name = "reiserfs"},
    {.magic = 0xF15F, .name = "ecryptfs"},
    {.magic = 0x73717368, .name = "squashfs"},
    {.magic = 0xE0F5E1E2, .name = "erofs"},
    {.magic = 0x9660, .name = "iso9660"},
    {.magic = 0x15013346, .name = "udf"},
    {.magic = 0x4D44, .name = "vfat", .ignores_case = true},
    {.magic = 0x2011BAB0, .name = "exfat", .ignores_case = true},
    {.magic = 0x5346544E, .name = "ntfs", .ignores_case = true},
    {.magic = 0x7366746E, .name = "ntfs3", .ignores_case = true},
    {.magic = 0x4244, .name = "hfs", .ignores_case = true},
    {.magic = 0x482B, .name = "hfsplus", .ignores_case = true},
    {.magic = 0x786F4256, .name = "vboxsf", .network = true, .ignores_case = true},
    {.magic = 0xFF534D42, .name = "cifs", .network = true, .ignores_case = true},
    {.magic = 0xFE534D42, .name = "smb2", .network = true, .ignores_case = true},
    {.magic = 0x517B, .name = "smb", .network = true, .ignores_case = true},
    {.magic = 0x6969, .name = "nfs", .network = true},
    {.magic = 0x01021997, .name = "9p", .network = true},
    {.magic = 0x65735546, .name = "fuse", .network = true},
    {.magic = 0x00C36400, .name = "ceph", .network = true},
    {.magic = 0x0BD00BD0, .name = "lustre", .network = true},
    {.magic = 0x47504653, .name = "gpfs", .network = true},
    {.magic = 0x01161970, .name = "gfs2", .network = true},
    {.magic = 0x7461636F, .name = "ocfs2", .network = true},
    {.magic = 0x19830326, .name = "beegfs", .network = true},
    {.magic = 0x20030528, .name = "orangefs", .network = true},
    {.magic = 0x73757245, .name = "coda", .network = true},
    // AFS turns every byte-range lock into one of the whole file, so slots would exclude each
    // other.
    {.magic = 0x5346414F, .name = "afs", .network = true, .has_locks = false},
    {.magic = 0x6B414653, .name = "afs", .network = true, .has_locks = false},
};

KnownType type_for(std::uint32_t magic) {
  for (const KnownType& known : kKnownTypes) {
    if (known.magic == magic) return known;
  }
  return {.magic = magic, .name = ""};
}

std::string hexadecimal(std::uint32_t number) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return "0x" + std::string(digits, end);
}

// ext4, f2fs and tmpfs can ignore case in single folders.
bool folds_case(int folder) {
  int flags = 0;
  return ::ioctl(folder, FS_IOC_GETFLAGS, &flags) == 0 &&
         (static_cast<unsigned>(flags) & FS_CASEFOLD_FL) != 0;
}

// Whether the kernel (or what plays one: gVisor, WSL 1) knows these locks at all. Asking needs no
// file open for writing; whether the file system's server grants them only a lock can tell.
bool knows_locks(int folder) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return ::fcntl(folder, F_OFD_GETLK, &lock) == 0 || (errno != EINVAL && errno != ENOSYS);
}

}  // namespace

Result<FsTraits> read_traits(int folder, std::string_view path) {
  struct statfs type = {};
  struct statvfs space = {};
  struct statx birth = {};
  if (::fstatfs(folder, &type) != 0 || ::fstatvfs(folder, &space) != 0 ||
      ::statx(folder, "", AT_EMPTY_PATH, STATX_BTIME, &birth) != 0) {
    return failure("cannot look at the file system of", path, errno);
  }
  const KnownType known = type_for(static_cast<std::uint32_t>(type.f_type));
  FsTraits traits;
  traits.type = known.name.empty() ? hexadecimal(known.magic) : std::string(known.name);
  traits.network = known.network;
  traits.read_only = (space.f_flag & ST_RDONLY) != 0;
  traits.ignores_case = known.ignores_case || (!known.network && folds_case(folder));
  traits.has_locks = known.has_locks && knows_locks(folder);
  traits.has_birth_time = (birth.stx_mask & STATX_BTIME) != 0;
  traits.pads_well = known.name == "ext4" || known.name == "xfs";
  traits.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
  return traits;
}

}  // namespace everturn::posix
