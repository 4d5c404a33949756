// SPDX-License-Identifier: Apache-2.0
// The seam: everything Everturn asks of an operating system. Two implementations: posix_fs.cc, the
// only file of the project that calls the kernel, and sim_fs.cc, a disk that loses power.
//
// Names are single components (no '/', not "." or ".."), taken relative to an open Folder, so no
// name can lead out of it; symbolic links are never followed. Everything is opened close-on-exec.
// Failures carry errno in Status::system_error(); the code is `not_found` for ENOENT, `conflict`
// for EEXIST, `unavailable` for EMFILE, ENFILE, ENOMEM, EAGAIN and EINTR, `invalid` for a name that
// is not a single component or a file of the wrong kind, and `io` for everything else. Fs,
// Folder and LockFile may be used by any number of threads; a File by one at a time, but for
// read_at, sync_data and info; a FolderWatch by one.
#ifndef EVERTURN_FS_FS_H_
#define EVERTURN_FS_FS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "everturn/status.h"

namespace everturn {

enum class FileKind : std::uint8_t { file, folder, symlink, other };

// Which file this is, for as long as it exists. Birth time 0: the file system does not tell.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;
  bool operator==(const FileId&) const = default;
};

struct FileInfo {
  FileKind kind = FileKind::other;
  FileId id;
  std::uint64_t size = 0;
  std::uint32_t links = 0;  // 0: no name leads to it any more
  std::uint32_t mode = 0;   // permission bits
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::int64_t modified_ns = 0;  // since 1970, of the content
  std::int64_t changed_ns = 0;   // since 1970, of content, names or attributes
};

enum class Access : std::uint8_t {
  read,        // existing file, reading
  append,      // existing file, reading; append() adds at the end
  write,       // existing file, reading; write_at() overwrites in place
  create_new,  // new file (conflict if the name is taken), mode 0600, reading and append()
};

// An open regular file. The destructor closes; only close() reports what closing found.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes at `offset`; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) = 0;
  // One write at the end of the file (O_APPEND); may take fewer bytes than given, and says how
  // many. An interrupted call that took nothing returns 0.
  virtual Result<std::size_t> append(std::string_view bytes) = 0;
  // One write over existing bytes; may take fewer, like append().
  virtual Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // fdatasync: content and size are durable, the name need not be. A failure is final: the kernel
  // may have dropped the pages and will say ok next time, so it must never be retried.
  virtual Status sync_data() = 0;
  // Drops the cached pages that are clean, so that the next read shows what the disk has.
  virtual Status drop_cache() = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  // Takes (true) or gives back (false) a lease that only holds while nobody else has the file
  // open; others that open it then wait for us. False: somebody has it open, or not supported.
  virtual Result<bool> lease(bool take) = 0;
  // Gives this file the owner, group, mode and access control list of `model`; `io` where it may
  // not, and then nothing may be assumed of them.
  virtual Status copy_attributes(File& model) = 0;
  // Sets FileInfo::modified_ns. No promise rests on it: a power cut may bring another time back.
  virtual Status set_modified(std::int64_t modified_ns) = 0;
  virtual Result<FileInfo> info() = 0;
  // As Folder::stat_without_times().
  virtual Result<FileInfo> info_without_times() { return info(); }
  // As it was when it was opened, where that is known; else as it is.
  virtual Result<FileInfo> info_when_opened() { return info(); }
  // Another process that has this file open for writing, as far as we may look, for a message:
  // "process 4711 (node)"; empty if none is seen.
  virtual Result<std::string> other_writer() = 0;
  virtual Status close() = 0;
};

// Byte-range locks (one byte a slot) that die with the holder and exclude other LockFile objects,
// in this process or another. A forked child's copy is closed in the child.
class LockFile {
 public:
  virtual ~LockFile() = default;
  // True: we hold it now. False: somebody else does. Never waits. slot < 2^63.
  virtual Result<bool> try_lock(std::uint64_t slot) = 0;
  virtual Status unlock(std::uint64_t slot) = 0;
  // True if another LockFile holds the slot.
  virtual Result<bool> is_held(std::uint64_t slot) = 0;
  // Who holds the slot, for a message: "process 4711 (python3)", else "another process".
  virtual std::string holder(std::uint64_t slot) = 0;
  virtual Result<FileInfo> info() = 0;
};

// A whole-file flock; given back by the destructor.
class WholeLock {
 public:
  virtual ~WholeLock() = default;
};

class Folder;

