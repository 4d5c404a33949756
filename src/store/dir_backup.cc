// SPDX-License-Identifier: Apache-2.0
// The folder engine: a copy of the whole store while others write.
//
// No lock is held while files are copied. What was acknowledged stands before a file's settled end,
// and nothing of it changes; a rewrite makes a new file, and the one that we have open stays as it
// was. A session that is renamed, deleted or brought back meanwhile goes from one name to another,
// of which at least one is there at any moment: so the folders are listed again and again, until a
// listing shows no name that was not copied, and none that it listed was gone when it was opened.
#include <optional>
#include <set>
#include <utility>

#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "journal/reader.h"
#include "store/audit.h"
#include "store/backup_folder.h"
#include "store/dir_engine.h"
#include "store/packed_file.h"

namespace everturn {
namespace {

// Where names come faster than they are copied: enough that no session can have moved in each one.
constexpr int kPassesMax = 16;

using Place = std::pair<BackupPart, std::string>;

std::string stamp_of(const FileInfo& info, std::uint64_t end) {
  return std::to_string(info.id.inode) + "." + std::to_string(info.id.birth_ns) + "." +
         std::to_string(info.modified_ns) + "." + std::to_string(info.changed_ns) + "." +
         std::to_string(end);
}

Status stopped() {
  return {Code::unavailable, "stopped; run the backup again, it goes on from there"};
}

class BackupRun {
 public:
  using Settle = std::function<Result<std::uint64_t>(File&, std::uint64_t slot)>;
  BackupRun(DirContext& context, BackupFolder& target, const BackupOptions& how, Settle settle)
      : context_(context), target_(target), how_(how), settle_(std::move(settle)) {}

  Result<BackupReport> run() {
    manifest_.store = target_.manifest().store;
    manifest_.begun = iso_utc_time(context_.fs.now_ns());
    report_.continued = target_.was_cut_off();
    CHECK_OK(target_.begin());
    bool is_whole = false;
    for (int pass = 0; !is_whole; ++pass) {
      if (pass == kPassesMax && vanished_) {
        return Status(Code::unavailable,
                      "sessions are renamed and deleted faster than they are copied; try again");
      }
      if (pass == kPassesMax) break;
      vanished_ = false;
      const std::uint64_t fresh = TRY(copy_what_is_listed());
      is_whole = pass > 0 && fresh == 0 && !vanished_;
    }
    CHECK_OK(keep_what_is_gone());
    manifest_.finished = iso_utc_time(context_.fs.now_ns());
    CHECK_OK(target_.finish(manifest_, how_.mirror));
    return std::move(report_);
  }

 private:
  Result<std::shared_ptr<Folder>> source_of(BackupPart part) {
    switch (part) {
      case BackupPart::sessions:
        return context_.folder->root();
      case BackupPart::trash:
        return context_.folder->trash(false);
      case BackupPart::quarantine:
        return context_.folder->quarantine(false);
      case BackupPart::side:
        break;
    }
    if (context_.folder->kind() != FolderKind::own) return std::shared_ptr<Folder>();
    return context_.folder->side();
  }

  static bool belongs(BackupPart part, std::string_view name) {
    switch (part) {
      case BackupPart::sessions:
        return is_session_file_name(unpacked_name(name));
      case BackupPart::side:
        return name == kFormatFile || name == kAuditFile;
      case BackupPart::trash:
      case BackupPart::quarantine:
        break;
    }
    return !name.ends_with(".tmp");
  }

  // How many names it showed that were not copied before.
  Result<std::uint64_t> copy_what_is_listed() {
    std::vector<Place> places;
    for (std::size_t i = 0; i < kBackupParts; ++i) {
      const auto part = static_cast<BackupPart>(i);
      const std::shared_ptr<Folder> folder = TRY(source_of(part));
      if (folder == nullptr) continue;
      CHECK_OK(folder->list([&](std::string_view name, FileKind kind) {
        Place place(part, name);
        const bool is_new = kind == FileKind::file && belongs(part, name) && !done_.contains(place);
        if (is_new) places.push_back(std::move(place));
        return true;
      }));
    }
    for (const Place& place : places) {
      if (how_.go_on && !how_.go_on(report_)) {
        CHECK_OK(target_.pause());
        return stopped();
      }
      const Status copied = copy(place);
      if (copied.code() == Code::not_found) {
        vanished_ = true;
        continue;
      }
      done_.insert(place);
      // What failed is the copy, not the file: then it would fail again and again.
      if (!copied.ok() && !source_failed_) return copied;
      if (!copied.ok()) add_problem(place, copied);
    }
    return places.size();
  }

  void add_problem(const Place& place, const Status& status) {
    constexpr std::size_t kTold = 1000;
    if (report_.problems.size() < kTold) {
      report_.problems.push_back(printable(place.second) + ": " + status.message());
    }
    const Result<std::optional<BackupEntry>> known = target_.find(place, target_.was_cut_off());
    if (known && *known) count(**known);
  }

  void count(const BackupEntry& entry) {
    ++report_.files;
    report_.bytes += entry.bytes;
    report_.sessions += entry.part == BackupPart::sessions ? 1 : 0;
    manifest_.entries.insert_or_assign({entry.part, entry.name}, entry);
  }

