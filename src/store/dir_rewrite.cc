// SPDX-License-Identifier: Apache-2.0
// The folder engine: replacing a session's file (save, metadata, vacuum).
#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

Version version_at(const FileId& id, std::uint64_t end, const Digest128& hash) {
  return {generation_of(id), end, hash.high, hash.low};
}

// Walks over the records of file[0, end) that callers see and compares them with a batch.
Result<std::size_t> count_equal_records(const SessionView& view, const Batch& batch, bool* longer) {
  std::size_t equal = 0;
  bool differs = false;
  const Result<ReadReport> report = read_session(view, {}, [&](const Record& record) {
    differs = equal == batch.lines.size() || record.bytes != batch.record(equal);
    if (!differs) ++equal;
    return !differs;
  });
  if (!report) return report.status();
  *longer = differs;
  return equal;
}

}  // namespace

// Locks an existing session and looks at it. Checks `expected`.
Result<DirEngine::Locked> DirEngine::lock_existing(std::string_view key, const WriteOptions& how) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  Locked session = TRY(look_at_existing(key, std::move(lock)));
  CHECK_OK(check_expected(session, how));
  return session;
}

Status DirEngine::check_expected(const Locked& session, const WriteOptions& how) {
  if (!how.expected || *how.expected == session.version) return {};
  return {Code::conflict,
          "the session is not at the expected version: somebody else wrote; load it again"};
}

Result<DirEngine::Locked> DirEngine::look_at_existing(std::string_view key, SessionLock lock) {
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  return look_at_file(found.name, std::move(lock));
}

Result<DirEngine::Locked> DirEngine::look_at_file(const std::string& name, SessionLock lock) {
  Locked session;
  session.lock = std::move(lock);
  session.name = name;
  session.file = TRY(context_.folder->root()->open(name, Access::read));
  session.info = TRY(session.file->info());
  const TailState tail =
      TRY(read_tail(*session.file, session.info.size, context_.folder->padded_tails()));
  session.content_end = tail.content_end;
  session.write_end = tail.padding > 0 ? tail.write_at : session.info.size;
  const Digest128 hash =
      TRY(hash_of_last_record(*session.file, tail.content_end, context_.folder->padded_tails()));
  session.version = version_at(session.info.id, tail.content_end, hash);
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
  return Replacement::begin(*context_.folder->root(), session.name,
                            temporary_file_name(session.name), session.file.get());
}

// Puts the finished file in the place of the session's.
Status DirEngine::publish(Locked& session, Replacement& fresh) {
  CHECK_OK(context_.noted(fresh.publish(true)));
  return session.lock.confirm();
}

// The metadata record for the next incarnation of a session; empty in another agent's folder.
Result<std::string> DirEngine::next_metadata_line(std::string_view key, const Locked& session,
                                                  const MetadataChange* change) {
  const FoundMetadata found = TRY(find_metadata(*session.file, session.content_end, key));
  if (found.line.empty() && context_.folder->kind() == FolderKind::foreign) return std::string();
  Metadata metadata = found.metadata;
  metadata.key = key;
  if (metadata.created_at.empty()) metadata.created_at = context_.now_text();
  apply_change(metadata, change == nullptr ? MetadataChange{} : *change, context_.now_text());
  return rewrite_metadata(found.line, metadata, std::nullopt) + "\n";
}

Result<Appended> DirEngine::save(std::string_view key, Batch batch, const WriteOptions& how,
                                 bool merge) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  Result<Locked> looked = look_at_existing(key, std::move(lock));
  if (!looked && looked.status().code() != Code::not_found) return looked.status();
  if (!looked) {
    if (how.create == Create::never) return looked.status();
    if (how.expected && *how.expected != Version::none()) {
      return Status(Code::conflict, "the session of the expected version is gone");
    }
    return save_new(key, batch);
  }
  Locked session = *std::move(looked);
  if (!how.expected) {
    return Status(Code::invalid,
                  "save replaces the whole session: give the version that was loaded (expected)");
  }
  if (*how.expected == session.version) return replace_records(key, session, batch);
  bool longer = false;
  const std::size_t equal = TRY(count_equal_records(view_of(key, session), batch, &longer));
  if (equal == batch.lines.size() && !longer) return answer_for(session, batch, batch.lines.size());
  if (merge) return merge_behind(key, std::move(session), batch, how);
  return Status(Code::conflict,
                "the session is not at the expected version: somebody else wrote; load it again");
}

// The reply for a session that holds exactly `batch`.
Result<Appended> DirEngine::answer_for(const Locked& session, const Batch& batch,
                                       std::uint64_t already_there) {
  CHECK_OK(context_.sync_data(*session.file));
  CHECK_OK(context_.noted(context_.names().ensure()));
  Appended reply;
  reply.version = session.version;
  reply.end = {session.version.generation, session.version.end};
  reply.first = reply.last = reply.end;
  if (!batch.lines.empty()) {
    const std::uint64_t begin = session.version.end - batch.bytes().size();
    reply.first.offset = begin;
    reply.last.offset = begin + batch.lines.back().offset - 1;
  }
  reply.records = batch.lines.size();
  reply.already_there = already_there;
  return reply;
}

