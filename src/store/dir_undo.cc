// SPDX-License-Identifier: Apache-2.0
// The folder engine: turning a repair around.
#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/atomic_file.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/repair_run.h"
#include "store/unpack.h"

namespace everturn {
namespace {

// Where the session stands with regard to a repair.
enum class Stand : std::uint8_t { repaired, undone, changed };

// Does the file begin with this content?
Result<bool> begins_with(File& file, std::uint64_t size, const ContentMark& content) {
  if (size < content.bytes) return false;
  Sha256Stream hash;
  CHECK_OK(for_each_piece(file, 0, content.bytes, [&hash](std::string_view bytes) {
    hash.update(bytes);
    return Status();
  }));
  return hash.digest() == content.sha256;
}

// One content may be the beginning of the other: then it counts which file it is, and in a copy of
// the store, which of the two has more to show.
Result<Stand> stand_of(File& file, std::uint64_t size, std::uint64_t generation,
                       const QuarantineEntry& entry) {
  const bool is_before = TRY(begins_with(file, size, entry.before));
  const bool is_after = TRY(begins_with(file, size, entry.after));
  if (!is_before && !is_after) return Stand::changed;
  if (!is_before || (is_after && generation == entry.generation)) return Stand::repaired;
  return is_after && entry.after.bytes > entry.before.bytes ? Stand::repaired : Stand::undone;
}

// Writes the content before a repair, made of the content after it and of the quarantine.
class Undoing {
 public:
  Undoing(File& now, Replacement& fresh) : now_(now), fresh_(fresh) {}

  Status run(Quarantine& quarantine, const QuarantineEntry& entry) {
    const auto turn_around = [this](std::uint64_t offset, std::string_view taken,
                                    std::uint64_t put) {
      if (offset < written_) return Status(Code::damaged, "the receipt's script is not in order");
      const Status copied = copy(offset - written_);
      at_ += put;
      return copied.ok() ? write(taken) : copied;
    };
    CHECK_OK(quarantine.for_each_edit(entry.receipt.id, turn_around));
    if (at_ > entry.after.bytes) return {Code::damaged, "the receipt's script does not fit"};
    CHECK_OK(copy(entry.after.bytes - at_));
    const ContentMark made{written_, hash_.digest()};
    if (made == entry.before) return {};
    return {Code::damaged,
            "the quarantine no longer holds what was taken out (its hash differs); "
            "nothing was changed"};
  }

 private:
  Status copy(std::uint64_t size) {
    const std::uint64_t end = at_ + size;
    CHECK_OK(
        for_each_piece(now_, at_, end, [this](std::string_view bytes) { return write(bytes); }));
    at_ = end;
    return {};
  }
  Status write(std::string_view bytes) {
    hash_.update(bytes);
    written_ += bytes.size();
    return fresh_.write(bytes);
  }

  File& now_;
  Replacement& fresh_;
  Sha256Stream hash_;
  std::uint64_t at_ = 0;       // in the content after the repair
  std::uint64_t written_ = 0;  // of the content before it
};

}  // namespace

Result<std::vector<RepairReceipt>> DirEngine::receipts() {
  CHECK_OK(context_.check_process());
  return quarantine_.list();
}

// The old content, and behind it what was added since.
Status DirEngine::write_undone(const QuarantineEntry& entry, const Locked& session,
                               Replacement& fresh) {
  CHECK_OK(Undoing(*session.file, fresh).run(quarantine_, entry));
  if (session.write_end == entry.after.bytes) return {};
  if (!entry.was_terminated) CHECK_OK(fresh.write("\n"));
  return copy_bytes(*session.file, entry.after.bytes, session.write_end, fresh);
}

// The session's file as it is now; packed, where it was packed since.
Result<DirEngine::Locked> DirEngine::look_at_repaired(const QuarantineEntry& entry,
                                                      SessionLock lock) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  std::string name = entry.receipt.file_name;
  const std::string packed = packed_file_name(name);
  if (!root->stat(name).ok() && !packed.empty() && root->stat(packed).ok()) name = packed;
  Locked session = TRY(look_at_file(name, std::move(lock)));
  // Blanks that a repair in place left at the end look like padding.
  const std::uint64_t repaired_end = std::min(entry.after.bytes, session.info.size);
  session.write_end = std::max(session.write_end, repaired_end);
  return session;
}

Status DirEngine::undo_repair(const std::string& id, const std::string& to) {
  CHECK_OK(to.empty() ? context_.prepare_to_write() : context_.check_process());
  const QuarantineEntry entry = TRY(quarantine_.find(id));
  const std::string& name = entry.receipt.file_name;
  SessionLock lock;
  if (to.empty()) {
    lock = TRY(context_.locks.acquire(lock_slot(entry.receipt.key), context_.options.lock_wait));
  }
  Result<Locked> looked = look_at_repaired(entry, std::move(lock));
  if (!looked && looked.status().code() != Code::not_found) return looked.status();
  Stand stand = Stand::changed;
  if (looked) {
    const std::uint64_t generation = generation_of(looked->info.id);
    stand = TRY(stand_of(*looked->file, looked->write_end, generation, entry));
  }
  if (!to.empty()) return write_undone_to(entry, stand == Stand::repaired ? &*looked : nullptr, to);
  if (stand == Stand::undone) return {};
  if (stand == Stand::changed) {
    return {Code::conflict,
            "the session was changed since its repair, not only added to; what was taken out lies "
            "in " +
                quarantine_.receipt_path(id) + " and beside it (--to FILE writes it out)"};
  }
  Locked session = *std::move(looked);
  if (session.name != name) {
    TRY(unpack_session(context_, name, {}));
    seal_rewritten(*session.root, name, "unpack");
    session = TRY(look_at_repaired(entry, std::move(session.lock)));
  }
  const bool is_ours = context_.folder->kind() == FolderKind::own;
  if (!is_ours) {
    const std::string writer = TRY(session.file->other_writer());
    if (!writer.empty()) {
      return {Code::unavailable,
              writer +
                  " has the file open for writing and would go on writing into the old one; stop "
                  "it first, or write the old content to another file (--to FILE)"};
    }
  }
  const std::unique_ptr<Replacement> fresh = TRY(begin_replacing(session));
  CHECK_OK(write_undone(entry, session, *fresh));
  const std::uint64_t covered = session.write_end;
  const std::unique_ptr<File> old =
      is_ours ? nullptr : TRY(context_.folder->root()->open(name, Access::read));
  CHECK_OK(publish(session, *fresh, "undo"));
  if (is_ours) return {};
  return carry_over(context_, *context_.folder->root(), name, *old, covered).status();
}

// Writes the old content to a new file; where the session no longer has its share of it, what was
// taken out.
Status DirEngine::write_undone_to(const QuarantineEntry& entry, const Locked* session,
                                  const std::string& path) {
  NewFile target = TRY(begin_file_at(context_.fs, path));
  if (session != nullptr) {
    CHECK_OK(write_undone(entry, *session, *target.replacement));
    return publish_as_new(target, path);
  }
  CHECK_OK(quarantine_.read_taken(
      entry.receipt.id, [&](std::string_view bytes) { return target.replacement->write(bytes); }));
  CHECK_OK(publish_as_new(target, path));
  return {Code::conflict, "the session was changed since its repair, not only added to: " + path +
                              " holds only what the repair took out, one range behind the other"};
}

}  // namespace everturn
