// SPDX-License-Identifier: Apache-2.0
// What the compiled library asks of the C library. Includes can hide a call; symbols cannot.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

// Calls that touch files, folders, sockets, processes, the clock or chance.
const std::set<std::string_view>& kernel_calls() {
  static const std::set<std::string_view> calls = {
      // files
      "open", "openat", "openat2", "creat", "close", "read", "pread", "readv", "preadv", "write",
      "pwrite", "writev", "pwritev", "pwritev2", "lseek", "fsync", "fdatasync", "sync", "syncfs",
      "sync_file_range", "truncate", "ftruncate", "fallocate", "posix_fallocate", "posix_fadvise",
      "copy_file_range", "sendfile", "mmap", "munmap", "msync", "fcntl", "ioctl", "flock", "lockf",
      "dup", "dup2", "pipe", "syscall",
      // names
      "rename", "renameat", "renameat2", "unlink", "unlinkat", "remove", "link", "linkat",
      "symlink", "symlinkat", "readlink", "readlinkat", "realpath", "mkdir", "mkdirat", "rmdir",
      "opendir", "fdopendir", "readdir", "scandir", "closedir", "glob", "chdir", "fchdir",
      "mkstemp", "mkostemp", "mkdtemp", "tmpfile",
      // attributes
      "stat", "fstat", "lstat", "fstatat", "statx", "xstat", "fxstat", "lxstat", "statfs",
      "fstatfs", "statvfs", "fstatvfs", "access", "faccessat", "chmod", "fchmod", "fchmodat",
      "chown", "fchown", "fchownat", "utimensat", "futimens", "getxattr", "fgetxattr", "setxattr",
      "fsetxattr",
      // streams
      "fopen", "fdopen", "freopen", "fclose", "fread", "fwrite", "fputs", "fputc", "puts", "printf",
      "fprintf", "vfprintf", "fflush", "getline",
      // sockets and processes
      "socket", "connect", "bind", "listen", "accept", "accept4", "fork", "vfork", "execve",
      "execvp", "posix_spawn", "system", "popen", "kill", "getpid", "gettid",
      // clock and chance
      "clock_gettime", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "usleep", "sleep",
      "getrandom", "getentropy", "rand", "random"};
  return calls;
}

// "open64", "__open_2", "__read_chk" and "__interceptor_open" are all calls of the same thing.
std::string plain_name(std::string_view symbol) {
  symbol = symbol.substr(0, symbol.find('@'));
  while (symbol.starts_with('_')) symbol.remove_prefix(1);
  if (symbol.starts_with("interceptor_")) symbol.remove_prefix(12);
  for (const std::string_view ending : {"_chk", "_2", "64"}) {
    if (symbol.ends_with(ending)) symbol.remove_suffix(ending.size());
  }
  return std::string(symbol);
}

// The steady clock is not among them: a condition variable that waits for a while asks it.
bool is_kernel_call(std::string_view symbol) {
  for (const std::string_view part :
       {"std::filesystem::", "std::basic_filebuf", "std::basic_ofstream", "std::basic_ifstream",
        "std::random_device", "system_clock::now"}) {
    if (symbol.find(part) != std::string_view::npos) return true;
  }
  const bool is_cpp = symbol.find_first_of(":(") != std::string_view::npos;
  return !is_cpp && kernel_calls().contains(plain_name(symbol));
}

// What `nm` prints of a library's undefined symbols; nothing if it cannot be run.
std::optional<std::string> undefined_symbols(const std::string& library) {
  const std::string command = "nm -uCA '" + library + "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  if (!pipe) return std::nullopt;
  std::string output;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    output.push_back(static_cast<char>(c));
  }
  if (output.empty()) return std::nullopt;
  return output;
}

bool has_sources(std::string_view room) {
  const auto& files = source_tree();
  return std::any_of(files.begin(), files.end(), [room](const SourceFile& file) {
    return file.room() == room && file.path.ends_with(".cc") && !file.is_test();
  });
}

// A line of `nm -uCA`: "libeverturn_fs.a:posix_fs.cc.o:       U openat".
void check_symbol(std::string_view line, Complaints& complaints) {
  const std::size_t mark = line.find(" U ");
  if (mark == std::string_view::npos || !is_kernel_call(line.substr(mark + 3))) return;
  const std::string_view place = line.substr(0, line.find_last_not_of(": ", mark) + 1);
  if (place.find(":posix_") != std::string_view::npos) return;
  complaints.add(place.substr(place.rfind('/') + 1), "calls " + std::string(line.substr(mark + 3)),
                 "only src/fs/posix_*.cc calls the system; go through src/fs/fs.h");
}

TEST(Tidy, KernelCallsAreKnownByEveryName) {
  for (const char* symbol : {"open", "open64", "__open_2", "__read_chk", "fsync@GLIBC_2.2.5",
                             "std::filesystem::remove(std::filesystem::__cxx11::path const&)"}) {
    EXPECT_TRUE(is_kernel_call(symbol)) << symbol;
  }
  EXPECT_FALSE(is_kernel_call("everturn::open(int)"));
  EXPECT_FALSE(is_kernel_call("memcpy"));
}

TEST(Tidy, TheLibraryCallsTheKernelOnlyThroughTheSeam) {
  if (std::system("nm --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs nm (binutils)";
  Complaints complaints;
  for (const std::string room : {"base", "fs", "journal", "agents", "store", "views", "simdisk"}) {
    const std::string library = EVERTURN_BINARY_DIR "/libeverturn_" + room + ".a";
    if (!std::ifstream(library)) {
      EXPECT_FALSE(has_sources(room)) << library << " is missing: build it before this test";
      continue;
    }
    const std::optional<std::string> symbols = undefined_symbols(library);
    ASSERT_TRUE(symbols.has_value()) << "nm tells nothing of " << library;
    for (const std::string_view line : lines_of(*symbols)) check_symbol(line, complaints);
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

}  // namespace
}  // namespace everturn::tidy
