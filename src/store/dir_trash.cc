// SPDX-License-Identifier: Apache-2.0
// The folder engine: deleting, bringing back, and taking records off the end.
#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/audit.h"
#include "store/dir_engine.h"
#include "store/disposable.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"

namespace everturn {

Result<TrashEntry> DirEngine::remove(std::string_view key, const WriteOptions& how) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const Locked session = TRY(look_at_existing(key, std::move(lock), /*unpacks=*/false));
  CHECK_OK(check_expected(session, how));
  const std::shared_ptr<Folder> root = context_.folder->root();
  Trash::Receipt receipt = trash_.begin(key, TrashKind::session);
  // All files that the key leads to, else the older one brings the session back.
  const std::vector<std::string> names =
      TRY(all_session_files(*root, key, context_.folder->ignores_case()));
  for (const std::string& name : names) CHECK_OK(trash_.add_file(receipt, *root, name));
  CHECK_OK(trash_.commit(receipt));
  for (const std::string& name : names) CHECK_OK(root->remove(name));
  CHECK_OK(context_.noted(root->sync()));
  return receipt.entry;
}

Result<std::vector<TrashEntry>> DirEngine::trash() {
  CHECK_OK(context_.check_process());
  return trash_.list();
}

Status DirEngine::undelete(std::string_view trash_id) {
  CHECK_OK(context_.prepare_to_write());
  const Trash::Receipt receipt = TRY(trash_.find(trash_id));
  if (receipt.entry.kind == TrashKind::session) return bring_back_session(receipt);
  return bring_back_records(receipt);
}

Status DirEngine::bring_back_session(const Trash::Receipt& receipt) {
  const std::string& key = receipt.entry.key;
  const SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::vector<std::string> taken =
      TRY(all_session_files(*root, key, context_.folder->ignores_case()));
  for (const std::string& name : taken) {
    const bool back = TRY(trash_.is_back(receipt, name, *root));
    if (back) continue;
    return {Code::conflict, "there is a session of this key again; rename or delete it first"};
  }
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    CHECK_OK(trash_.give_back(receipt, i, *root));
  }
  const Status synced = context_.noted(root->sync());
  if (synced.ok()) return trash_.drop(receipt);
  // The names that were given just now may be lost while everybody sees them. The entry is still
  // there to give them again.
  for (const std::string& name : receipt.files) {
    const bool was_back = std::find(taken.begin(), taken.end(), name) != taken.end();
    if (!was_back) static_cast<void>(root->remove(name));
  }
  return synced;
}

// Puts back what rewind took off, if nothing was written since.
Status DirEngine::bring_back_records(const Trash::Receipt& receipt) {
  const std::string& key = receipt.entry.key;
  Result<Locked> found = lock_existing(key, {});
  if (!found && found.status().code() != Code::not_found) return found.status();
  if (!found || found->version.to_string() != receipt.version_after) {
    return {Code::conflict, "the session was changed since these records were taken off"};
  }
  Locked session = *std::move(found);
  const std::unique_ptr<File> removed = TRY(trash_.open_file(receipt, 0));
  const FileInfo info = TRY(removed->info());
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(copy_bytes(*session.file, 0, session.write_end, *fresh));
  char last = '\n';
  if (session.write_end > 0) TRY(session.file->read_at(session.write_end - 1, &last, 1));
  if (last != '\n') CHECK_OK(fresh->write("\n"));
  CHECK_OK(copy_bytes(*removed, 0, info.size, *fresh));
  CHECK_OK(publish(session, *fresh, "undelete"));
  return trash_.drop(receipt);
}

Status DirEngine::purge(std::string_view trash_id, std::string_view who) {
  CHECK_OK(context_.prepare_to_write());
  const std::string key = TRY(trash_.find(trash_id)).entry.key;
  // First of all, so that a purge that fails there is done again: titles and previews are text,
  // too.
  TRY(empty_caches(context_));
  // Before anything goes: else the entry could be gone and the hashes of its seals stay.
  const SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const Trash::Receipt receipt = TRY(trash_.find(trash_id));
  CHECK_OK(trash_.drop(receipt));
  const Status told = add_purge_to_audit(receipt.entry, who);
  CHECK_OK(purge_seals(receipt));
  return told;
}

