// SPDX-License-Identifier: Apache-2.0
#include "store/dir_engine.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "journal/unreadable.h"
#include "store/guarded.h"
#include "store/packed_file.h"

namespace everturn {
namespace {

// Engines that may hold acknowledged but unsynced writes when the process ends without closing
// them.
struct LiveEngines {
  std::mutex mutex;
  std::vector<DirEngine*> engines;
};

LiveEngines& live_engines() {
  static LiveEngines& instance = *[] {
    auto* engines = new LiveEngines;  // used until the very end of the process
    static_cast<void>(std::atexit([] {
      LiveEngines& all = live_engines();
      const std::lock_guard guard(all.mutex);
      for (DirEngine* engine : all.engines) static_cast<void>(engine->flush());
    }));
    return engines;
  }();
  return instance;
}

// How the session ends, without a batch that is only half written.
Result<TailState> settled_tail(SessionView view) {
  const TailState tail = TRY(read_tail(*view.file, view.size, view.padded_tails));
  const bool moved = TRY(settle_before(view, tail.content_end));
  if (!moved) return tail;
  return read_tail(*view.file, view.size, view.padded_tails);
}

class DirWriter final : public EngineWriter {
 public:
  DirWriter(DirEngine& engine, std::shared_ptr<OpenSession> session)
      : engine_(engine), session_(std::move(session)) {}
  ~DirWriter() override { static_cast<void>(close()); }

  Result<Appended> append(Batch batch, const WriteOptions& how) override {
    if (session_ == nullptr) return Status(Code::invalid, "the writer was closed");
    Result<Appended> reply = session_->append(std::move(batch), how);
    if (reply && reply->reached == Level::interval) {
      engine_.schedule_sync(session_, how.durability.interval);
    }
    return reply;
  }
  [[nodiscard]] Position durable() const override {
    return session_ == nullptr ? Position{} : session_->durable();
  }
  Status close() override {
    if (session_ == nullptr) return {};
    const std::shared_ptr<OpenSession> session = std::exchange(session_, nullptr);
    engine_.forget_writer(session);
    return session->close();
  }

