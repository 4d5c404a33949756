// SPDX-License-Identifier: Apache-2.0
// The folder engine: fork and rename.
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"
#include "store/sealer.h"

namespace everturn {

// Writes source[0, end) as the session `new_key`, with a first line of its own: nanobot goes by the
// key in that line. Both locks are held.
Result<Version> DirEngine::copy_to(std::string_view key, const Locked& source,
                                   std::string_view new_key, std::uint64_t end, bool keep_times) {
  const SessionFile target = TRY(context_.find(new_key));
  if (target.exists) return Status(Code::conflict, "there is a session of the new key already");
  // Else the copy may hold what the source loses in a power cut.
  CHECK_OK(context_.sync_data(*source.file));
  const FoundMetadata found = TRY(find_metadata(*source.file, end, key));
  std::string head;
  if (!found.line.empty() || context_.folder->kind() != FolderKind::foreign) {
    Metadata metadata = found.metadata;
    metadata.key = new_key;
    if (!keep_times || metadata.created_at.empty()) metadata.created_at = context_.now_text();
    if (!keep_times || metadata.updated_at.empty()) metadata.updated_at = context_.now_text();
    head = rewrite_metadata(found.line, metadata, std::nullopt) + "\n";
  }
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(*root, target.name, temporary_file_name(target.name), nullptr));
  CHECK_OK(fresh->write(head));
  TRY(copy_lines(*source.file, 0, end, key, true, *fresh));
  CHECK_OK(context_.noted(fresh->publish(false)));
  seal_rewritten(*root, target.name, keep_times ? "rename" : "fork", source.name);
  const Locked copy = TRY(look_at_existing(new_key, {}));
  return copy.version;
}

Result<Version> DirEngine::fork(std::string_view key, std::string_view new_key,
                                std::optional<Position> position) {
  CHECK_OK(context_.prepare_to_write());
  SessionLocks::Pair locks = TRY(
      context_.locks.acquire_two(lock_slot(key), lock_slot(new_key), context_.options.lock_wait));
  const Locked source = TRY(look_at_existing(key, std::move(locks.first), /*unpacks=*/false));
  std::uint64_t end = source.content_end;
  if (position && position->offset == 0) {
    end = 0;
  } else if (position) {
    if (position->generation != source.version.generation) {
      return Status(Code::conflict, "the session was rewritten since this position; load it again");
    }
    if (position->offset > source.content_end) {
      return Status(Code::conflict, "the position lies behind the end of the session");
    }
    end = position->offset;
  }
  return copy_to(key, source, new_key, end, false);
}

Result<Version> DirEngine::rename(std::string_view key, std::string_view new_key) {
  CHECK_OK(context_.prepare_to_write());
  SessionLocks::Pair locks = TRY(
      context_.locks.acquire_two(lock_slot(key), lock_slot(new_key), context_.options.lock_wait));
  const Locked source = TRY(look_at_existing(key, std::move(locks.first)));
  const std::shared_ptr<Folder> root = context_.folder->root();
  CHECK_OK(settle_twin(key, source.name, nullptr));
  const std::vector<std::string> names =
      TRY(all_session_files(*root, key, context_.folder->ignores_case()));
  if (names.size() > 1) {
    return Status(Code::conflict, "two files hold sessions of this key (" + names[0] + " and " +
                                      names[1] + "); move one away first");
  }
  const Version version = TRY(copy_to(key, source, new_key, source.write_end, true));
  // From here on the session stands under the new name; a crash leaves both.
  CHECK_OK(root->remove(source.name));
  CHECK_OK(context_.noted(root->sync()));
  static_cast<void>(drop_seals(context_, source.name));
  return version;
}

}  // namespace everturn
