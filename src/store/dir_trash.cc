// SPDX-License-Identifier: Apache-2.0
// The folder engine: the trash. An entry ID is ID.json, the receipt, and ID.0, ID.1, ...: the files
// as they were. A file comes into the trash as a second name, and only when that name and the receipt
// are durable, the first name goes: at no moment a power cut finds neither. An entry whose file still
// stands under its first name was never completed and counts for nothing.
#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::string_view kReceiptEnding = ".json";
constexpr std::string_view kSchema = "everturn.trash/1";

std::string data_name(const std::string& id, std::size_t i) { return id + "." + std::to_string(i); }

bool is_trash_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdefTZ-") == std::string_view::npos;
}

Status no_such_entry(std::string_view id) {
  return {Code::not_found, "there is no trash entry " + std::string(id.substr(0, 64)) +
                               " (everturn trash lists them)"};
}

std::string text_of(std::string_view json, std::string_view name) {
  const auto raw = find_member(json, name);
  return raw ? decode_json_string(*raw).value_or("") : "";
}

std::int64_t number_of(std::string_view json, std::string_view name) {
  const auto raw = find_member(json, name);
  return raw ? decode_json_integer(*raw).value_or(0) : 0;
}

// A second name where the file system has them and both folders lie on it, else a copy.
Status link_or_copy(Folder& from_folder, const std::string& from, Folder& to_folder,
                    const std::string& to) {
  const Status linked = from_folder.link(from, to_folder, to);
  if (linked.ok() || linked.code() != Code::io) return linked;
  const std::unique_ptr<File> file = TRY(from_folder.open(from, Access::read));
  const FileInfo info = TRY(file->info());
  const std::unique_ptr<Replacement> copy =
      TRY(Replacement::begin(to_folder, to, temporary_file_name(to), file.get()));
  CHECK_OK(copy_bytes(*file, 0, info.size, *copy));
  return copy->publish(false);
}

Status remove_if_there(Folder& folder, const std::string& name) {
  const Status removed = folder.remove(name);
  return removed.code() == Code::not_found ? Status() : removed;
}

}  // namespace

std::string DirEngine::new_trash_id() {
  std::string time = iso_utc_time(context_.fs.now_ns());
  std::erase(time, ':');
  std::erase(time, '-');
  const std::uint64_t random = context_.fs.random();
  return time + "-" + hex(Digest128{0, random}).substr(16);
}

Status DirEngine::write_receipt(Folder& trash, const Receipt& receipt) {
  const TrashEntry& entry = receipt.entry;
  std::string text = "{\"schema\":" + quote_json(kSchema) + ",\"id\":" + quote_json(entry.id) +
                     ",\"kind\":" +
                     (entry.kind == TrashKind::session ? "\"session\"" : "\"records\"") +
                     ",\"key\":" + quote_json(entry.key) +
                     ",\"removed_ns\":" + std::to_string(entry.removed_ns) +
                     ",\"bytes\":" + std::to_string(entry.bytes) +
                     ",\"records\":" + std::to_string(entry.records) +
                     ",\"version_after\":" + quote_json(receipt.version_after) +
                     ",\"file_count\":" + std::to_string(receipt.files.size());
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    text += ",\"file_" + std::to_string(i) + "\":" + quote_json(receipt.files[i]);
  }
  text += "}\n";
  const std::string name = entry.id + std::string(kReceiptEnding);
  const std::unique_ptr<Replacement> file =
      TRY(Replacement::begin(trash, name, temporary_file_name(name), nullptr));
  CHECK_OK(file->write(text));
  return file->publish(false);
}

Result<DirEngine::Receipt> DirEngine::read_receipt(Folder& trash, std::string_view id) {
  if (!is_trash_id(id)) return no_such_entry(id);
  const Result<std::unique_ptr<File>> file =
      trash.open(std::string(id) + std::string(kReceiptEnding), Access::read);
  if (!file) {
    return file.status().code() == Code::not_found ? no_such_entry(id) : file.status();
  }
  const std::string text = TRY(read_first_line(**file));
  JsonFault fault;
  if (!is_json_object_by_grammar(text, &fault) || text_of(text, "schema") != kSchema) {
    return Status(Code::damaged, "the receipt of trash entry " + std::string(id) +
                                     " is not readable; its files lie beside it, untouched");
  }
  Receipt receipt;
  receipt.entry.id = id;
  receipt.entry.key = text_of(text, "key");
  receipt.entry.kind =
      text_of(text, "kind") == "records" ? TrashKind::records : TrashKind::session;
  receipt.entry.bytes = static_cast<std::uint64_t>(number_of(text, "bytes"));
  receipt.entry.records = static_cast<std::uint64_t>(number_of(text, "records"));
  receipt.entry.removed_ns = number_of(text, "removed_ns");
  receipt.version_after = text_of(text, "version_after");
  const std::int64_t count = std::min<std::int64_t>(number_of(text, "file_count"), 8);
  for (std::int64_t i = 0; i < count; ++i) {
    receipt.files.push_back(text_of(text, "file_" + std::to_string(i)));
  }
  return receipt;
}