 private:
  DirEngine& engine_;
  std::shared_ptr<OpenSession> session_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_dir_engine(Fs& fs, std::string path,
                                                const StoreOptions& options) {
  std::unique_ptr<StoreFolder> folder = TRY(StoreFolder::open(fs, std::move(path), options));
  return std::unique_ptr<Engine>(std::make_unique<DirEngine>(fs, std::move(folder), options));
}

DirEngine::DirEngine(Fs& fs, std::unique_ptr<StoreFolder> folder, const StoreOptions& options)
    : context_(fs, std::move(folder), options) {
  LiveEngines& all = live_engines();
  const std::lock_guard guard(all.mutex);
  all.engines.push_back(this);
}

DirEngine::~DirEngine() {
  {
    LiveEngines& all = live_engines();
    const std::lock_guard guard(all.mutex);
    std::erase(all.engines, this);
  }
  static_cast<void>(flush());
  // In a forked child its threads do not exist, and waiting for them would never end.
  if (!context_.check_process().ok()) static_cast<void>(flusher_.release());
}

// The session kept open between calls. One that has failed is opened anew: by its file, not by what
// the cache of the kernel shows.
Result<std::shared_ptr<OpenSession>> DirEngine::cached_session(std::string_view key) {
  const std::lock_guard guard(cache_mutex_);
  const auto known = cache_index_.find(std::string(key));
  if (known != cache_index_.end()) {
    if (!known->second->session->is_poisoned()) {
      cache_.splice(cache_.begin(), cache_, known->second);
      return known->second->session;
    }
    cache_.erase(known->second);
    cache_index_.erase(known);
  }
  auto session =
      std::make_shared<OpenSession>(context_, std::string(key), Tail::plain, /*bound=*/false);
  cache_.push_front({std::string(key), session});
  cache_index_[std::string(key)] = cache_.begin();
  while (cache_.size() > std::max<std::size_t>(context_.options.max_open_sessions, 1)) {
    const Cached& oldest = cache_.back();
    if (oldest.session->has_pending()) CHECK_OK(oldest.session->sync_pending());
    cache_index_.erase(oldest.key);
    cache_.pop_back();
  }
  return session;
}

void DirEngine::schedule_sync(const std::shared_ptr<OpenSession>& session,
                              std::chrono::milliseconds after) {
  flusher_->schedule(session, after);
}

void DirEngine::forget_writer(const std::shared_ptr<OpenSession>& session) {
  const std::lock_guard guard(cache_mutex_);
  std::erase_if(writers_, [&](const std::weak_ptr<OpenSession>& writer) {
    return writer.expired() || writer.lock() == session;
  });
}

Result<Appended> DirEngine::append(std::string_view key, Batch batch, const WriteOptions& how) {
  const std::shared_ptr<OpenSession> session = TRY(cached_session(key));
  Result<Appended> reply = session->append(std::move(batch), how);
  if (reply && reply->reached == Level::interval) {
    flusher_->schedule(session, how.durability.interval);
  }
  return reply;
}

void DirEngine::append_each(std::string_view key, std::span<BatchAppend> calls) {
  const Result<std::shared_ptr<OpenSession>> session = cached_session(key);
  if (session) {
    (*session)->append_each(calls);
  } else {
    for (BatchAppend& call : calls) call.reply = session.status();
  }
  for (BatchAppend& call : calls) {
    if (!call.reply || call.reply->reached != Level::interval) continue;
    const Status scheduled = guarded([&]() -> Status {
      flusher_->schedule(*session, call.how->durability.interval);
      return {};
    });
    if (!scheduled.ok()) call.reply = scheduled;
  }
}

Result<std::unique_ptr<EngineWriter>> DirEngine::open_writer(std::string_view key,
                                                             const WriterOptions& how) {
  auto session = std::make_shared<OpenSession>(context_, std::string(key), how.tail, true);
  const bool exists = TRY(session->look());
  if (!exists && how.create == Create::never) {
    return Status(Code::not_found, "there is no such session");
  }
  if (exists && how.create == Create::must) {
    return Status(Code::conflict, "the session exists already");
  }
  const std::lock_guard guard(cache_mutex_);
  writers_.push_back(session);
  return std::unique_ptr<EngineWriter>(std::make_unique<DirWriter>(*this, session));
}

Status DirEngine::flush() {
  CHECK_OK(context_.check_process());
  std::vector<std::shared_ptr<OpenSession>> sessions;
  {
    const std::lock_guard guard(cache_mutex_);
    for (const Cached& cached : cache_) sessions.push_back(cached.session);
    for (const auto& writer : writers_) {
      if (auto session = writer.lock()) sessions.push_back(std::move(session));
    }
  }
  Status first_failure;
  for (const auto& session : sessions) {
    const Status synced = session->sync_pending();
    if (!synced.ok() && first_failure.ok()) first_failure = synced;
  }
  return first_failure;
}

Result<DirEngine::OpenFile> DirEngine::open_for_reading(std::string_view key) {
  // Packing and unpacking move a session between two names.
  constexpr int kTries = 4;
  for (int i = 1;; ++i) {
    Result<OpenFile> open = try_to_open(key);
    if (open || open.status().code() != Code::not_found || i == kTries) return open;
  }
}

Result<DirEngine::OpenFile> DirEngine::try_to_open(std::string_view key) {
  const std::shared_ptr<Folder> root = TRY(context_.readable_root());
  const SessionFile found = TRY(context_.find(key));
  if (!found.exists) return Status(Code::not_found, "there is no such session");
  OpenFile open;
  open.name = found.real_name();
  open.file = TRY(open_session_content(*root, open.name));
  const FileInfo info = TRY(open.file->info());
  open.view.file = open.file.get();
  open.view.size = info.size;
  open.view.id = info.id;
  open.view.padded_tails = context_.folder->padded_tails();
  open.view.expects_metadata = context_.folder->kind() != FolderKind::foreign;
  open.view.max_record_bytes = context_.options.max_record_bytes;
  File* file = open.file.get();
  const std::uint64_t slot = lock_slot(key);
  if (found.packed) return open;  // nobody is writing there
  open.view.settle = [this, file, slot] { return settled_size(*file, slot); };
  return open;
}

// The end of what is written, seen under the lock.
Result<std::uint64_t> DirEngine::settled_size(File& file, std::uint64_t slot) {
  SessionLock lock;
  const bool writers = TRY(context_.folder->has_lock_file());
  if (writers) {
    Result<SessionLock> taken = context_.locks.acquire(slot, context_.options.lock_wait);
    // Who may not write here cannot lock either, and reads what stands there.
    if (taken) {
      lock = *std::move(taken);
    } else if (taken.status().code() != Code::io) {
      return taken.status();
    }
  }
  const FileInfo now = TRY(file.info());
  const TailState tail = TRY(read_tail(file, now.size, true));
  return tail.padding > 0 ? tail.write_at : now.size;
}

Result<ReadReport> DirEngine::read(std::string_view key, const ReadOptions& how,
                                   const RecordSink& sink) {
  OpenFile open = TRY(open_for_reading(key));
  open.view.key = key;
  return read_session(open.view, how, sink);
}

Status DirEngine::read_raw(std::string_view key,
                           const std::function<bool(std::string_view)>& sink) {
  const OpenFile open = TRY(open_for_reading(key));
  std::string bytes(1 << 20, '\0');
  std::uint64_t at = 0;
  while (at < open.view.size) {
    const std::size_t want =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), open.view.size - at));
    const Result<std::size_t> got = open.file->read_at(at, bytes.data(), want);
    if (!got) return told_of_hole(*open.file, at, at + want, got.status());
    if (*got == 0 || !sink(std::string_view(bytes).substr(0, *got))) break;
    at += *got;
  }
  return {};
}

Result<Version> DirEngine::version(std::string_view key) {
  const Result<OpenFile> open = open_for_reading(key);
  if (!open) {
    if (open.status().code() == Code::not_found) return Version::none();
    return open.status();
  }
  File& file = *open->file;
  const TailState tail = TRY(settled_tail(open->view));
  const Digest128 hash = TRY(hash_of_last_record(file, tail.content_end, open->view.padded_tails));
  return Version{generation_of(open->view.id), tail.content_end, hash.high, hash.low};
}

Result<Metadata> DirEngine::metadata(std::string_view key) {
  const OpenFile open = TRY(open_for_reading(key));
  const TailState tail = TRY(settled_tail(open.view));
  FoundMetadata found = TRY(find_metadata(*open.file, tail.content_end, key));
  const Digest128 hash =
      TRY(hash_of_last_record(*open.file, tail.content_end, open.view.padded_tails));
  found.metadata.version = {generation_of(open.view.id), tail.content_end, hash.high, hash.low};
  return std::move(found.metadata);
}

Status DirEngine::adopt() {
  CHECK_OK(context_.check_process());
  return context_.folder->adopt();
}

}  // namespace everturn
