// SPDX-License-Identifier: Apache-2.0
// The folder engine: replacing a session's file (metadata, vacuum), and what a save
// shares with that.
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"
#include "store/packed_file.h"
#include "store/sealer.h"
#include "store/unpack.h"

namespace everturn {

// Locks an existing session and looks at it. Checks `expected`.
Result<DirEngine::Locked> DirEngine::lock_existing(std::string_view key, const WriteOptions& how) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  Locked session = TRY(look_at_existing(key, std::move(lock)));
  CHECK_OK(check_expected(session, how));
  return session;
}

Status DirEngine::check_expected(const Locked& session, const WriteOptions& how) {
  if (!how.expected || as_now(*how.expected, session) == session.version) return {};
  return {Code::conflict,
          "the session is not at the expected version: somebody else wrote; load it again"};
}

// A version from when the session was packed, just before it was unpacked here.
Version DirEngine::as_now(Version version, const Locked& session) {
  const bool was_packed = version.generation == session.packed_generation;
  if (was_packed && version != Version::none()) version.generation = session.version.generation;
  return version;
}

// Likewise: unpacking moves no byte.
Position DirEngine::as_now(Position position, const Locked& session) {
  const bool was_packed =
      session.packed_generation != 0 && position.generation == session.packed_generation;
  if (was_packed) position.generation = session.version.generation;
  return position;
}

Result<DirEngine::Locked> DirEngine::look_at_existing(std::string_view key, SessionLock lock,
                                                      bool unpacks) {
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  if (found.packed && !unpacks) return look_at_file(found.real_name(), std::move(lock));
  std::uint64_t packed_generation = 0;
  if (found.packed) {
    packed_generation = TRY(unpack_session(context_, found.name, {}));
    seal_rewritten(*context_.folder->root(), found.name, "unpack");
  }
  Locked session = TRY(look_at_file(found.name, std::move(lock)));
  session.packed_generation = packed_generation;
  return session;
}

Result<DirEngine::Locked> DirEngine::look_at_file(const std::string& name, SessionLock lock) {
  Locked session;
  session.lock = std::move(lock);
  session.name = name;
  session.root = context_.folder->root();
  session.file = TRY(open_session_content(*session.root, name));
  session.info = TRY(session.file->info());
  const TailState tail =
      TRY(read_tail(*session.file, session.info.size, context_.folder->padded_tails()));
  session.content_end = tail.content_end;
  session.write_end = tail.padding > 0 ? tail.write_at : session.info.size;
  const Digest128 hash =
      TRY(hash_of_last_record(*session.file, tail.content_end, context_.folder->padded_tails()));
  session.version = {generation_of(session.info.id), tail.content_end, hash.high, hash.low};
  return session;
}

SessionView DirEngine::view_of(std::string_view key, const Locked& session) const {
  SessionView view;
  view.file = session.file.get();
  view.size = session.write_end;
  view.id = session.info.id;
  view.key = key;
  view.padded_tails = context_.folder->padded_tails();
  view.max_record_bytes = context_.options.max_record_bytes;
  return view;
}

Result<std::unique_ptr<Replacement>> DirEngine::begin_replacing(const Locked& session) {
  return Replacement::begin(*session.root, session.name, temporary_file_name(session.name),
                            session.file.get());
}

// Puts the finished file in the place of the session's. The old one is closed first: the kernel
// keeps a nameless file that somebody has open in a list of its own on the disk, which costs more.
Status DirEngine::publish(Locked& session, Replacement& fresh, std::string_view why,
                          const FreshLines* lines) {
  session.file.reset();
  CHECK_OK(context_.noted(fresh.publish(true)));
  if (lines != nullptr) {
    Sealer(context_).rewritten(session.name, fresh.id(), *lines, why);
  } else {
    seal_rewritten(*session.root, session.name, why);
  }
  return session.lock.confirm();
}

// The metadata record for the next incarnation of a session; empty in another agent's folder.
std::string DirEngine::next_metadata_line(std::string_view key, const FoundMetadata& found,
                                          const MetadataChange& change) {
  if (found.line.empty() && context_.folder->kind() == FolderKind::foreign) return {};
  Metadata metadata = found.metadata;
  metadata.key = key;
  if (metadata.created_at.empty()) metadata.created_at = context_.now_text();
  apply_change(metadata, change, context_.now_text());
  return rewrite_metadata(found.line, metadata, std::nullopt) + "\n";
}

