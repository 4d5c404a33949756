// SPDX-License-Identifier: Apache-2.0
// What the parts of the production file system share; only posix_*.cc and their tests include this.
// Functions that return an int follow the kernel: a descriptor, or -1 with the reason in errno;
// those named *_error return 0 or an errno value.
#ifndef EVERTURN_FS_POSIX_INTERNAL_H_
#define EVERTURN_FS_POSIX_INTERNAL_H_

#include <dirent.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn::posix {

static_assert(sizeof(off_t) == 8, "offsets need 64 bits: build with _FILE_OFFSET_BITS=64");

// Owns a descriptor and closes it, once and without looking at the answer.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  int release();

 private:
  int number_ = -1;
};

// A name that is a single component, copied to the stack and terminated for the kernel.
class Name {
 public:
  explicit Name(std::string_view name);
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const char* c_str() const { return text_; }

 private:
  static constexpr std::size_t kLimit = 255;
  char text_[kLimit + 1];
  bool ok_;
};

// The text with control characters replaced, so that a message cannot drive a terminal.
std::string printable(std::string_view text);

// "<what> <where>: <reason> (<ERRNAME>)", a remedy where one is known, and the code that fs.h
// names.
Status failure(std::string_view what, std::string_view where, int error);
// `invalid`: the name is not a single component.
Status bad_name(std::string_view name);
// `invalid`: the handle was closed, or belongs to the process that this one was forked from.
Status closed_handle(std::string_view where);
// `invalid`: what lies at `name` in `folder` (in the descriptor `folder` itself when "") is not
// `wanted`, for instance "a regular file".
Status wrong_kind(std::string_view where, std::string_view wanted, int folder, const char* name,
                  int error);
// True for the errors by which an open says that the file is of another kind.
bool says_wrong_kind(int error);

// Fills `into` for `name` in `folder`, not following a symbolic link; for "" of `folder` itself.
enum class Times : bool { leave_out, ask_for };
int info_error(int folder, const char* name, FileInfo& into, Times times = Times::ask_for);

// Opens a single component: never through a symbolic link, never hanging on a FIFO, close-on-exec.
// Waits for up to two seconds for somebody who holds a lease on the file.
int open_beneath(int folder, const char* name, int flags, mode_t mode);
// The same for a file that may have to be made first, with mode 0600.
int open_or_create(int folder, const char* name, int flags);
// Opens the folder itself once more, so that offset and locks are its own.
int reopen_folder(int folder);
// True: openat2 is not used, because the system refused it. Tests set it.
std::atomic<bool>& openat2_refused();
// Makes a folder with mode 0700 whatever the umask.
int make_folder_error(int folder, const char* name);

// Calls `visit` for each entry but "." and ".." from the first on, until it returns false.
int list_error(int folder, const std::function<bool(const dirent&)>& visit);

// Registers the handlers around fork(), once; 0 or an errno value.
int fork_handlers_error();
// Another value in each forked child.
std::uint64_t process_token();

// Each of the following works on an open folder; `path` is for messages.
std::unique_ptr<Folder> make_folder_object(Descriptor folder, std::string path);
Result<std::unique_ptr<File>> open_file(int folder, const Name& name, std::string path,
                                        Access access);
Result<std::unique_ptr<LockFile>> open_lock_file(int folder, const Name& name,
                                                 const std::string& path, bool create);
Result<std::unique_ptr<WholeLock>> try_flock(int folder, const char* name, std::string_view path);
std::unique_ptr<FolderWatch> make_watch(int folder);
Result<std::unique_ptr<FolderWatch>> new_watch();
// The descriptor of a folder of ours; -1 if another file system made it.
int number_of(Folder& folder);
Result<FsTraits> read_traits(int folder, std::string_view path);

// Who has byte `slot` of the open file `own` locked through another description, as
// LockFile::holder() says it.
std::string find_lock_holder(int own, std::uint64_t slot);
// Another process that has the file of the descriptor `own` open for writing; empty if none is
// seen.
std::string find_other_writer(int own);

}  // namespace everturn::posix

#endif  // EVERTURN_FS_POSIX_INTERNAL_H_
