// SPDX-License-Identifier: Apache-2.0
// The folder engine: saving all records of a session anew.
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/metadata_record.h"
#include "store/session_files.h"

namespace everturn {
namespace {

using Records = std::span<const std::string_view>;

// Walks over the records of a file that callers see and compares them with others.
Result<std::size_t> count_equal_records(const SessionView& view, Records records, bool* longer) {
  std::size_t equal = 0;
  bool differs = false;
  const Result<ReadReport> report = read_session(view, {}, [&](const Record& record) {
    differs = equal == records.size() || record.bytes != records[equal];
    if (!differs) ++equal;
    return !differs;
  });
  if (!report) return report.status();
  *longer = differs;
  return equal;
}

// Where the last record begins, in lines of `bytes` bytes.
std::uint64_t last_offset(const SaveContent& content) {
  return content.bytes() - content.records().back().size() - 1;
}

// One reading of the old file beside the new records.
class OldLines : public LineSink {
 public:
  OldLines(std::string_view key, Records records) : key_(key), records_(records) {}

  bool on_line(std::uint64_t offset, std::string_view bytes, bool) override {
    if (is_metadata(offset, bytes)) {
      metadata_line = bytes;
    } else if (!differ_at && equal_ < records_.size() && bytes == records_[equal_]) {
      ++equal_;
    } else if (!differ_at) {
      differ_at = offset;
    }
    return true;
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t) override {
    if (!differ_at) differ_at = offset;
    return true;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t, std::string_view front) override {
    if (!differ_at) differ_at = offset - front.size();
    return true;
  }

  std::string metadata_line;  // the last one of the store's own
  // Up to here stand the first of the new records, and metadata of the store's own.
  std::optional<std::uint64_t> differ_at;

 private:
  [[nodiscard]] bool is_metadata(std::uint64_t offset, std::string_view bytes) const {
    JsonFault fault;
    return is_own_metadata(bytes, key_, offset == 0) && is_json_object_by_grammar(bytes, &fault);
  }

  std::string_view key_;
  Records records_;
  std::size_t equal_ = 0;
};

}  // namespace

Result<Appended> DirEngine::save(std::string_view key, SaveContent& content,
                                 const WriteOptions& how, bool merge) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  Result<Locked> looked = look_at_existing(key, std::move(lock));
  if (!looked && looked.status().code() != Code::not_found) return looked.status();
  if (!looked) {
    if (how.create == Create::never) return looked.status();
    if (how.expected && *how.expected != Version::none()) {
      return Status(Code::conflict, "the session of the expected version is gone");
    }
    return save_new(key, content);
  }
  Locked session = *std::move(looked);
  if (!how.expected) {
    return Status(Code::invalid,
                  "save replaces the whole session: give the version that was loaded (expected)");
  }
  WriteOptions now = how;
  now.expected = as_now(*how.expected, session);
  if (*now.expected == session.version) return replace_records(key, session, content);
  bool longer = false;
  const std::size_t equal =
      TRY(count_equal_records(view_of(key, session), content.records(), &longer));
  if (equal == content.records().size() && !longer) return answer_for(session, content, equal);
  if (merge) return merge_behind(key, std::move(session), content, now);
  return Status(Code::conflict,
                "the session is not at the expected version: somebody else wrote; load it again");
}

// The reply for a session that holds exactly `content`.
Result<Appended> DirEngine::answer_for(const Locked& session, const SaveContent& content,
                                       std::uint64_t already_there) {
  CHECK_OK(context_.sync_data(*session.file));
  CHECK_OK(context_.noted(context_.names().ensure()));
  Appended reply;
  reply.version = session.version;
  reply.end = {session.version.generation, session.version.end};
  reply.first = reply.last = reply.end;
  if (!content.records().empty()) {
    reply.first.offset = session.version.end - content.bytes();
    reply.last.offset = reply.first.offset + last_offset(content);
  }
  reply.records = content.records().size();
  reply.already_there = already_there;
  return reply;
}

Result<Appended> DirEngine::save_new(std::string_view key, SaveContent& content) {
  CHECK_OK(content.check());
  const Locked session = TRY(create_session(key, {}, content.joined()));
  return answer_for(session, content, 0);
}

Result<std::unique_ptr<Replacement>> DirEngine::write_lines(const Locked& session,
                                                            std::string_view head,
                                                            Records records) {
  std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(fresh->write(head));
  for (const std::string_view record : records) {
    CHECK_OK(fresh->write(record));
    CHECK_OK(fresh->write("\n"));
  }
  return fresh;
}

