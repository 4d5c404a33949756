// SPDX-License-Identifier: Apache-2.0
#include "store/open_session.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "journal/replace.h"
#include "store/line_copy.h"
#include "store/metadata_record.h"
#include "store/session_reader.h"

namespace everturn {
namespace {

// Another file stands under the session's name: look again.
constexpr int kTries = 4;
// One write of several requests; a single one may be larger.
constexpr std::uint64_t kWrittenTogether = 16 << 20;
// What is synced in the background is sealed in steps of so many bytes.
constexpr std::uint64_t kSealedTogether = 64 << 10;

// Short enough to need no memory of its own.
Status out_of_memory() { return {Code::unavailable, "out of memory"}; }

Status stale_version() {
  return {Code::conflict,
          "the session is not at the expected version: somebody else wrote; load it again"};
}

}  // namespace

OpenSession::OpenSession(DirContext& context, std::string key, Tail tail, bool bound)
    : context_(context), key_(std::move(key)), slot_(lock_slot(key_)), tail_(tail), bound_(bound) {}

Result<Appended> OpenSession::append(Batch batch, const WriteOptions& how) {
  Request mine;
  mine.batch = std::move(batch);
  mine.how = &how;
  await({&mine, 1});
  return *std::move(mine.reply);
}

void OpenSession::append_each(std::span<BatchAppend> calls) {
  std::vector<Request> mine(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    mine[i].batch = std::move(calls[i].batch);
    mine[i].how = calls[i].how;
  }
  await(mine);
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i].reply = *std::move(mine[i].reply);
}

// Until each has its reply. Throws only before the first of them waits.
void OpenSession::await(std::span<Request> mine) {
  std::unique_lock guard(mutex_);
  waiting_.reserve(waiting_.size() + mine.size());
  for (Request& request : mine) waiting_.push_back(&request);
  while (true) {
    const auto is_done = [](const Request& request) { return request.done; };
    if (std::all_of(mine.begin(), mine.end(), is_done)) return;
    if (has_leader_) {
      changed_.wait(guard);
      continue;
    }
    std::vector<Request*> group;
    try {
      group = take_group();
    } catch (const std::bad_alloc&) {  // nobody leads, so those that are not done still wait
      for (Request& request : mine) {
        if (request.done) continue;
        std::erase(waiting_, &request);
        request.reply = out_of_memory();
      }
      return;
    }
    has_leader_ = true;
    guard.unlock();
    lead(group);
    guard.lock();
    // A follower may leave, and its request with it, as soon as it sees this.
    for (Request* request : group) request->done = true;
    has_leader_ = false;
    changed_.notify_all();
  }
}