Status DirEngine::add_purge_to_audit(const TrashEntry& entry, std::string_view who) {
  if (context_.folder->kind() != FolderKind::own) return {};
  const std::shared_ptr<Folder> side = TRY(context_.folder->side());
  const std::string line =
      audit_line(context_.fs.now_ns(), "purge", who)
          .add("where", "trash/" + entry.id)
          .add("key", entry.key)
          .add("kind", entry.kind == TrashKind::session ? "session" : "records")
          .add_number("bytes", entry.bytes)
          .line();
  return context_.noted(add_audit_line(*side, line));
}

Result<Rewound> DirEngine::rewind(std::string_view key, Position position,
                                  const WriteOptions& how) {
  Locked session = TRY(lock_existing(key, how));
  position = as_now(position, session);
  if (position.offset != 0 && position.generation != session.version.generation) {
    return Status(Code::conflict, "the session was rewritten since this position; load it again");
  }
  if (position.offset > session.content_end) {
    return Status(Code::conflict, "the position lies behind the end of the session");
  }
  std::uint64_t removed = 0;
  bool on_boundary = position.offset == 0 || position.offset == session.content_end;
  const ReadReport report = TRY(read_session(view_of(key, session), {}, [&](const Record& record) {
    on_boundary = on_boundary || record.position.offset == position.offset ||
                  record.next.offset == position.offset;
    removed += record.position.offset >= position.offset ? 1 : 0;
    return true;
  }));
  static_cast<void>(report);
  if (!on_boundary) {
    return Status(Code::invalid, "the position is not between two records; take one from load");
  }
  return cut_off(key, session, position.offset, removed);
}

Result<Rewound> DirEngine::pop(std::string_view key, std::uint64_t count, const WriteOptions& how) {
  Locked session = TRY(lock_existing(key, how));
  std::uint64_t removed = 0;
  std::uint64_t offset = session.content_end;
  ReadOptions last;
  last.last = count;
  const ReadReport report =
      TRY(read_session(view_of(key, session), last, [&](const Record& record) {
        if (removed++ == 0) offset = record.position.offset;
        return true;
      }));
  static_cast<void>(report);
  return cut_off(key, session, offset, removed);
}

Result<Rewound> DirEngine::cut_off(std::string_view key, Locked& session, std::uint64_t offset,
                                   std::uint64_t removed_records) {
  Rewound result;
  result.version = session.version;
  result.removed_records = removed_records;
  if (removed_records == 0) return result;
  const std::string first_line = TRY(read_first_line(*session.file));
  const bool has_head = is_own_metadata(first_line, key, true);
  if (has_head && offset < first_line.size() + 1) offset = first_line.size() + 1;
  // The newest metadata stays, also if it stands behind the cut.
  const FoundMetadata metadata = TRY(find_metadata(*session.file, session.content_end, key));
  const std::string head = metadata.line.empty() ? "" : metadata.line + "\n";
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(fresh->write(head));
  const LineCopy kept = TRY(copy_lines(*session.file, 0, offset, key, true, *fresh));
  const Result<FileId> id = fresh->finish();
  if (!id) return context_.noted(id.status());

  Trash::Receipt receipt = trash_.begin(key, TrashKind::records);
  receipt.entry.records = removed_records;
  CHECK_OK(trash_.add_range(receipt, *session.file, offset, session.write_end, session.name));

  const std::uint64_t end = head.size() + kept.bytes;
  const std::unique_ptr<File> file =
      TRY(context_.folder->root()->open(temporary_file_name(session.name), Access::read));
  const Digest128 hash = TRY(hash_of_last_record(*file, end, context_.folder->padded_tails()));
  result.version = {generation_of(*id), end, hash.high, hash.low};
  receipt.version_after = result.version.to_string();
  CHECK_OK(trash_.commit(receipt));
  CHECK_OK(publish(session, *fresh, "rewind"));
  result.trash_id = receipt.entry.id;
  return result;
}

}  // namespace everturn
