// SPDX-License-Identifier: Apache-2.0
// The engine for tests: the whole contract, and nothing on any disk.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/try.h"
#include "store/engine.h"
#include "store/memory_state.h"
#include "store/store_watch.h"

namespace everturn {
namespace {

using StatePointer = std::shared_ptr<MemoryState>;
using Guard = std::lock_guard<std::mutex>;

Status no_such_session() { return {Code::not_found, "there is no such session"}; }

class MemoryWriter : public EngineWriter {
 public:
  MemoryWriter(StatePointer state, std::string key, Create create)
      : state_(std::move(state)), key_(std::move(key)), create_(create) {}

  Status open() {
    const Guard guard(state_->mutex);
    session_ = state_->find(key_);
    if (session_ && create_ == Create::must) {
      return {Code::conflict, "there is a session of this key already"};
    }
    if (!session_ && create_ == Create::never) return no_such_session();
    return {};
  }

  Result<Appended> append(Batch batch, const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    if (closed_) return Status(Code::invalid, "the writer is closed; open another");
    if (session_ && state_->find(key_) != session_) {
      return Status(Code::not_found, "the session was deleted or renamed");
    }
    WriteOptions effective = how;
    if (!session_ && how.create == Create::if_missing) effective.create = create_;
    Appended reply = TRY(state_->append(key_, batch, effective));
    session_ = state_->find(key_);
    return reply;
  }

  [[nodiscard]] Position durable() const override {
    const Guard guard(state_->mutex);
    return session_ ? session_->position_at(session_->end()) : Position{};
  }

  Status close() override {
    const Guard guard(state_->mutex);
    closed_ = true;
    return {};
  }

 private:
  const StatePointer state_;
  const std::string key_;
  const Create create_;
  MemoryState::SessionPointer session_;  // null until there is one
  bool closed_ = false;
};

class MemoryWatch : public Watch {
 public:
  MemoryWatch(StatePointer state, std::string key, MemoryState::SessionPointer session,
              Position from)
      : state_(std::move(state)),
        key_(std::move(key)),
        session_(std::move(session)),
        position_(from) {}

  Result<WatchEvent> next(std::chrono::milliseconds timeout, const RecordSink& sink) override {
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
    const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, kLongest);
    std::unique_lock lock(state_->mutex);
    while (true) {
      if (state_->find(key_) != session_) return WatchEvent::removed;
      const Result<std::uint64_t> index = session_->index_of(position_);
      if (!index) {
        position_ = {};
        return WatchEvent::reset;
      }
      if (has_records_behind(*index)) {
        const MemorySession snapshot = *session_;
        lock.unlock();
        return deliver(snapshot, sink);
      }
      if (std::chrono::steady_clock::now() >= deadline) return WatchEvent::timeout;
      state_->changed.wait_until(lock, deadline);
    }
  }

  [[nodiscard]] Position position() const override { return position_; }

 private:
  [[nodiscard]] bool has_records_behind(std::uint64_t index) const {
    const auto& lines = session_->lines();
    return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(index), lines.end(),
                       [](const MemoryLine& line) { return line.kind == RecordKind::record; });
  }

  Result<WatchEvent> deliver(const MemorySession& snapshot, const RecordSink& sink) {
    ReadOptions how;
    how.from = position_;
    const ReadReport report = TRY(snapshot.read(how, sink));
    position_ = report.end;
    return WatchEvent::records;
  }

  const StatePointer state_;
  const std::string key_;
  const MemoryState::SessionPointer session_;
  Position position_;
};

// There is no file: the session is read by its key.
class MemoryListed final : public ListedFile {
 public:
  MemoryListed(Engine& engine, SessionInfo info) : engine_(engine), info_(std::move(info)) {}

  [[nodiscard]] const SessionInfo& info() const override { return info_; }
  [[nodiscard]] bool is_plain() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t, char*, std::size_t) override {
    return Status(Code::invalid, "the session lies in no file");
  }
  [[nodiscard]] std::string_view beginning() const override { return {}; }
  Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) override {
    return engine_.read(info_.key, how, sink);
  }
  [[nodiscard]] bool is_padded() const override { return false; }

 private:
  Engine& engine_;
  const SessionInfo info_;
};