// The requests that share the next write, in their order: they are joined in memory. One that asks
// what is there already goes alone, so that it sees those before it in the file. Our mutex is held.
std::vector<OpenSession::Request*> OpenSession::take_group() {
  std::uint64_t bytes = 0;
  const auto goes_alone = [&bytes](const Request* request) {
    bytes += request->batch.framed.size();
    return bytes > kWrittenTogether || !request->how->once.operation.empty() ||
           !request->how->once.member.empty();
  };
  auto end = std::find_if(waiting_.begin(), waiting_.end(), goes_alone);
  if (end == waiting_.begin()) ++end;
  std::vector<Request*> group(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return group;
}

// Lets nothing out, for others wait until the leader is done.
void OpenSession::lead(std::vector<Request*>& group) {
  try {
    Status status;
    try {
      status = write_group(group);
    } catch (const std::bad_alloc&) {
      status = out_of_memory();
    } catch (const std::exception& error) {
      status = {Code::io, std::string("internal error, the outcome is unknown: ") + error.what()};
    }
    if (!status.ok()) fail(group, status);
  } catch (const std::exception&) {  // no memory to tell it
    for (Request* request : group) {
      if (!request->reply) request->reply = out_of_memory();
    }
  }
}

void OpenSession::fail(std::vector<Request*>& group, const Status& status) {
  if (journal_ != nullptr && !journal_->poison().ok()) note_failure(journal_->poison());
  for (Request* request : group) {
    if (!request->reply) request->reply = status;
  }
}

void OpenSession::note_failure(const Status& status) {
  const bool sync_failed = journal_ != nullptr && journal_->sync_failed();
  {
    const std::lock_guard guard(durable_mutex_);
    sync_failed_ = sync_failed_ || sync_failed;
    if (poison_.ok()) poison_ = status;
  }
  context_.note_failure(status);
  if (sync_failed) distrust_file(journal_->id());
}

bool OpenSession::is_poisoned() const {
  const std::lock_guard guard(durable_mutex_);
  return !poison_.ok();
}

Status OpenSession::write_group(std::vector<Request*>& group) {
  {
    const std::lock_guard guard(durable_mutex_);
    if (!poison_.ok()) return poison_;
  }
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(slot_, context_.options.lock_wait));
  CHECK_OK(refuse_operations(group));
  Status status;
  for (int i = 0; i < kTries; ++i) {
    bool exists = false;
    CHECK_OK(find_journal(&exists));
    status = exists ? Status() : create_with(group);
    if (status.ok() && journal_ != nullptr) status = write_to_existing(group);
    if (!Journal::was_replaced(status)) break;
    journal_.reset();
  }
  if (!status.ok()) return status;
  CHECK_OK(lock.confirm());
  for (Request* request : group) {
    if (!request->reply) answer(*request);
  }
  return {};
}

// The mark of an operation is a metadata record, and to nanobot the last one of those counts, while
// it changes the first.
Status OpenSession::refuse_operations(std::vector<Request*>& group) {
  for (Request* request : group) {
    if (request->how->once.operation.empty()) continue;
    const bool nanobot =
        context_.folder->kind() == FolderKind::shared || TRY(context_.locks.nanobot_is_here());
    if (!nanobot) return {};
    request->reply = Status(Code::invalid,
                            "operation ids cannot be kept in a folder that nanobot writes too; use "
                            "the expected version, or a member that identifies a record");
  }
  return {};
}

Status OpenSession::write_to_existing(std::vector<Request*>& group) {
  std::vector<Request*> accepted;
  std::optional<Version> now;
  std::uint64_t offset = journal_->next_offset();
  for (Request* request : group) {
    if (request->reply || request->accepted) continue;
    CHECK_OK(admit(*request, now));
    if (request->reply || (request->standing && request->standing->all())) continue;
    request->first = offset;
    offset += request->batch_to_write().framed.size() - 1;
    const Digest128 hash = hash128(request->last_line());
    request->version = {journal_->generation(), offset, hash.high, hash.low};
    now = request->version;
    accepted.push_back(request);
  }
  return write_and_sync(group, accepted);
}

Status OpenSession::write_and_sync(std::vector<Request*>& group,
                                   const std::vector<Request*>& accepted) {
  bool sync = false;
  if (!accepted.empty()) {
    const Request& last = *accepted.back();
    const Digest128 hash{last.version.hash_high, last.version.hash_low};
    std::string joined;
    if (accepted.size() > 1) {
      joined = "\n";
      for (const Request* request : accepted) joined += request->batch_to_write().bytes();
    }
    const std::string_view framed =
        joined.empty() ? std::string_view(last.batch_to_write().framed) : joined;
    CHECK_OK(journal_->write(framed, hash));
    for (const Request* request : accepted) {
      sync = sync || request->how->durability.level == Level::power;
    }
    if (sync) CHECK_OK(journal_->make_durable());
    CHECK_OK(journal_->confirm());
    for (Request* request : accepted) {
      request->accepted = true;
      request->durable = sync;
    }
    if (sync) {
      sealer_.appended(journal_->file_name(), journal_->id(), journal_->file(),
                       accepted.front()->first, framed.substr(1));
      sealed_end_ = journal_->content_end();
    } else {
      seal_synced(kSealedTogether);
    }
    const std::lock_guard guard(durable_mutex_);
    written_end_ = journal_->content_end();
    if (sync) durable_end_ = written_end_;
  }
  return confirm_standing(group);
}

