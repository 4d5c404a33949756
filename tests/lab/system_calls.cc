// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/system_calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

namespace everturn::lab {
namespace {

std::vector<CallKind> make_kinds() {
  return {
      {"write",
       {SYS_write, SYS_pwrite64},
       {EIO, ENOSPC, EDQUOT, EFBIG, EINTR},
       {EIO, ENOSPC},
       true,
       false},
      {"sync", {SYS_fsync, SYS_fdatasync}, {EIO, ENOSPC, EDQUOT}, {EIO, ENOSPC}, false, false},
      {"open",
       {SYS_openat, SYS_openat2},
       {EMFILE, ENFILE, EIO, ENOSPC, EINTR},
       {EMFILE},
       false,
       false},
      {"name",
       {SYS_renameat2, SYS_renameat, SYS_linkat, SYS_unlinkat, SYS_mkdirat},
       {EIO, ENOSPC, EDQUOT},
       {EIO, ENOSPC},
       false,
       false},
      {"size", {SYS_ftruncate, SYS_fallocate}, {EIO, ENOSPC, EINTR}, {EIO, ENOSPC}, false, false},
      {"close", {SYS_close}, {EIO, EINTR, ENOSPC}, {EIO}, false, true},
      {"read", {SYS_pread64}, {EIO, EINTR}, {EIO}, true, false},
      {"list", {SYS_getdents64}, {EIO, ENOMEM}, {EIO}, false, false},
      {"look",
       {SYS_statx, SYS_fstat, SYS_newfstatat, SYS_fstatfs},
       {EIO, ENOMEM},
       {EIO},
       false,
       false},
      {"lock", {SYS_fcntl, SYS_flock}, {ENOLCK, EINTR}, {ENOLCK}, false, false},
      {"attribute",
       {SYS_fchmod, SYS_fchown, SYS_fgetxattr, SYS_fsetxattr, SYS_fremovexattr, SYS_fadvise64},
       {EIO, EPERM},
       {EIO},
       false,
       false},
  };
}

}  // namespace

const CallKind* kind_of(long call) {
  static const std::vector<CallKind> kinds = make_kinds();
  for (const CallKind& kind : kinds) {
    if (std::find(kind.calls.begin(), kind.calls.end(), call) != kind.calls.end()) return &kind;
  }
  return nullptr;
}

}  // namespace everturn::lab