// False for an entry that was begun and never completed: its file is still the session's.
Result<bool> DirEngine::is_in_force(Folder& trash, const Receipt& receipt) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    const Result<FileInfo> kept = trash.stat(data_name(receipt.entry.id, i));
    if (!kept) {
      if (kept.status().code() == Code::not_found) return false;
      return kept.status();
    }
    if (receipt.entry.kind == TrashKind::records) continue;
    const Result<FileInfo> live = root->stat(receipt.files[i]);
    if (live && live->id == kept->id) return false;
  }
  return true;
}

Result<TrashEntry> DirEngine::remove(std::string_view key, const WriteOptions& how) {
  const Locked session = TRY(lock_existing(key, how));
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(true));
  Receipt receipt;
  receipt.entry = {new_trash_id(), std::string(key), TrashKind::session, 0, 0,
                   context_.fs.now_ns()};
  // All files that the key leads to, else the older one brings the session back.
  receipt.files = TRY(all_session_files(*root, key, context_.folder->ignores_case()));
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    const std::unique_ptr<File> file = TRY(root->open(receipt.files[i], Access::read));
    // What lies in the trash is durable; so must be what it was made of.
    CHECK_OK(file->sync_data());
    const FileInfo info = TRY(file->info());
    receipt.entry.bytes += info.size;
    CHECK_OK(link_or_copy(*root, receipt.files[i], *trash, data_name(receipt.entry.id, i)));
  }
  CHECK_OK(write_receipt(*trash, receipt));
  for (const std::string& name : receipt.files) CHECK_OK(root->remove(name));
  const Status synced = root->sync();
  if (!synced.ok()) {
    context_.note_failure(synced);
    return synced;
  }
  return receipt.entry;
}

// Keeps a copy of a session's file that is about to be replaced.
Status DirEngine::keep_in_trash(std::string_view key, const Locked& session) {
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(true));
  Receipt receipt;
  receipt.entry = {new_trash_id(), std::string(key), TrashKind::session, session.info.size, 0,
                   context_.fs.now_ns()};
  receipt.files = {session.name};
  CHECK_OK(session.file->sync_data());
  CHECK_OK(link_or_copy(*context_.folder->root(), session.name, *trash,
                        data_name(receipt.entry.id, 0)));
  return write_receipt(*trash, receipt);
}

Result<std::vector<TrashEntry>> DirEngine::trash() {
  std::vector<TrashEntry> entries;
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
  if (trash == nullptr) return entries;
  std::vector<std::string> ids;
  CHECK_OK(trash->list([&](std::string_view name, FileKind) {
    if (name.ends_with(kReceiptEnding)) {
      ids.emplace_back(name.substr(0, name.size() - kReceiptEnding.size()));
    }
    return true;
  }));
  for (const std::string& id : ids) {
    const Result<Receipt> receipt = read_receipt(*trash, id);
    if (!receipt) {
      // Shown, so that a person can look; undelete and purge say what is wrong.
      if (receipt.status().code() == Code::damaged) entries.push_back({id, "", {}, 0, 0, 0});
      continue;
    }
    const bool in_force = TRY(is_in_force(*trash, *receipt));
    if (in_force) entries.push_back(receipt->entry);
  }
  std::sort(entries.begin(), entries.end(), [](const TrashEntry& a, const TrashEntry& b) {
    return a.removed_ns != b.removed_ns ? a.removed_ns > b.removed_ns : a.id > b.id;
  });
  return entries;
}

Status DirEngine::undelete(std::string_view trash_id) {
  CHECK_OK(context_.prepare_to_write());
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
  if (trash == nullptr) return no_such_entry(trash_id);
  const Receipt receipt = TRY(read_receipt(*trash, trash_id));
  const bool in_force = TRY(is_in_force(*trash, receipt));
  if (!in_force) return no_such_entry(trash_id);
  if (receipt.entry.kind == TrashKind::session) return bring_back_session(*trash, receipt);
  return bring_back_records(*trash, receipt);
}