// What was synced in the background and not sealed yet, if that is `least` bytes or more. The
// session's lock is held.
void OpenSession::seal_synced(std::uint64_t least) {
  const std::uint64_t end = durable().offset;
  if (end < sealed_end_) sealed_end_ = 0;  // of another file
  if (end < sealed_end_ + least) return;
  sealer_.appended(journal_->file_name(), journal_->id(), journal_->file(), end, {});
  sealed_end_ = end;
}

// Batches that were there already: the disk must have them before they are acknowledged.
Status OpenSession::confirm_standing(std::vector<Request*>& group) {
  for (Request* request : group) {
    if (request->reply || request->accepted) continue;
    CHECK_OK(journal_->make_durable());
    const bool there = TRY(is_on_disk(journal_->file(), request->batch, *request->standing));
    if (!there) return {Code::conflict, "the cache showed records that the disk does not have"};
    CHECK_OK(journal_->confirm());
    request->accepted = request->durable = true;
    const std::uint64_t end = request->standing->end;
    const Digest128 hash =
        TRY(hash_of_last_record(journal_->file(), end, context_.folder->padded_tails()));
    request->version = {journal_->generation(), end, hash.high, hash.low};
  }
  return {};
}

// Decides on one request: a reply if it is refused, `standing` if some of it is there already.
// `now` is the version behind the requests before it in the group, if there are any.
Status OpenSession::admit(Request& request, const std::optional<Version>& now) {
  request.standing.reset();
  request.rest.reset();
  const WriteOptions& how = *request.how;
  if (how.create == Create::must && !how.expected) {
    request.reply = Status(Code::conflict, "the session exists already");
    return {};
  }
  if (how.expected) {
    const Version current = now ? *now : TRY(journal_->version());
    const Version expected = as_now(*how.expected);
    if (expected != current) return admit_retry(request, expected);
  }
  if (request.batch.lines.empty()) {
    Appended nothing;
    nothing.version = now ? *now : TRY(journal_->version());
    nothing.first = nothing.last = nothing.end = {journal_->generation(), nothing.version.end};
    request.reply = nothing;
    return {};
  }
  if (how.once.operation.empty() && how.once.member.empty()) return {};
  request.standing =
      TRY(find_once(journal_->file(), journal_->content_end(), request.batch, how.once, key_));
  if (request.standing->all()) return {};
  return keep_the_missing(request);
}

// A version from when the session was packed means the same content, now that it is unpacked.
Version OpenSession::as_now(Version version) const {
  const bool was_packed = packed_generation_ != 0 && version.generation == packed_generation_;
  if (was_packed) version.generation = journal_->generation();
  return version;
}

// The version is not the expected one. Is it because this very batch is there already?
Status OpenSession::admit_retry(Request& request, const Version& expected) {
  const bool from_nothing = expected == Version::none();
  if (request.batch.lines.empty() ||
      (!from_nothing &&
       (expected.generation != journal_->generation() || expected.end > journal_->content_end()))) {
    request.reply = stale_version();
    return {};
  }
  const Digest128 hash =
      TRY(hash_of_last_record(journal_->file(), expected.end, context_.folder->padded_tails()));
  if (!from_nothing && hash != Digest128{expected.hash_high, expected.hash_low}) {
    request.reply = stale_version();
    return {};
  }
  request.standing = TRY(
      find_behind(journal_->file(), expected.end, journal_->content_end(), request.batch, key_));
  if (!request.standing || request.standing->found == 0) {
    request.standing.reset();
    request.reply = stale_version();
    return {};
  }
  if (request.standing->all()) return {};
  return keep_the_missing(request);
}

