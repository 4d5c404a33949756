// SPDX-License-Identifier: Apache-2.0
// An open session's file: finding and opening it, making it, and what must be mended first.
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "journal/replace.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"
#include "store/open_session.h"
#include "store/session_reader.h"
#include "store/unpack.h"

namespace everturn {
Status OpenSession::find_journal(bool* exists) {
  *exists = true;
  if (journal_ != nullptr && journal_->writes_padding()) {
    const bool nanobot = TRY(context_.locks.nanobot_is_here());
    if (nanobot) {  // it appends behind what it does not know
      journal_->trim();
      journal_.reset();
    }
  }
  if (journal_ != nullptr) {
    const Status same = journal_->refresh();
    if (same.ok()) return set_aside_fragment();
    if (same.code() != Code::not_found && !Journal::was_replaced(same)) return same;
    journal_.reset();
  }
  const SessionFile file = TRY(context_.find(key_));
  *exists = file.exists;
  if (!file.exists) return {};
  if (file.packed) {
    packed_generation_ = TRY(unpack_session(context_, file.name, {}));
    sealer_.expect("unpack");
  }
  CHECK_OK(open_journal(file.name, file.packed));
  return set_aside_fragment();
}

// nanobot decodes the whole file: one byte at its end that is not UTF-8 would cost it the session.
// In a folder that it writes too, such a torn end goes to the trash, whole, before anything is
// added.
Status OpenSession::set_aside_fragment() {
  const bool nanobot = TRY(context_.locks.nanobot_is_here());
  if (!nanobot) return {};
  const std::string fragment = TRY(journal_->fragment());
  if (fragment.empty() || is_utf8(fragment)) return {};
  const std::string name = journal_->file_name();
  const std::shared_ptr<Folder> held = context_.folder->root();
  Folder& root = *held;
  Trash trash(context_);
  Trash::Receipt receipt = trash.begin(key_, TrashKind::session);
  CHECK_OK(trash.add_file(receipt, root, name));
  CHECK_OK(trash.commit(receipt));
  const FileInfo info = TRY(journal_->file().info());
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(root, name, temporary_file_name(name), &journal_->file()));
  CHECK_OK(copy_bytes(journal_->file(), 0, info.size - fragment.size(), *fresh));
  CHECK_OK(context_.noted(fresh->publish(true)));
  sealer_.expect("fragment");
  return open_journal(name, true);
}

Result<bool> OpenSession::look() {
  CHECK_OK(context_.prepare_to_write());
  const SessionFile file = TRY(context_.find(key_));
  had_file_ = file.exists;
  return file.exists;
}

Status OpenSession::open_journal(const std::string& name, bool just_created) {
  const std::shared_ptr<Folder> held = context_.folder->root();
  Folder& root = *held;
  const std::string leftover = temporary_file_name(name);
  if (root.stat(leftover).ok()) CHECK_OK(root.remove(leftover));
  Journal::Options options;
  options.padded_tails = context_.folder->padded_tails();
  options.name_is_durable = just_created;
  if (tail_ == Tail::padded && options.padded_tails) {
    const FsTraits traits = TRY(root.traits());
    const bool nanobot = TRY(context_.locks.nanobot_is_here());
    options.write_padding = traits.pads_well && !nanobot;
  }
  journal_ = TRY(Journal::open(root, context_.names(), name, options));
  if (is_distrusted(journal_->id())) {
    journal_.reset();
    CHECK_OK(rewrite_from_disk(name));
    options.name_is_durable = true;
    journal_ = TRY(Journal::open(root, context_.names(), name, options));
  }
  root_ = held;
  had_file_ = true;
  const std::lock_guard guard(durable_mutex_);
  pending_file_ = journal_->sync_handle();
  if (generation_ != journal_->generation()) {
    generation_ = journal_->generation();
    durable_end_ = written_end_ = 0;
  }
  return {};
}

// A sync of this file has failed in this process. What the cache shows is not what the disk has:
// take the disk's word, into a new file.
Status OpenSession::rewrite_from_disk(const std::string& name) {
  const std::shared_ptr<Folder> held = context_.folder->root();
  Folder& root = *held;
  Journal::Options options;
  options.distrust_cache = true;
  const std::unique_ptr<Journal> old = TRY(Journal::open(root, context_.names(), name, options));
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(root, name, temporary_file_name(name), &old->file()));
  constexpr std::uint64_t kStep = 1 << 20;
  for (std::uint64_t at = 0;; at += kStep) {
    const std::string bytes = TRY(old->read(at, kStep));
    CHECK_OK(fresh->write(bytes));
    if (bytes.size() < kStep) break;
  }
  CHECK_OK(context_.noted(fresh->publish(true)));
  sealer_.expect("recovery");
  trust_file(old->id());
  return {};
}

// Makes the session with the first request that may; the others find it there.
Status OpenSession::create_with(std::vector<Request*>& group) {
  for (Request* request : group) {
    if (request->reply) continue;
    if (bound_ && had_file_) {
      request->reply = Status(Code::not_found, "the session was deleted or renamed");
    } else if (request->how->create == Create::never) {
      request->reply = Status(Code::not_found, "there is no such session");
    } else if (request->how->expected && *request->how->expected != Version::none()) {
      request->reply = Status(Code::conflict, "the session of the expected version is gone");
    } else if (request->batch.lines.empty()) {
      request->reply = Appended{};
    } else if (Status bad = check_new_key(key_); !bad.ok()) {
      request->reply = bad;
    } else {
      return create_from(*request);
    }
  }
  return {};
}

Status OpenSession::create_from(Request& request) {
  const std::shared_ptr<Folder> held = context_.folder->root();
  Folder& root = *held;
  const SessionFile file = TRY(context_.find(key_));
  std::string head;
  if (context_.folder->kind() != FolderKind::foreign) {
    Metadata metadata;
    metadata.key = key_;
    metadata.created_at = metadata.updated_at = context_.now_text();
    std::optional<OperationMark> mark;
    const std::string& operation = request.how->once.operation;
    if (!operation.empty()) mark = OperationMark{operation, request.batch.lines.size()};
    head = rewrite_metadata({}, metadata, mark) + "\n";
  }
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(root, file.name, temporary_file_name(file.name), nullptr));
  CHECK_OK(fresh->write(head));
  CHECK_OK(fresh->write(request.batch.bytes()));
  CHECK_OK(context_.noted(fresh->publish(false)));
  CHECK_OK(open_journal(file.name, true));
  request.first = head.size();
  request.accepted = true;
  const std::size_t last = request.batch.lines.size() - 1;
  const Digest128 hash = hash128(request.batch.record(last));
  request.version = {journal_->generation(), journal_->content_end(), hash.high, hash.low};
  request.durable = true;
  sealer_.rewritten(file.name, journal_->id(), journal_->file(), journal_->content_end(), "new");
  const std::lock_guard guard(durable_mutex_);
  durable_end_ = written_end_ = journal_->content_end();
  return {};
}

}  // namespace everturn