class MemoryEngine : public Engine {
 public:
  explicit MemoryEngine(const StoreOptions& options)
      : state_(std::make_shared<MemoryState>(options)) {}

  [[nodiscard]] const StoreOptions& options() const override { return state_->options; }

  Result<Appended> append(std::string_view key, Batch batch, const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    return state_->append(key, batch, how);
  }

  Result<std::unique_ptr<EngineWriter>> open_writer(std::string_view key,
                                                    const WriterOptions& how) override {
    CHECK_OK(state_->check_writable());
    auto writer = std::make_unique<MemoryWriter>(state_, std::string(key), how.create);
    CHECK_OK(writer->open());
    return std::unique_ptr<EngineWriter>(std::move(writer));
  }

  Result<Appended> save(std::string_view key, SaveContent& content, const WriteOptions& how,
                        bool merge) override {
    CHECK_OK(content.check());
    const Guard guard(state_->mutex);
    return state_->save(key, content.joined(), how, merge);
  }

  // Readers get a snapshot, so that a sink may call the store.
  Result<ReadReport> read(std::string_view key, const ReadOptions& how,
                          const RecordSink& sink) override {
    const MemorySession session = TRY(snapshot(key));
    return session.read(how, sink);
  }

  Status read_raw(std::string_view key,
                  const std::function<bool(std::string_view)>& sink) override {
    const MemorySession session = TRY(snapshot(key));
    for (const MemoryLine& line : session.lines()) {
      if (!sink(*line.bytes + "\n")) break;
    }
    return {};
  }

  Result<std::vector<SessionInfo>> list(const ListOptions& how) override {
    const Guard guard(state_->mutex);
    std::vector<SessionInfo> all;
    for (const auto& [key, session] : state_->sessions) {
      SessionInfo info;
      info.key = key;
      info.bytes = session->bytes();
      info.modified_ns = session->modified_ns();
      info.checked = how.check;
      if (how.check) info.records = session->records();
      all.push_back(std::move(info));
    }
    return all;
  }

  Result<std::unique_ptr<ListedFile>> open_listed(const SessionInfo& listed) override {
    SessionInfo now = listed;
    {
      const Guard guard(state_->mutex);
      const MemoryState::SessionPointer session = state_->find(listed.key);
      if (session == nullptr) return no_such_session();
      now.bytes = session->bytes();
      now.modified_ns = session->modified_ns();
    }
    return std::unique_ptr<ListedFile>(std::make_unique<MemoryListed>(*this, std::move(now)));
  }
  Result<CachePlace> cache_place(bool) override { return CachePlace(); }
  Result<Version> version(std::string_view key) override {
    const Guard guard(state_->mutex);
    const auto session = state_->find(key);
    return session ? session->version() : Version::none();
  }

  Result<Metadata> metadata(std::string_view key) override {
    const MemorySession session = TRY(snapshot(key));
    return session.metadata();
  }

  Result<Metadata> update_metadata(std::string_view key, const MetadataChange& change,
                                   const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    return state_->update_metadata(key, change, how);
  }

  Result<TrashEntry> remove(std::string_view key, const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    return state_->remove(key, how);
  }

  Result<std::vector<TrashEntry>> trash() override {
    const Guard guard(state_->mutex);
    std::vector<TrashEntry> all;
    for (const MemoryTrash& item : state_->trash) all.push_back(item.entry);
    return all;
  }

  Status undelete(std::string_view trash_id) override {
    const Guard guard(state_->mutex);
    return state_->undelete(trash_id);
  }

  Status purge(std::string_view trash_id, std::string_view) override {
    const Guard guard(state_->mutex);
    CHECK_OK(state_->check_writable());
    const auto gone = std::erase_if(
        state_->trash, [trash_id](const MemoryTrash& item) { return item.entry.id == trash_id; });
    if (gone == 0) return {Code::not_found, "there is no such trash entry"};
    return {};
  }

