// SPDX-License-Identifier: Apache-2.0
// The folder engine: bringing back what a backup holds. Never overwrites.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "base/utf8.h"
#include "journal/reader.h"
#include "store/backup_folder.h"
#include "store/dir_engine.h"

namespace everturn {
namespace {

Status not_as_told() {
  return {Code::damaged, "the backup's file is missing, or not what the manifest says"};
}

class RestoreRun {
 public:
  RestoreRun(DirContext& context, BackupFolder& backup, const RestoreOptions& how)
      : context_(context), backup_(backup), how_(how) {}

  Result<RestoreReport> run() {
    report_.interrupted = backup_.was_cut_off();
    if (how_.apply) CHECK_OK(context_.prepare_to_write());
    for (const auto& [place, entry] : backup_.manifest().entries) {
      if (!is_wanted(entry)) continue;
      RestoreItem item = TRY(restore(entry));
      count(item);
      if (how_.on_item && !how_.on_item(item)) break;
    }
    return report_;
  }

 private:
  [[nodiscard]] bool is_wanted(const BackupEntry& entry) const {
    if (entry.part == BackupPart::side || (entry.gone && !how_.gone)) return false;
    if (how_.only.empty()) return true;
    return entry.part == BackupPart::sessions &&
           std::find(how_.only.begin(), how_.only.end(), entry.key) != how_.only.end();
  }

  void count(const RestoreItem& item) {
    switch (item.action) {
      case RestoreAction::create:
        ++report_.created;
        report_.created_bytes += item.bytes;
        return;
      case RestoreAction::same:
        ++report_.same;
        return;
      case RestoreAction::conflict:
        ++report_.conflicts;
        return;
      case RestoreAction::damaged:
        ++report_.damaged;
        return;
    }
  }

  // The name in this store: where the folder ignores case, canonical ones become hashed ones.
  [[nodiscard]] std::string name_here(const BackupEntry& entry) const {
    const bool is_session = entry.part == BackupPart::sessions;
    if (!is_session || !check_key(entry.key).ok()) return entry.name;
    const bool hashes = context_.folder->ignores_case();
    const bool is_other_form = unpacked_name(entry.name) == session_file_name(entry.key, !hashes);
    if (!is_other_form) return entry.name;
    const std::string name = session_file_name(entry.key, hashes);
    return is_packed_file_name(entry.name) ? packed_file_name(name) : name;
  }

  Result<RestoreItem> restore(const BackupEntry& listed) {
    const std::optional<BackupEntry> found =
        TRY(backup_.find({listed.part, listed.name}, /*by_hash=*/true));
    const BackupEntry& entry = found ? *found : listed;
    RestoreItem item;
    item.key = entry.key;
    item.bytes = entry.bytes;
    const std::string name = name_here(entry);
    const bool is_session = entry.part == BackupPart::sessions;
    item.file_name = (is_session ? "" : std::string(backup_part_name(entry.part)) + "/") + name;
    if (!found) {
      item.action = RestoreAction::damaged;
      item.detail = not_as_told().message();
      return item;
    }
    SessionLock lock;
    if (how_.apply && is_session && !entry.key.empty()) {
      lock = TRY(context_.locks.acquire(lock_slot(entry.key), context_.options.lock_wait));
    }
    CHECK_OK(look_here(entry, name, item));
    if (!how_.apply || item.action != RestoreAction::create) return item;
    const Status created = create(entry, name);
    if (created.code() == Code::conflict) item.action = RestoreAction::conflict;
    if (created.code() == Code::damaged) item.action = RestoreAction::damaged;
    if (created.code() != Code::conflict && created.code() != Code::damaged) CHECK_OK(created);
    if (!created.ok()) item.detail = created.message();
    if (how_.apply && is_session && !entry.key.empty()) CHECK_OK(lock.confirm());
    return item;
  }

  Result<std::shared_ptr<Folder>> target_of(BackupPart part, bool create) {
    if (part == BackupPart::trash) return context_.folder->trash(create);
    if (part == BackupPart::quarantine) return context_.folder->quarantine(create);
    return context_.folder->root();
  }

  // What stands in the place of the entry, or for its key.
  Status look_here(const BackupEntry& entry, const std::string& name, RestoreItem& item) {
    const std::shared_ptr<Folder> folder = TRY(target_of(entry.part, false));
    if (folder == nullptr) return {};
    const Result<FileInfo> info = folder->stat(name);
    if (!info && info.status().code() != Code::not_found) return info.status();
    if (info) {
      item.action = RestoreAction::conflict;
      item.detail = "something else has this name here; it stays";
      if (info->kind != FileKind::file || info->size < entry.bytes) return {};
      const std::unique_ptr<File> file = TRY(folder->open(name, Access::read));
      // Behind it may stand padding alone, which the backup leaves out.
      const TailState tail = TRY(read_tail(*file, info->size, context_.folder->padded_tails()));
      const std::uint64_t end = tail.padding > 0 ? tail.write_at : info->size;
      const bool is_same =
          end == entry.bytes && TRY(sha256_of_file(*file, entry.bytes)) == entry.sha256;
      if (is_same) item = {item.key, item.file_name, item.bytes, RestoreAction::same, ""};
      return {};
    }
    if (entry.part != BackupPart::sessions || !check_key(entry.key).ok()) return {};
    const std::vector<std::string> others =
        TRY(all_session_files(*folder, entry.key, context_.folder->ignores_case()));
    if (others.empty()) return {};
    item.action = RestoreAction::conflict;
    item.detail = "a session of this key is here as " + printable(others.front()) + "; it stays";
    return {};
  }

  // The hash is that of the bytes that were written, not of another reading.
  Status create(const BackupEntry& entry, const std::string& name) {
    const std::shared_ptr<Folder> folder = TRY(target_of(entry.part, true));
    const std::unique_ptr<File> source =
        TRY(backup_.part(entry.part)->open(entry.name, Access::read));
    const std::unique_ptr<Replacement> fresh =
        TRY(Replacement::begin(*folder, name, temporary_file_name(name), nullptr));
    Sha256Stream hash;
    CHECK_OK(for_each_piece(*source, 0, entry.bytes, [&](std::string_view bytes) {
      hash.update(bytes);
      return fresh->write(bytes);
    }));
    if (hex(hash.digest()) != entry.sha256) return not_as_told();
    CHECK_OK(context_.noted(fresh->sync()));
    CHECK_OK(fresh->file().set_modified(entry.modified_ns));
    return context_.noted(fresh->publish(false));
  }

  DirContext& context_;
  BackupFolder& backup_;
  const RestoreOptions& how_;
  RestoreReport report_;
};

}  // namespace

std::string_view restore_action_name(RestoreAction action) {
  switch (action) {
    case RestoreAction::create:
      return "create";
    case RestoreAction::same:
      return "same";
    case RestoreAction::conflict:
      return "conflict";
    case RestoreAction::damaged:
      return "damaged";
  }
  return "unknown";
}

Result<RestoreReport> DirEngine::restore(const std::string& from, const RestoreOptions& how) {
  CHECK_OK(context_.check_process());
  const std::unique_ptr<BackupFolder> backup = TRY(BackupFolder::open(context_.fs, from));
  return RestoreRun(context_, *backup, how).run();
}

}  // namespace everturn