Status DirEngine::bring_back_session(Folder& trash, const Receipt& receipt) {
  const std::string& key = receipt.entry.key;
  const SessionLock lock =
      TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::vector<std::string> taken =
      TRY(all_session_files(*root, key, context_.folder->ignores_case()));
  if (!taken.empty()) {
    return {Code::conflict, "there is a session of this key again; rename or delete it first"};
  }
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    if (!is_session_file_name(receipt.files[i])) {
      return {Code::damaged, "the receipt names a file that is no session file"};
    }
    CHECK_OK(link_or_copy(trash, data_name(receipt.entry.id, i), *root, receipt.files[i]));
  }
  const Status synced = root->sync();
  if (!synced.ok()) {
    context_.note_failure(synced);
    return synced;
  }
  return drop_from_trash(trash, receipt);
}

Status DirEngine::drop_from_trash(Folder& trash, const Receipt& receipt) {
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    CHECK_OK(remove_if_there(trash, data_name(receipt.entry.id, i)));
  }
  CHECK_OK(remove_if_there(trash, receipt.entry.id + std::string(kReceiptEnding)));
  return trash.sync();
}

Status DirEngine::purge(std::string_view trash_id) {
  CHECK_OK(context_.prepare_to_write());
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
  if (trash == nullptr) return no_such_entry(trash_id);
  const Receipt receipt = TRY(read_receipt(*trash, trash_id));
  return drop_from_trash(*trash, receipt);
}

// Puts back what rewind took off, if nothing was written since.
Status DirEngine::bring_back_records(Folder& trash, const Receipt& receipt) {
  const std::string& key = receipt.entry.key;
  Result<Locked> found = lock_existing(key, {});
  if (!found && found.status().code() != Code::not_found) return found.status();
  if (!found || found->version.to_string() != receipt.version_after) {
    return {Code::conflict, "the session was changed since these records were taken off"};
  }
  Locked session = *std::move(found);
  const std::unique_ptr<File> removed =
      TRY(trash.open(data_name(receipt.entry.id, 0), Access::read));
  const FileInfo info = TRY(removed->info());
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(copy_bytes(*session.file, 0, session.content_end, *fresh));
  CHECK_OK(copy_bytes(*removed, 0, info.size, *fresh));
  CHECK_OK(publish(session, *fresh));
  return drop_from_trash(trash, receipt);
}

Result<Rewound> DirEngine::rewind(std::string_view key, Position position,
                                  const WriteOptions& how) {
  Locked session = TRY(lock_existing(key, how));
  if (position.offset != 0 && position.generation != session.version.generation) {
    return Status(Code::conflict, "the session was rewritten since this position; load it again");
  }
  if (position.offset > session.content_end) {
    return Status(Code::conflict, "the position lies behind the end of the session");
  }
  std::uint64_t removed = 0;
  bool on_boundary = position.offset == 0 || position.offset == session.content_end;
  const ReadReport report =
      TRY(read_session(view_of(key, session), {}, [&](const Record& record) {
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
  const FileId id = TRY(fresh->finish());

  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(true));
  Receipt receipt;
  receipt.entry = {new_trash_id(), std::string(key), TrashKind::records,
                   session.write_end - offset, removed_records, context_.fs.now_ns()};
  receipt.files = {session.name};
  const std::string data = data_name(receipt.entry.id, 0);
  const std::unique_ptr<Replacement> removed =
      TRY(Replacement::begin(*trash, data, temporary_file_name(data), nullptr));
  CHECK_OK(copy_bytes(*session.file, offset, session.write_end, *removed));
  CHECK_OK(removed->publish(false));

  const std::uint64_t end = head.size() + kept.bytes;
  const std::unique_ptr<File> file =
      TRY(context_.folder->root()->open(temporary_file_name(session.name), Access::read));
  const Digest128 hash = TRY(hash_of_last_record(*file, end));
  result.version = {generation_of(id), end, hash.high, hash.low};
  receipt.version_after = result.version.to_string();
  CHECK_OK(write_receipt(*trash, receipt));
  CHECK_OK(publish(session, *fresh));
  result.trash_id = receipt.entry.id;
  return result;
}

}  // namespace everturn
