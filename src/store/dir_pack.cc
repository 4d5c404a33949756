// SPDX-License-Identifier: Apache-2.0
// The folder engine: compressing sessions that are rarely written, and back.
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "base/utf8.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/packed_file.h"
#include "store/unpack.h"

namespace everturn {
namespace {

// Whether packed[0, size) is what file[0, size) is.
Result<bool> is_beginning_of(File& packed, std::uint64_t size, File& file) {
  std::uint64_t at = 0;
  bool is_equal = true;
  std::string other;
  CHECK_OK(for_each_piece(packed, 0, size, [&](std::string_view bytes) {
    other.resize(bytes.size());
    other.resize(TRY(file.read_at(at, other.data(), other.size())));
    is_equal = is_equal && other == bytes;
    at += bytes.size();
    return Status();
  }));
  return is_equal;
}

Status changed_meanwhile() {
  return {Code::conflict, "another program wrote to the session while it was packed; try again"};
}

}  // namespace

// Only where everybody who reads and writes the folder knows of packed sessions.
Status DirEngine::check_packing() {
  CHECK_OK(context_.prepare_to_write());
  const bool nanobot =
      context_.folder->kind() == FolderKind::shared || TRY(context_.locks.nanobot_is_here());
  if (nanobot) {
    return {Code::invalid,
            "nanobot uses this folder too, and would not see a packed session; packing needs a "
            "folder of everturn's own"};
  }
  if (context_.folder->kind() == FolderKind::own) return {};
  return {Code::invalid,
          "this folder belongs to another agent, which would not see a packed session"};
}

// A plain and a packed file of one name: the plain one counts. The other one goes if it holds
// nothing that the plain one does not, else into the trash.
Status DirEngine::settle_twin(std::string_view key, const std::string& name, std::string* note) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::string packed_name = packed_file_name(name);
  if (packed_name.empty() || !root->stat(packed_name).ok()) return {};
  bool is_older = false;
  const std::unique_ptr<File> file = TRY(root->open(name, Access::read));
  Result<std::unique_ptr<PackedFile>> packed = PackedFile::open(*root, packed_name);
  if (packed) is_older = TRY(is_beginning_of(**packed, (*packed)->size(), *file));
  is_older = is_older && (*packed)->check().ok();
  if (is_older) {
    CHECK_OK(context_.sync_data(*file));
    CHECK_OK(context_.noted(root->sync()));
  } else {
    Trash::Receipt receipt = trash_.begin(key, TrashKind::session);
    CHECK_OK(trash_.add_file(receipt, *root, packed_name));
    CHECK_OK(trash_.commit(receipt));
    if (note != nullptr) *note = "a packed file with other content beside it is in the trash now";
  }
  CHECK_OK(root->remove(packed_name));
  return context_.noted(root->sync());
}

// The packed file on the disk holds what the session's file does.
Status DirEngine::read_back(const std::string& temporary, const Locked& session) {
  const std::unique_ptr<PackedFile> packed = TRY(PackedFile::open(*session.root, temporary));
  const bool is_equal = TRY(is_beginning_of(*packed, packed->size(), *session.file));
  if (is_equal && packed->size() == session.write_end && packed->check().ok()) return {};
  return {Code::io, "what was packed reads back differently; the session is as it was"};
}

Result<Packed> DirEngine::pack(std::string_view key) {
  CHECK_OK(check_packing());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  Packed result;
  if (!found.packed) CHECK_OK(settle_twin(key, found.name, &result.note));
  Locked session = TRY(look_at_file(found.real_name(), std::move(lock)));
  result.bytes_before = result.bytes_after = TRY(session.root->stat(session.name)).size;
  result.version = session.version;
  const std::string target = packed_file_name(found.name);
  if (found.packed || target.empty() || session.write_end == 0) {
    result.note = found.packed     ? "it is packed already"
                  : target.empty() ? "its file name is too long to be packed"
                                   : "it is empty";
    return result;
  }
  // What the cache alone shows may be gone after a power cut: then the two would differ.
  CHECK_OK(context_.sync_data(*session.file));
  const std::string temporary = temporary_file_name(found.name);
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(*session.root, target, temporary, session.file.get()));
  CHECK_OK(write_packed(*session.file, session.write_end, *fresh));
  CHECK_OK(context_.noted(fresh->sync()));
  CHECK_OK(fresh->file().drop_cache());
  CHECK_OK(read_back(temporary, session));
  const FileInfo made = TRY(fresh->file().info());
  if (made.size >= result.bytes_before) {
    result.note = "it would not become smaller";
    return result;
  }
  CHECK_OK(fresh->file().set_modified(session.info.modified_ns));
  const FileInfo now = TRY(session.file->info());
  if (now.size != session.info.size || now.modified_ns != session.info.modified_ns) {
    return changed_meanwhile();
  }
  CHECK_OK(context_.noted(fresh->publish(false)));
  // From here on a power cut leaves both.
  CHECK_OK(session.lock.confirm());
  CHECK_OK(session.root->remove(found.name));
  CHECK_OK(context_.noted(session.root->sync()));
  seal_rewritten(*session.root, target, "pack");
  result.changed = true;
  result.bytes_after = made.size;
  result.version = TRY(look_at_file(target, {})).version;
  return result;
}

Result<Packed> DirEngine::unpack(std::string_view key, bool salvage) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  Packed result;
  const std::shared_ptr<Folder> root = context_.folder->root();
  result.bytes_before = TRY(root->stat(found.real_name())).size;
  if (found.packed) {
    UnpackHow how;
    how.keeps_time = true;
    how.salvages = salvage;
    how.key = key;
    TRY(unpack_session(context_, found.name, how));
    seal_rewritten(*root, found.name, "unpack");
  } else {
    CHECK_OK(settle_twin(key, found.name, &result.note));
    if (result.note.empty()) result.note = "it is not packed";
  }
  const Locked session = TRY(look_at_file(found.name, {}));
  CHECK_OK(lock.confirm());
  result.changed = found.packed;
  result.bytes_after = session.info.size;
  result.version = session.version;
  return result;
}

}  // namespace everturn
