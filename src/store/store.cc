// SPDX-License-Identifier: Apache-2.0
// The front: checks keys and records once for every engine, and lets no exception out.
#include "everturn/store.h"

#include <utility>

#include "base/session_name.h"
#include "base/try.h"
#include "base/utf8.h"
#include "store/engine.h"
#include "store/guarded.h"
#include "store/guarded_watch.h"

namespace everturn {
namespace {

// The key as it can stand in a message.
std::string printable_key(std::string_view key) {
  constexpr std::size_t kShown = 80;
  return key.size() <= kShown ? printable(key) : printable(key.substr(0, kShown)) + "...";
}

Status locate(const Status& status, std::string_view what, std::string_view key) {
  return status.within(std::string(what) + " " + printable_key(key));
}

template <class T>
const Status& status_of(const Result<T>& result) {
  return result.status();
}
const Status& status_of(const Status& status) { return status; }

// Runs a call on one session: checks the key, catches what is thrown, says where a failure was.
template <class Call>
auto on_session(std::string_view what, std::string_view key, Call&& call) -> decltype(call()) {
  auto result = guarded([&]() -> decltype(call()) {
    CHECK_OK(check_key(key));
    return call();
  });
  if (result.ok()) return result;
  return guarded([&]() -> decltype(call()) { return locate(status_of(result), what, key); });
}

// Short enough to need no memory of its own.
Status out_of_memory() { return {Code::unavailable, "out of memory"}; }

Status check_durability(const Durability& durability) {
  if (durability.level != Level::interval) return {};
  if (durability.interval >= std::chrono::milliseconds(1) &&
      durability.interval <= std::chrono::hours(1)) {
    return {};
  }
  return {Code::invalid, "level interval needs a time between 1 ms and 1 hour"};
}

Status check_write(const WriteOptions& how) {
  CHECK_OK(check_durability(how.durability));
  if (!how.once.operation.empty() && !how.once.member.empty()) {
    return {Code::invalid, "once takes an operation id or a member name, not both"};
  }
  if (how.once.operation.size() > 256) {
    return {Code::invalid, "an operation id has at most 256 bytes"};
  }
  return {};
}

Result<Appended> save_in(Engine& engine, std::string_view key,
                         std::span<const std::string_view> records, const WriteOptions& how,
                         bool merge) {
  return on_session("save", key, [&]() -> Result<Appended> {
    CHECK_OK(check_write(how));
    SaveContent content = TRY(SaveContent::begin(records, engine.options().max_record_bytes));
    const Result<Appended> reply = engine.save(key, content, how, merge);
    // A bad record is refused before anything else is.
    CHECK_OK(content.check());
    return reply;
  });
}

class CheckedWriter : public Writer {
 public:
  CheckedWriter(std::unique_ptr<EngineWriter> writer, std::string key,
                std::uint64_t max_record_bytes)
      : writer_(std::move(writer)), key_(std::move(key)), max_record_bytes_(max_record_bytes) {}

  Result<Appended> append(std::span<const std::string_view> records,
                          const WriteOptions& how) override {
    return on_session("append to", key_, [&]() -> Result<Appended> {
      CHECK_OK(check_write(how));
      Batch batch = TRY(make_batch(records, max_record_bytes_));
      return writer_->append(std::move(batch), how);
    });
  }
  [[nodiscard]] Position durable() const override { return writer_->durable(); }
  Status close() override {
    return guarded([&] { return writer_->close(); });
  }