// Tells that a folder's names or its files' contents may have changed.
class FolderWatch {
 public:
  virtual ~FolderWatch() = default;
  // True: something may have changed since the last call. False: `timeout_ms` passed. May return
  // true too often, never too seldom.
  virtual Result<bool> wait(std::int64_t timeout_ms) = 0;
  // Tells of `folder`, of the same Fs, too, from now on and also once that handle is closed; twice
  // is as good as once. False: it cannot be watched, because the system's limit is reached or its
  // file system tells nothing.
  virtual bool add(Folder& folder) {
    static_cast<void>(folder);
    return false;
  }
  // As wait(), and gives the names that something happened to, some more than once; an empty name:
  // it may have been any.
  virtual Result<bool> wait_for_names(std::int64_t timeout_ms,
                                      const std::function<void(std::string_view name)>& changed) {
    Result<bool> any = wait(timeout_ms);
    if (any.ok() && *any) changed({});
    return any;
  }
};

// What the file system behind a folder can and cannot do.
struct FsTraits {
  std::string
      type;  // "ext4", "xfs", "btrfs", "tmpfs", "nfs", "overlayfs", or the magic number in hex
  bool network = false;
  bool read_only = false;
  bool ignores_case = false;
  bool has_locks = true;
  bool has_birth_time = true;
  bool pads_well = false;        // overwriting in place is cheaper than appending: ext4, xfs
  std::uint64_t free_bytes = 0;  // for us, without the reserve
};

// An open folder.
class Folder {
 public:
  virtual ~Folder() = default;
  virtual Result<std::unique_ptr<File>> open(std::string_view name, Access access) = 0;
  virtual Result<std::unique_ptr<Folder>> open_folder(std::string_view name) = 0;
  // Mode 0700. conflict if the name is taken. Not durable before sync() of this folder.
  virtual Status make_folder(std::string_view name) = 0;
  // Of the name itself: a symbolic link is reported, not followed.
  virtual Result<FileInfo> stat(std::string_view name) = 0;
  // As stat(), with both times 0: for looking at a file between its writes. Since Linux 6.13 a file
  // whose times were asked for gets new ones with its next write, which then costs a journal commit
  // where an overwrite in place needs none.
  virtual Result<FileInfo> stat_without_times(std::string_view name) { return stat(name); }
  virtual Result<FileInfo> info() = 0;
  // Calls `visit` for each name but "." and ".."; stops early when it returns false.
  virtual Status list(const std::function<bool(std::string_view name, FileKind kind)>& visit) = 0;
  // As list(), with each file's inode number as the folder has it, or 0: looking at many files in
  // the order of their numbers is many times faster where the disk has to be read.
  virtual Status list_numbered(
      const std::function<bool(std::string_view name, FileKind kind, std::uint64_t inode)>& visit) {
    return list([&](std::string_view name, FileKind kind) { return visit(name, kind, 0); });
  }
  // Atomic. With `replace` false an existing target is a conflict.
  virtual Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                        bool replace) = 0;
  // A second name for a file; conflict if it is taken.
  virtual Status link(std::string_view from, Folder& to_folder, std::string_view to) = 0;
  virtual Status remove(std::string_view name) = 0;
  virtual Status remove_folder(std::string_view name) = 0;  // an empty one
  // The folder's names are durable. Like File::sync_data, a failure is final.
  virtual Status sync() = 0;
  // Opens (creates, mode 0600) a file that only ever serves for locking.
  virtual Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create) = 0;
  // flock on `name`, or on the folder itself when `name` is empty; null: somebody holds it. The
  // file is opened anew, and after locking it still is the one under its name.
  virtual Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) = 0;
  virtual Result<std::unique_ptr<FolderWatch>> watch() = 0;
  virtual Result<FsTraits> traits() = 0;
};

class Fs {
 public:
  virtual ~Fs() = default;
  // Opens a folder by path; a symbolic link is followed here and nowhere else. `create`: makes it
  // and its missing parents (0700) and makes each name on the way durable, also one that was there;
  // a folder that it made and whose name could not be made durable is removed again.
  virtual Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) = 0;
  // The path without symbolic links and dots, from the root, so that it does not depend on how a
  // folder was reached; `path` itself where nothing is there.
  virtual std::string real_path(const std::string& path) { return path; }
  // A watch of no folder yet, for FolderWatch::add(). `unavailable`: the system has none.
  virtual Result<std::unique_ptr<FolderWatch>> new_watch() {
    return Status(Code::unavailable, "changes of folders are not told here");
  }
  virtual std::int64_t now_ns() = 0;        // since 1970
  virtual std::int64_t monotonic_ns() = 0;  // since some moment; never goes back
  virtual void sleep_ns(std::int64_t duration_ns) = 0;
  virtual std::uint64_t random() = 0;  // unpredictable; a simulated disk draws it from its seed
  // Changes in a forked child: whoever remembers another value must not use its handles.
  virtual std::uint64_t process_token() = 0;
};

// The operating system itself. One object for the whole process; never destroyed.
Fs& posix_fs();

}  // namespace everturn

#endif  // EVERTURN_FS_FS_H_