// The old file is read while the new one is written. So that begins with the metadata that the old
// one begins with: the last one, but where it was changed since the session was last rewritten, and
// then all is written once more.
Result<DirEngine::NewLines> DirEngine::write_new_lines(std::string_view key, const Locked& session,
                                                       const SaveContent& content) {
  FoundMetadata found;
  const auto head_with = [&](std::string line) {
    found.line = std::move(line);
    if (!found.line.empty()) found.metadata = parse_metadata(found.line);
    return next_metadata_line(key, found, {});
  };
  OldLines old(key, content.records());
  Beside reading(content.is_large(),
                 [&] { return read_lines(*session.file, 0, session.write_end, {}, old); });
  NewLines fresh;
  if (content.is_large()) {
    const std::string first_line = TRY(read_first_line(*session.file));
    JsonFault fault;
    const bool is_whole = is_json_object_by_grammar(first_line, &fault);
    fresh.head = head_with(is_whole && is_metadata_line(first_line) ? first_line : "");
    fresh.file = TRY(write_lines(session, fresh.head, content.records()));
  }
  CHECK_OK(reading.get());
  fresh.differ_at = old.differ_at;
  if (fresh.file != nullptr && old.metadata_line == found.line) return fresh;
  fresh.file.reset();
  fresh.head = head_with(std::move(old.metadata_line));
  fresh.file = TRY(write_lines(session, fresh.head, content.records()));
  return fresh;
}

Result<Appended> DirEngine::replace_records(std::string_view key, Locked& session,
                                            SaveContent& content) {
  const Records records = content.records();
  const NewLines fresh = TRY(write_new_lines(key, session, content));
  FreshLines hashed(context_.fs);
  Beside sealing(content.is_large(), [&] {
    if (!context_.options.seals || context_.folder->kind() != FolderKind::own) return Status();
    if (!fresh.head.empty())
      hashed.add(std::string_view(fresh.head).substr(0, fresh.head.size() - 1));
    for (const std::string_view record : records) hashed.add(record);
    return Status();
  });
  const Result<FileId> id = fresh.file->finish();
  if (!id) return context_.noted(id.status());
  CHECK_OK(content.check());
  if (fresh.differ_at) CHECK_OK(keep_damage(key, session, *fresh.differ_at));
  CHECK_OK(sealing.get());
  CHECK_OK(publish(session, *fresh.file, "save", &hashed));
  const std::string_view head = fresh.head;
  const std::string_view last =
      records.empty() ? head.substr(0, head.empty() ? 0 : head.size() - 1) : records.back();
  Appended reply;
  const Digest128 hash = hash128(last);
  reply.version = {generation_of(*id), head.size() + content.bytes(), hash.high, hash.low};
  const std::uint64_t generation = reply.version.generation;
  reply.end = {generation, reply.version.end};
  reply.first = reply.last = {generation, head.size()};
  if (!records.empty()) reply.last.offset += last_offset(content);
  reply.records = records.size();
  return reply;
}

// A save drops the file's old content. What of it is damage, the caller has never seen. Before
// `from` stands only what the new file has too; if there is damage behind, keeps the whole old file
// in the trash.
Status DirEngine::keep_damage(std::string_view key, const Locked& session, std::uint64_t from) {
  ReadOptions how;
  how.from = {session.version.generation, from};
  const ReadReport report =
      TRY(read_session(view_of(key, session), how, [](const Record&) { return true; }));
  const bool is_document =
      !report.notes.empty() && report.notes.front().kind == NoteKind::json_document;
  if (report.damage_count == 0 && report.in_flight_bytes == 0 && !is_document) return {};
  Trash::Receipt receipt = trash_.begin(key, TrashKind::session);
  CHECK_OK(trash_.add_file(receipt, *context_.folder->root(), session.name));
  return trash_.commit(receipt);
}

// Others only appended since `expected`, and the new records begin with what stood there then: the
// rest goes behind theirs.
Result<Appended> DirEngine::merge_behind(std::string_view key, Locked session, SaveContent& content,
                                         const WriteOptions& how) {
  CHECK_OK(content.check());
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
  const std::size_t equal = TRY(count_equal_records(then, content.records(), &longer));
  if (longer) return stale;
  WriteOptions behind;
  behind.durability = how.durability;
  behind.expected = session.version;
  session.lock.release();
  Appended reply = TRY(append(key, content.joined(equal), behind));
  reply.records += equal;
  reply.already_there += equal;
  return reply;
}

}  // namespace everturn