  Status copy(const Place& place) {
    source_failed_ = true;
    const std::shared_ptr<Folder> folder = TRY(source_of(place.first));
    if (folder == nullptr) return {Code::not_found, "the folder is gone"};
    const std::unique_ptr<File> file = TRY(folder->open(place.second, Access::read));
    BackupEntry entry = TRY(describe(place, *file));
    source_failed_ = false;
    const std::optional<BackupEntry> known =
        TRY(target_.find(place, how_.verify || target_.was_cut_off()));
    if (known && known->stamp == entry.stamp && !target_.names_may_be_lost()) {
      entry.sha256 = known->sha256;
      ++report_.kept_files;
      count(entry);
      return {};
    }
    Status taken = target_.take(entry, *file);
    if (!taken.ok()) {
      // Whose fault it is tells another reading.
      source_failed_ = !sha256_of_file(*file, entry.bytes).ok();
      return taken;
    }
    ++report_.copied_files;
    report_.copied_bytes += entry.bytes;
    count(entry);
    return {};
  }

  // What of the file is to be copied, without its hash.
  Result<BackupEntry> describe(const Place& place, File& file) {
    BackupEntry entry;
    entry.part = place.first;
    entry.name = place.second;
    const FileInfo info = TRY(file.info());
    entry.bytes = info.size;
    entry.modified_ns = info.modified_ns;
    if (entry.part == BackupPart::sessions) CHECK_OK(describe_session(entry, file, info));
    entry.stamp = stamp_of(info, entry.bytes);
    return entry;
  }

  Status describe_session(BackupEntry& entry, File& file, const FileInfo& info) {
    if (is_packed_file_name(entry.name)) return describe_packed(entry);
    const bool padded = context_.folder->padded_tails();
    entry.key = TRY(find_key_of_file(file, entry.name, info.size)).key;
    TailState tail = TRY(read_tail(file, info.size, padded));
    // A writer may be at the end just now; the lock tells what of it is settled.
    const bool is_settled = tail.padding == 0 && !tail.needs_guard;
    if (!is_settled && context_.folder->kind() == FolderKind::own) {
      entry.bytes = TRY(settle_(file, lock_slot(entry.key)));
      tail = TRY(read_tail(file, entry.bytes, padded));
    }
    const Digest128 hash = TRY(hash_of_last_record(file, tail.content_end, padded));
    entry.version =
        Version{generation_of(info.id), tail.content_end, hash.high, hash.low}.to_string();
    return {};
  }

  // Written once, whole: there is no end that moves.
  Status describe_packed(BackupEntry& entry) {
    const std::shared_ptr<Folder> root = context_.folder->root();
    const std::unique_ptr<File> content = TRY(open_session_content(*root, entry.name));
    const FileInfo info = TRY(content->info());
    entry.key = TRY(find_key_of_file(*content, entry.name, info.size)).key;
    return {};
  }

  // What was copied under a name that is gone by now, and what an earlier backup had.
  Status keep_what_is_gone() {
    for (auto& [place, entry] : manifest_.entries) {
      const std::shared_ptr<Folder> folder = TRY(source_of(place.first));
      const bool there = folder != nullptr && folder->stat(place.second).ok();
      if (there) continue;
      entry.gone = true;
      --report_.files;
      report_.bytes -= entry.bytes;
      report_.sessions -= place.first == BackupPart::sessions ? 1 : 0;
    }
    for (const auto& [place, earlier] : target_.manifest().entries) {
      if (manifest_.entries.contains(place)) continue;
      std::optional<BackupEntry> known = TRY(target_.find(place, target_.was_cut_off()));
      if (!known) continue;
      if (target_.names_may_be_lost()) {
        const std::unique_ptr<File> file =
            TRY(target_.part(place.first)->open(place.second, Access::read));
        CHECK_OK(target_.take(*known, *file));
      }
      known->gone = true;
      manifest_.entries.insert_or_assign(place, *std::move(known));
    }
    if (how_.mirror) std::erase_if(manifest_.entries, [](const auto& e) { return e.second.gone; });
    for (const auto& [place, entry] : manifest_.entries) report_.gone_files += entry.gone ? 1 : 0;
    return {};
  }

  DirContext& context_;
  BackupFolder& target_;
  const BackupOptions& how_;
  const Settle settle_;
  BackupManifest manifest_;
  BackupReport report_;
  std::set<Place> done_;
  bool vanished_ = false;       // a name that was listed led to nothing
  bool source_failed_ = false;  // the last copy failed for what it read
};

bool lies_in(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder.ends_with('/') ? folder : folder + "/");
}

}  // namespace

Result<BackupReport> DirEngine::backup(const std::string& to, const BackupOptions& how) {
  CHECK_OK(context_.check_process());
  if (context_.folder->root() == nullptr) {
    return Status(Code::not_found, "there is no store at " + printable(context_.folder->path()));
  }
  const std::string store = context_.fs.real_path(context_.folder->path());
  if (to.empty() || lies_in(absolute_path(context_.fs, to), store)) {
    return Status(Code::invalid, "a backup needs a folder of its own, outside the store");
  }
  const std::unique_ptr<BackupFolder> target =
      TRY(BackupFolder::open_to_fill(context_.fs, to, store));
  const FsTraits traits = TRY(target->part(BackupPart::sessions)->traits());
  if (traits.ignores_case && !context_.folder->ignores_case()) {
    return Status(Code::invalid, printable(to) +
                                     " lies on a file system that ignores case, where names of "
                                     "two sessions may be the same; choose another one");
  }
  BackupRun run(context_, *target, how,
                [this](File& file, std::uint64_t slot) { return settled_size(file, slot); });
  return run.run();
}

}  // namespace everturn