// Makes a session whose lock is held: metadata, where the folder is not another agent's, and
// records.
Result<DirEngine::Locked> DirEngine::create_session(std::string_view key,
                                                    const MetadataChange& change,
                                                    const Batch& batch) {
  CHECK_OK(check_new_key(key));
  const SessionFile file = TRY(context_.find(key));
  const std::shared_ptr<Folder> root = context_.folder->root();
  std::string head;
  if (context_.folder->kind() != FolderKind::foreign) {
    Metadata metadata;
    metadata.key = key;
    metadata.created_at = context_.now_text();
    apply_change(metadata, change, metadata.created_at);
    head = compose_metadata(metadata) + "\n";
  }
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(*root, file.name, temporary_file_name(file.name), nullptr));
  CHECK_OK(fresh->write(head));
  CHECK_OK(fresh->write(batch.bytes()));
  CHECK_OK(context_.noted(fresh->publish(false)));
  seal_rewritten(*root, file.name, "new");
  return look_at_existing(key, {});
}

Result<Metadata> DirEngine::update_metadata(std::string_view key, const MetadataChange& change,
                                            const WriteOptions& how) {
  constexpr int kTries = 8;
  for (int i = 0;; ++i) {
    Result<Metadata> updated = update_metadata_once(key, change, how);
    if (updated || updated.status().code() != Code::conflict || how.expected || i == kTries) {
      return updated;
    }
  }
}

Result<Metadata> DirEngine::update_metadata_once(std::string_view key, const MetadataChange& change,
                                                 const WriteOptions& how) {
  CHECK_OK(context_.prepare_to_write());
  if (context_.folder->kind() == FolderKind::foreign) {
    return Status(Code::invalid,
                  "this folder belongs to another agent, whose sessions hold no "
                  "metadata record");
  }
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const SessionFile file = TRY(context_.find(key));
  if (!file.exists && how.create != Create::never) {
    if (how.expected && *how.expected != Version::none()) {
      return Status(Code::conflict, "the session of the expected version is gone");
    }
    const Locked created = TRY(create_session(key, change, {}));
    FoundMetadata metadata = TRY(find_metadata(*created.file, created.content_end, key));
    metadata.metadata.version = created.version;
    return std::move(metadata.metadata);
  }
  Locked session = TRY(look_at_existing(key, std::move(lock)));
  CHECK_OK(check_expected(session, how));
  const FoundMetadata found = TRY(find_metadata(*session.file, session.content_end, key));
  std::string line = next_metadata_line(key, found, change);
  const bool nanobot = TRY(context_.locks.nanobot_is_here());
  if (!nanobot && context_.folder->kind() == FolderKind::own) {
    line.pop_back();
    Batch batch;
    batch.add(line);
    WriteOptions behind;
    behind.durability = how.durability;
    behind.expected = session.version;
    session.lock.release();
    const Appended reply = TRY(append(key, std::move(batch), behind));
    Metadata metadata = parse_metadata(line);
    metadata.version = reply.version;
    return metadata;
  }
  // nanobot's list reads the first line only.
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(fresh->write(line));
  TRY(copy_lines(*session.file, 0, session.write_end, key, false, *fresh));
  CHECK_OK(publish(session, *fresh, "metadata"));
  const Locked now = TRY(look_at_existing(key, {}));
  line.pop_back();
  Metadata metadata = parse_metadata(line);
  metadata.version = now.version;
  return metadata;
}

Result<Vacuumed> DirEngine::vacuum(std::string_view key) {
  CHECK_OK(context_.prepare_to_write());
  const SessionFile there = TRY(context_.find(key));
  if (there.packed) {  // rarely written, and small already
    const Locked session = TRY(look_at_file(there.real_name(), {}));
    const std::uint64_t bytes = TRY(session.root->stat(session.name)).size;
    return Vacuumed{bytes, bytes, session.version};
  }
  Locked session = TRY(lock_existing(key, {}));
  const FoundMetadata found = TRY(find_metadata(*session.file, session.content_end, key));
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  Vacuumed result;
  result.bytes_before = session.info.size;
  if (!found.line.empty()) CHECK_OK(fresh->write(found.line + "\n"));
  const LineCopy copied = TRY(copy_lines(*session.file, 0, session.write_end, key, false, *fresh));
  result.bytes_after = copied.bytes + (found.line.empty() ? 0 : found.line.size() + 1);
  if (result.bytes_after == result.bytes_before) {
    result.version = session.version;
    return result;
  }
  CHECK_OK(publish(session, *fresh, "vacuum"));
  static_cast<void>(keep_seals_of(context_, session.name, generation_of(fresh->id())));
  const Locked now = TRY(look_at_existing(key, {}));
  result.version = now.version;
  return result;
}

}  // namespace everturn