 private:
  std::unique_ptr<EngineWriter> writer_;
  std::string key_;
  std::uint64_t max_record_bytes_;
};

}  // namespace

Status Engine::needs_folder() {
  return {Code::invalid, "this needs a store in a folder of its own (dir:PATH)"};
}

void Engine::append_each(std::string_view key, std::span<BatchAppend> calls) {
  for (BatchAppend& call : calls) {
    call.reply = guarded([&] { return append(key, std::move(call.batch), *call.how); });
  }
}

Result<BackupReport> Engine::backup(const std::string&, const BackupOptions&) {
  return needs_folder();
}

Result<RestoreReport> Engine::restore(const std::string&, const RestoreOptions&) {
  return needs_folder();
}

Result<Packed> Engine::pack(std::string_view) { return needs_folder(); }

Result<Packed> Engine::unpack(std::string_view, bool) { return needs_folder(); }

Store::Store(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Store::~Store() = default;
Engine& engine_of(Store& store) { return *store.engine_; }

Result<Appended> Store::append(std::string_view key, std::span<const std::string_view> records,
                               const WriteOptions& how) {
  return on_session("append to", key, [&]() -> Result<Appended> {
    CHECK_OK(check_write(how));
    Batch batch = TRY(make_batch(records, engine_->options().max_record_bytes));
    return engine_->append(key, std::move(batch), how);
  });
}

Result<Appended> Store::append(std::string_view key,
                               std::initializer_list<std::string_view> records,
                               const WriteOptions& how) {
  return append(key, std::span(records.begin(), records.size()), how);
}

void Store::append_each(std::string_view key, std::span<AppendCall> calls) {
  for (AppendCall& call : calls) call.reply = out_of_memory();
  const Status status = guarded([&]() -> Status {
    std::vector<BatchAppend> batches;
    std::vector<AppendCall*> callers;
    batches.reserve(calls.size());
    callers.reserve(calls.size());
    for (AppendCall& call : calls) {
      const Status checked = on_session("append to", key, [&]() -> Status {
        CHECK_OK(check_write(call.how));
        batches.push_back({TRY(make_batch(call.records, engine_->options().max_record_bytes)),
                           &call.how, out_of_memory()});
        return {};
      });
      if (checked.ok()) {
        callers.push_back(&call);
      } else {
        call.reply = checked;
      }
    }
    engine_->append_each(key, batches);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      callers[i]->reply = on_session("append to", key, [&] { return std::move(batches[i].reply); });
    }
    return {};
  });
  if (status.ok()) return;
  for (AppendCall& call : calls) call.reply = status;
}

Result<std::unique_ptr<Writer>> Store::open_writer(std::string_view key, const WriterOptions& how) {
  return on_session("open", key, [&]() -> Result<std::unique_ptr<Writer>> {
    std::unique_ptr<EngineWriter> writer = TRY(engine_->open_writer(key, how));
    return std::unique_ptr<Writer>(std::make_unique<CheckedWriter>(
        std::move(writer), std::string(key), engine_->options().max_record_bytes));
  });
}

Result<Appended> Store::save(std::string_view key, std::span<const std::string_view> records,
                             const WriteOptions& how) {
  return save_in(*engine_, key, records, how, /*merge=*/false);
}

Result<Appended> Store::save_merging(std::string_view key,
                                     std::span<const std::string_view> records,
                                     const WriteOptions& how) {
  return save_in(*engine_, key, records, how, /*merge=*/true);
}

Result<ReadReport> Store::read(std::string_view key, const ReadOptions& how,
                               const RecordSink& sink) {
  return on_session("read", key, [&] { return engine_->read(key, how, sink); });
}

Status Store::read_raw(std::string_view key, const std::function<bool(std::string_view)>& sink) {
  return on_session("read", key, [&] { return engine_->read_raw(key, sink); });
}

Result<std::vector<SessionInfo>> Store::list(const ListOptions& how) {
  return guarded([&] { return engine_->list(how); });
}

Result<Version> Store::version(std::string_view key) {
  return on_session("read", key, [&] { return engine_->version(key); });
}

Result<Metadata> Store::metadata(std::string_view key) {
  return on_session("read the metadata of", key, [&] { return engine_->metadata(key); });
}

Result<Metadata> Store::update_metadata(std::string_view key, const MetadataChange& change,
                                        const WriteOptions& how) {
  return on_session("change the metadata of", key, [&]() -> Result<Metadata> {
    CHECK_OK(check_write(how));
    JsonFault fault;
    if (!is_json_object_by_grammar(change.merge, &fault)) {
      return Status(Code::invalid,
                    "the change is not one JSON object: " + std::string(fault.reason) +
                        " at byte " + std::to_string(fault.offset));
    }
    if (change.merge.find_first_of("\r\n") != std::string::npos) {
      return Status(Code::invalid, "the change has a raw line break; write it on one line");
    }
    return engine_->update_metadata(key, change, how);
  });
}

Result<TrashEntry> Store::remove(std::string_view key, const WriteOptions& how) {
  return on_session("delete", key, [&] { return engine_->remove(key, how); });
}

Result<std::vector<TrashEntry>> Store::trash() {
  return guarded([&] { return engine_->trash(); });
}

Status Store::undelete(std::string_view trash_id) {
  return guarded([&] { return engine_->undelete(trash_id); });
}

Status Store::purge(std::string_view trash_id, std::string_view who) {
  return guarded([&] { return engine_->purge(trash_id, who); });
}

Result<Rewound> Store::rewind(std::string_view key, Position position, const WriteOptions& how) {
  return on_session("rewind", key, [&] { return engine_->rewind(key, position, how); });
}

Result<Rewound> Store::pop(std::string_view key, std::uint64_t count, const WriteOptions& how) {
  return on_session("rewind", key, [&] { return engine_->pop(key, count, how); });
}

Result<Version> Store::fork(std::string_view key, std::string_view new_key,
                            std::optional<Position> position) {
  return on_session("fork", key, [&]() -> Result<Version> {
    CHECK_OK(check_key(new_key));
    CHECK_OK(check_new_key(new_key));
    return engine_->fork(key, new_key, position);
  });
}

Result<Version> Store::rename(std::string_view key, std::string_view new_key) {
  return on_session("rename", key, [&]() -> Result<Version> {
    CHECK_OK(check_key(new_key));
    CHECK_OK(check_new_key(new_key));
    if (key == new_key) return Status(Code::invalid, "the new key is the old one");
    return engine_->rename(key, new_key);
  });
}

Result<Vacuumed> Store::vacuum(std::string_view key) {
  return on_session("vacuum", key, [&] { return engine_->vacuum(key); });
}

Result<Packed> Store::pack(std::string_view key) {
  return on_session("pack", key, [&] { return engine_->pack(key); });
}

Result<Packed> Store::unpack(std::string_view key, bool salvage) {
  return on_session("unpack", key, [&] { return engine_->unpack(key, salvage); });
}

Result<RepairReport> Store::plan_repair(std::string_view key, const RepairOptions& how) {
  return on_session("plan the repair of", key, [&] {
    return engine_->repair({std::string(key), {}}, how, false);
  });
}

Result<RepairReport> Store::repair(std::string_view key, const RepairOptions& how) {
  return on_session("repair", key, [&] {
    return engine_->repair({std::string(key), {}}, how, true);
  });
}

Status Store::undo_repair(const std::string& receipt_id, const std::string& to) {
  return guarded([&] { return engine_->undo_repair(receipt_id, to); });
}

Result<std::vector<RepairReceipt>> Store::receipts() {
  return guarded([&] { return engine_->receipts(); });
}

Result<SealReport> Store::verify(std::string_view key, const VerifyOptions& how) {
  return on_session("verify", key, [&] { return engine_->verify(key, how); });
}

Result<std::string> Store::seal(std::string_view key, bool anew) {
  return on_session("seal", key, [&] { return engine_->seal(key, anew); });
}

Status Store::sweep() {
  return guarded([&] { return engine_->sweep(); });
}

Result<std::unique_ptr<Watch>> Store::watch(std::string_view key, Position from) {
  return on_session("watch", key, [&]() -> Result<std::unique_ptr<Watch>> {
    return guarded_watch(TRY(engine_->watch(key, from)));
  });
}

Status Store::flush() {
  return guarded([&] { return engine_->flush(); });
}

Result<StoreInfo> Store::info() {
  return guarded([&] { return engine_->info(); });
}

Result<std::unique_ptr<StoreWatch>> Store::watch_all() {
  return guarded([&]() -> Result<std::unique_ptr<StoreWatch>> {
    return guarded_watch(TRY(engine_->watch_all()));
  });
}

Result<BackupReport> Store::backup(const std::string& to, const BackupOptions& how) {
  return guarded([&] { return engine_->backup(to, how); });
}

Result<RestoreReport> Store::restore(const std::string& from, const RestoreOptions& how) {
  return guarded([&] { return engine_->restore(from, how); });
}

Status Store::adopt() {
  return guarded([&] { return engine_->adopt(); });
}

}  // namespace everturn