Result<Appended> DirEngine::save_new(std::string_view key, const Batch& batch) {
  const Locked session = TRY(create_session(key, {}, batch));
  return answer_for(session, batch, 0);
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
  return look_at_existing(key, {});
}

Result<Appended> DirEngine::replace_records(std::string_view key, Locked& session,
                                            const Batch& batch) {
  const std::string head = TRY(next_metadata_line(key, session, nullptr));
  CHECK_OK(keep_damage(key, session, batch));
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(fresh->write(head));
  CHECK_OK(fresh->write(batch.bytes()));
  const Result<FileId> id = fresh->finish();
  if (!id) return context_.noted(id.status());
  CHECK_OK(publish(session, *fresh));
  const std::string_view last =
      batch.lines.empty() ? std::string_view(head).substr(0, head.empty() ? 0 : head.size() - 1)
                          : batch.record(batch.lines.size() - 1);
  Appended reply;
  reply.version = version_at(*id, head.size() + batch.bytes().size(), hash128(last));
  const std::uint64_t generation = reply.version.generation;
  reply.end = {generation, reply.version.end};
  reply.first = reply.last = {generation, head.size()};
  if (!batch.lines.empty()) reply.last.offset = head.size() + batch.lines.back().offset - 1;
  reply.records = batch.lines.size();
  return reply;
}

// A save drops the file's old content. What of it is damage, the caller has never seen: unless the
// new records begin with the old content, which then holds none, look, and keep the whole old file
// in the trash.
Status DirEngine::keep_damage(std::string_view key, const Locked& session, const Batch& batch) {
  const std::string first_line = TRY(read_first_line(*session.file));
  const std::uint64_t body = is_own_metadata(first_line, key, true) ? first_line.size() + 1 : 0;
  const std::string_view content = batch.bytes();
  if (session.write_end >= body && session.write_end - body <= content.size()) {
    bool equal = true;
    std::string bytes(256 << 10, '\0');
    for (std::uint64_t at = body; equal && at < session.write_end;) {
      const std::size_t got = TRY(session.file->read_at(at, bytes.data(), bytes.size()));
      const std::size_t used = std::min<std::uint64_t>(got, session.write_end - at);
      if (used == 0) break;
      equal = content.substr(at - body, used) == std::string_view(bytes).substr(0, used);
      at += used;
    }
    if (equal) return {};
  }
  const ReadReport report =
      TRY(read_session(view_of(key, session), {}, [](const Record&) { return true; }));
  if (report.damage_count == 0 && report.in_flight_bytes == 0) return {};
  Trash::Receipt receipt = trash_.begin(key, TrashKind::session);
  CHECK_OK(trash_.add_file(receipt, *context_.folder->root(), session.name));
  return trash_.commit(receipt);
}

// Others only appended since `expected`, and the new records begin with what stood there then: the
// rest goes behind theirs.
Result<Appended> DirEngine::merge_behind(std::string_view key, Locked session, const Batch& batch,
                                         const WriteOptions& how) {
  const Status stale(Code::conflict,
                     "somebody else changed what was loaded, not only added to it; load it again");
  const Version& expected = *how.expected;
  if (expected.generation != session.version.generation || expected.end > session.content_end) {
    return stale;
  }
  const Digest128 hash =
      TRY(hash_of_last_record(*session.file, expected.end, context_.folder->padded_tails()));
  if (hash != Digest128{expected.hash_high, expected.hash_low}) return stale;
  SessionView then = view_of(key, session);
  then.size = expected.end;
  bool longer = false;
  const std::size_t equal = TRY(count_equal_records(then, batch, &longer));
  if (longer) return stale;
  Batch rest;
  for (std::size_t i = equal; i < batch.lines.size(); ++i) rest.add(batch.record(i));
  WriteOptions behind;
  behind.durability = how.durability;
  behind.expected = session.version;
  session.lock.release();
  Appended reply = TRY(append(key, std::move(rest), behind));
  reply.records += equal;
  reply.already_there += equal;
  return reply;
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
  std::string line = TRY(next_metadata_line(key, session, &change));
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
  CHECK_OK(publish(session, *fresh));
  const Locked now = TRY(look_at_existing(key, {}));
  line.pop_back();
  Metadata metadata = parse_metadata(line);
  metadata.version = now.version;
  return metadata;
}

Result<Vacuumed> DirEngine::vacuum(std::string_view key) {
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
  CHECK_OK(publish(session, *fresh));
  const Locked now = TRY(look_at_existing(key, {}));
  result.version = now.version;
  return result;
}

}  // namespace everturn
