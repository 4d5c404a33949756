// SPDX-License-Identifier: Apache-2.0
// The folder engine: listing, following, housekeeping, and what this folder can promise.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/parallel.h"
#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/engine_watch.h"
#include "store/packed_file.h"

namespace everturn {
namespace {

constexpr std::size_t kNamesAThread = 4096;
constexpr std::size_t kThreads = 2;
constexpr std::int64_t kLeftoverAgeNs = 600'000'000'000;  // ten minutes

std::string kind_name(FolderKind kind) {
  switch (kind) {
    case FolderKind::missing:
      return "new";
    case FolderKind::own:
      return "own";
    case FolderKind::shared:
      return "shared with nanobot";
    case FolderKind::foreign:
      return "of another agent";
  }
  return "unknown";
}

void add_warnings(const FsTraits& traits, FolderKind kind, StoreInfo& info) {
  const auto warn = [&](std::string text) { info.warnings.push_back(std::move(text)); };
  if (traits.network) {
    warn("a network file system (" + traits.type +
         "): a server that crashes can lose acknowledged records, and locks between machines are "
         "not relied upon; use a local disk, or one machine only");
  }
  if (traits.read_only) warn("the file system is read-only: nothing can be written");
  if (!traits.has_locks) {
    warn("no byte-range locks: two processes must not write at the same time");
  }
  if (traits.type == "tmpfs" || traits.type == "ramfs") {
    warn("the file system lives in memory: nothing survives a restart of the machine");
  }
  if (traits.ignores_case) {
    warn("the folder ignores case: file names are hashed and do not show their key");
  }
  if (!traits.has_birth_time) {
    warn("no birth times: a position from before a rewrite may rarely go unnoticed");
  }
  constexpr std::uint64_t kLowSpace = 64ULL << 20;
  if (traits.free_bytes < kLowSpace && !traits.read_only) {
    warn("only " + std::to_string(traits.free_bytes >> 10) +
         " KiB are free: appends will soon fail, reading goes on");
  }
  // Limits that only warn: nothing of this is ever deleted by itself.
  constexpr std::uint64_t kMuch = 1ULL << 30;
  if (info.trash_bytes > kMuch) {
    warn("the trash holds " + std::to_string(info.trash_bytes >> 20) +
         " MiB; everturn purge makes room");
  }
  if (info.quarantine_bytes > kMuch) {
    warn("the quarantine holds " + std::to_string(info.quarantine_bytes >> 20) +
         " MiB of what repairs took out; remove the files of receipts that need no undo");
  }
  if (kind == FolderKind::foreign) {
    warn("the folder belongs to another agent: opened read-only");
  }
}

// Of all files in it, and below.
std::uint64_t bytes_in(Folder& folder) {
  std::uint64_t bytes = 0;
  std::vector<std::string> folders;
  // What cannot be listed or goes meanwhile does not count.
  static_cast<void>(folder.list([&](std::string_view name, FileKind kind) {
    if (kind == FileKind::folder) folders.emplace_back(name);
    const Result<FileInfo> info = folder.stat(name);
    if (kind == FileKind::file && info) bytes += info->size;
    return true;
  }));
  for (const std::string& name : folders) {
    const Result<std::unique_ptr<Folder>> below = folder.open_folder(name);
    if (below) bytes += bytes_in(**below);
  }
  return bytes;
}

void count_leftovers(Folder* folder, StoreInfo& info) {
  if (folder == nullptr) return;
  static_cast<void>(folder->list([&](std::string_view name, FileKind kind) {
    if (kind != FileKind::file || !is_temporary_file_name(name)) return true;
    const Result<FileInfo> file = folder->stat(name);
    ++info.leftovers;
    info.leftover_bytes += file ? file->size : 0;
    return true;
  }));
}

}  // namespace

Result<std::vector<SessionInfo>> DirEngine::list(const ListOptions& how) {
  CHECK_OK(context_.check_process());
  std::vector<SessionInfo> sessions;
  const std::shared_ptr<Folder> root = context_.folder->root();
  if (root == nullptr) return sessions;
  if (how.names_only && !how.check) {
    const ListedNames listed = TRY(list_names(true));
    sessions.resize(listed.size());
    in_threads(listed.size(), kNamesAThread, kThreads, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) listed.set_info(i, {}, sessions[i]);
    });
    return sessions;
  }
  const SessionNames names = TRY(session_names(*root));
  std::unordered_map<std::string, std::size_t> by_key;
  for (const SessionName& name : names) {
    Result<SessionInfo> info = describe(name, how);
    if (!info) {
      if (info.status().code() == Code::not_found) continue;  // deleted meanwhile
      SessionInfo unreadable;
      unreadable.key = key_of_file(name.text, {}).key;
      unreadable.file_name = name.text;
      unreadable.note = "cannot be read: " + info.status().message();
      info = std::move(unreadable);
    }
    sessions.push_back(*std::move(info));
  }
  std::sort(sessions.begin(), sessions.end(), [](const SessionInfo& a, const SessionInfo& b) {
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns
                                          : a.file_name < b.file_name;
  });
  for (SessionInfo& info : sessions) {
    const auto [other, is_new] = by_key.emplace(info.key, 0);
    if (!is_new) info.note = "a second file of this key";
  }
  return sessions;
}