  Result<Rewound> rewind(std::string_view key, Position position,
                         const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    const auto session = TRY(state_->find_to_change(key, how.expected));
    const std::uint64_t index = TRY(session->index_of(position));
    return state_->rewind(key, *session, index);
  }

  Result<Rewound> pop(std::string_view key, std::uint64_t count, const WriteOptions& how) override {
    const Guard guard(state_->mutex);
    const auto session = TRY(state_->find_to_change(key, how.expected));
    std::uint64_t index = session->end();
    while (count > 0 && index > 0) {
      if (session->lines()[--index].kind == RecordKind::record) --count;
    }
    return state_->rewind(key, *session, index);
  }

  Result<Version> fork(std::string_view key, std::string_view new_key,
                       std::optional<Position> position) override {
    const Guard guard(state_->mutex);
    const auto session = state_->find(key);
    if (!session) return no_such_session();
    CHECK_OK(state_->check_free(new_key));
    std::uint64_t length = session->end();
    if (position) length = TRY(session->index_of(*position));
    return state_->copy(*session, length, new_key);
  }

  Result<Version> rename(std::string_view key, std::string_view new_key) override {
    const Guard guard(state_->mutex);
    const auto session = TRY(state_->find_to_change(key, std::nullopt));
    CHECK_OK(state_->check_free(new_key));
    const Version version = TRY(state_->copy(*session, session->end(), new_key));
    state_->sessions.erase(state_->sessions.find(key));
    return version;
  }

  Result<Vacuumed> vacuum(std::string_view key) override {
    const Guard guard(state_->mutex);
    const auto session = TRY(state_->find_to_change(key, std::nullopt));
    return Vacuumed{session->bytes(), session->bytes(), session->version()};
  }

  // Memory holds what callers gave it: there is no damage.
  Result<RepairReport> repair(const RepairTarget& target, const RepairOptions& how, bool) override {
    if (!how.to.empty()) {
      return Status(Code::invalid, "a store in memory writes no files");
    }
    const ReadReport read = TRY(this->read(target.key, {}, [](const Record&) { return true; }));
    RepairReport report;
    report.records = read.records;
    report.version = read.version;
    report.summary = "nothing to repair";
    return report;
  }
  Result<std::vector<RepairReceipt>> receipts() override { return std::vector<RepairReceipt>(); }
  Status undo_repair(const std::string& id, const std::string&) override {
    return {Code::not_found, "there is no receipt " + id};
  }
  Status sweep() override { return state_->check_writable(); }

  Result<std::unique_ptr<Watch>> watch(std::string_view key, Position from) override {
    const Guard guard(state_->mutex);
    const auto session = state_->find(key);
    if (!session) return no_such_session();
    return std::unique_ptr<Watch>(
        std::make_unique<MemoryWatch>(state_, std::string(key), session, from));
  }

  Result<std::unique_ptr<StoreWatch>> watch_all() override {
    return make_listing_watch(*this, posix_fs(), std::chrono::milliseconds(50));
  }

  Status flush() override { return {}; }

  Result<StoreInfo> info() override {
    const Guard guard(state_->mutex);
    StoreInfo info;
    info.url = "memory:";
    info.engine = "memory";
    info.folder = "own";
    info.read_only = state_->options.read_only;
    info.sessions = state_->sessions.size();
    info.trash_entries = state_->trash.size();
    for (const MemoryTrash& item : state_->trash) info.trash_bytes += item.entry.bytes;
    info.warnings = {"Everything is kept in memory only and gone when the store is closed."};
    return info;
  }

  Status adopt() override { return state_->check_writable(); }

 private:
  Result<MemorySession> snapshot(std::string_view key) {
    const Guard guard(state_->mutex);
    const auto session = state_->find(key);
    if (!session) return no_such_session();
    return *session;
  }

  const StatePointer state_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_memory_engine(const StoreOptions& options) {
  return std::unique_ptr<Engine>(std::make_unique<MemoryEngine>(options));
}

}  // namespace everturn