// Writes only what is missing, behind the mark of the operation where there is one.
Status OpenSession::keep_the_missing(Request& request) {
  request.rest.emplace();
  const std::string& operation = request.how->once.operation;
  if (!operation.empty()) {
    const FoundMetadata found = TRY(find_metadata(journal_->file(), journal_->content_end(), key_));
    Metadata metadata = found.metadata;
    metadata.key = key_;
    request.rest->add(rewrite_metadata(found.line, metadata,
                                       OperationMark{operation, request.batch.lines.size()}));
  }
  request.rest_begin = request.rest->lines.size();
  for (std::size_t i = 0; i < request.batch.lines.size(); ++i) {
    if (request.standing->offsets[i] == kMissing) request.rest->add(request.batch.record(i));
  }
  return {};
}

void OpenSession::answer(Request& request) {
  const std::uint64_t generation = request.version.generation;
  std::vector<std::uint64_t> offsets(request.batch.lines.size());
  std::size_t rest = request.rest_begin;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (request.standing && request.standing->offsets[i] != kMissing) {
      offsets[i] = request.standing->offsets[i];
    } else if (request.rest) {
      offsets[i] = request.first + request.rest->lines[rest++].offset - 1;
    } else {
      offsets[i] = request.first + request.batch.lines[i].offset - 1;
    }
  }
  Appended reply;
  reply.first = {generation, offsets.front()};
  reply.last = {generation, offsets.back()};
  reply.end = {generation, request.version.end};
  reply.version = request.version;
  reply.reached = request.durable                                    ? Level::power
                  : request.how->durability.level == Level::interval ? Level::interval
                                                                     : Level::kernel;
  reply.records = offsets.size();
  reply.already_there = request.standing ? request.standing->found : 0;
  request.reply = reply;
}

Position OpenSession::durable() const {
  const std::lock_guard guard(durable_mutex_);
  return {generation_, durable_end_};
}

bool OpenSession::has_pending() const {
  const std::lock_guard guard(durable_mutex_);
  return !sync_failed_ && durable_end_ < written_end_;
}

Status OpenSession::sync_pending() {
  std::shared_ptr<File> file;
  std::uint64_t generation = 0;
  std::uint64_t end = 0;
  {
    const std::lock_guard guard(durable_mutex_);
    // A failed write leaves what was acknowledged before it to be synced; a failed sync is final.
    if (sync_failed_ || durable_end_ >= written_end_) return poison_;
    file = pending_file_;
    generation = generation_;
    end = written_end_;
  }
  Status synced = file->sync_data();
  if (synced.ok()) synced = context_.names().ensure();
  if (!synced.ok()) {
    context_.note_failure(synced);
    const Result<FileInfo> info = file->info();
    if (info) distrust_file(info->id);
  }
  const std::lock_guard guard(durable_mutex_);
  if (!synced.ok()) {
    sync_failed_ = true;
    poison_ = synced.within("what was acknowledged before it was durable may be lost");
    return poison_;
  }
  if (generation == generation_ && durable_end_ < end) durable_end_ = end;
  return poison_;
}

Status OpenSession::close() {
  CHECK_OK(sync_pending());
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return !has_leader_; });
  if (journal_ == nullptr) return {};
  const bool has_unsealed = sealed_end_ < durable().offset;
  if (tail_ == Tail::padded || has_unsealed) {
    const bool may_wait = tail_ == Tail::padded;
    const Result<SessionLock> lock = context_.locks.acquire(
        slot_, may_wait ? context_.options.lock_wait : std::chrono::milliseconds(0));
    if (lock && has_unsealed && journal_->refresh().ok()) seal_synced(1);
    if (lock && tail_ == Tail::padded) {
      {
        const std::lock_guard durable_guard(durable_mutex_);
        pending_file_.reset();
      }
      journal_->trim();
    }
  }
  journal_.reset();
  return {};
}

}  // namespace everturn