Result<std::unique_ptr<Watch>> DirEngine::watch(std::string_view key, Position from) {
  const std::shared_ptr<Folder> root = TRY(context_.readable_root());
  std::unique_ptr<FolderWatch> changes = TRY(root->watch());  // before the first look
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  return make_watch(*this, context_.fs, std::string(key), from, std::move(changes));
}

// Temporary files of rewrites that were killed. Of a session: under its lock. Others: when they are
// old enough that nobody can be writing them.
Status DirEngine::sweep_leftovers(Folder& folder, bool of_sessions) {
  std::vector<std::string> sessions;
  std::vector<std::string> leftovers;
  CHECK_OK(folder.list([&](std::string_view name, FileKind kind) {
    if (kind != FileKind::file) return true;
    const bool is_session = of_sessions && is_session_file_name(unpacked_name(name));
    if (is_session) sessions.emplace_back(name);
    if (is_temporary_file_name(name)) leftovers.emplace_back(name);
    return true;
  }));
  if (leftovers.empty()) return {};
  for (const std::string& name : sessions) {
    const std::string temporary = temporary_file_name(unpacked_name(name));
    const auto leftover = std::find(leftovers.begin(), leftovers.end(), temporary);
    if (leftover == leftovers.end()) continue;
    const std::unique_ptr<File> file = TRY(open_session_content(folder, name));
    const FileInfo info = TRY(file->info());
    const std::string key = TRY(find_key_of_file(*file, name, info.size)).key;
    const SessionLock lock =
        TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
    const Status removed = folder.remove(temporary);
    if (!removed.ok() && removed.code() != Code::not_found) return removed;
    leftovers.erase(leftover);
  }
  for (const std::string& name : leftovers) {
    const Result<FileInfo> info = folder.stat(name);
    if (!info || context_.fs.now_ns() - info->modified_ns < kLeftoverAgeNs) continue;
    const Status removed = folder.remove(name);
    if (!removed.ok() && removed.code() != Code::not_found) return removed;
  }
  return context_.noted(folder.sync());
}

Status DirEngine::sweep() {
  CHECK_OK(context_.prepare_to_write());
  CHECK_OK(sweep_leftovers(*context_.folder->root(), true));
  CHECK_OK(sweep_seals());
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
  if (trash != nullptr) CHECK_OK(sweep_leftovers(*trash, false));
  const std::shared_ptr<Folder> quarantine = TRY(context_.folder->quarantine(false));
  return quarantine == nullptr ? Status() : sweep_leftovers(*quarantine, false);
}

Result<StoreInfo> DirEngine::info() {
  CHECK_OK(context_.check_process());
  StoreInfo info;
  info.url = "dir:" + context_.folder->path();
  info.engine = "dir";
  const std::shared_ptr<Folder> root = context_.folder->root();
  info.folder = kind_name(context_.folder->kind());
  if (root == nullptr) {
    info.warnings.emplace_back("the folder does not exist yet; the first write creates it");
  }
  const FsTraits traits = TRY(context_.folder->traits());
  info.file_system = traits.type;
  info.read_only =
      traits.read_only || context_.options.read_only ||
      (context_.folder->kind() == FolderKind::foreign && !context_.options.write_foreign);
  info.network = traits.network;
  info.ignores_case = traits.ignores_case;
  info.has_locks = traits.has_locks;
  info.has_birth_time = traits.has_birth_time;
  info.pads_well = traits.pads_well;
  info.free_bytes = traits.free_bytes;
  if (root != nullptr) {
    const SessionNames names = TRY(session_names(*root));
    info.sessions = names.size();
    for (const SessionName& name : names) {
      const Result<FileInfo> file = root->stat(name.text);
      const std::uint64_t bytes = file ? file->size : 0;
      info.session_bytes += bytes;
      if (!is_packed_file_name(name.text)) continue;
      ++info.packed_sessions;
      info.packed_bytes += bytes;
    }
  }
  const std::vector<TrashEntry> removed = TRY(trash());
  info.trash_entries = removed.size();
  for (const TrashEntry& entry : removed) info.trash_bytes += entry.bytes;
  const std::vector<RepairReceipt> repairs = TRY(receipts());
  info.quarantine_entries = repairs.size();
  info.quarantine_bytes = TRY(quarantine_.size());
  const Result<CachePlace> cache = cache_place(false);
  if (cache && cache->folder != nullptr) info.cache_bytes = bytes_in(*cache->folder);
  count_leftovers(root.get(), info);
  count_leftovers(TRY(context_.folder->trash(false)).get(), info);
  count_leftovers(TRY(context_.folder->quarantine(false)).get(), info);
  add_warnings(traits, context_.folder->kind(), info);
  return info;
}

}  // namespace everturn
