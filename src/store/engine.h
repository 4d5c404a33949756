// SPDX-License-Identifier: Apache-2.0
// What an engine must do: the calls of Store, with keys and records already checked. One contract
// suite (tests/store_contract) runs on every engine. Engines may throw std::bad_alloc; Store turns
// it into a Status.
#ifndef EVERTURN_STORE_ENGINE_H_
#define EVERTURN_STORE_ENGINE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/folders.h"
#include "everturn/store.h"
#include "store/batch.h"
#include "store/listed_names.h"
#include "store/user_cache.h"

namespace everturn {

// A Writer below the front: gets checked batches.
class EngineWriter {
 public:
  virtual ~EngineWriter() = default;
  virtual Result<Appended> append(Batch batch, const WriteOptions& how) = 0;
  [[nodiscard]] virtual Position durable() const = 0;
  virtual Status close() = 0;
};

// AppendCall with its records checked and joined. `how` must stay.
struct BatchAppend {
  Batch batch;
  const WriteOptions* how = nullptr;
  Result<Appended> reply = Status(Code::unavailable, "out of memory");
};

// The session of a key, or, with an empty key, a file in the store's folder.
struct RepairTarget {
  std::string key;
  std::string file_name;
};

// One file of a listing, opened for reading; what is appended later is not seen. One thread.
class ListedFile {
 public:
  virtual ~ListedFile() = default;
  // As Store::list gives it, without `check`.
  [[nodiscard]] virtual const SessionInfo& info() const = 0;
  // The session is the lines of the file, as they lie there: read_at gives them. Else it is a
  // document, or compressed, or in no file at all.
  [[nodiscard]] virtual bool is_plain() const = 0;
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) = 0;
  // The same of what positions count: of a compressed file what it holds.
  virtual Result<std::size_t> read_content_at(std::uint64_t offset, char* into, std::size_t size) {
    return read_at(offset, into, size);
  }
  // The first bytes of a plain file: all of them, or at least kBeginning.
  [[nodiscard]] virtual std::string_view beginning() const = 0;
  static constexpr std::size_t kBeginning = 4096;
  // Of beginning(), the first line where it was found to be one record; "" if nobody looked.
  [[nodiscard]] virtual std::string_view first_record() const { return {}; }
  // As Store::read.
  virtual Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) = 0;
  // The file ends in padding: what is written there may leave size and times as they are.
  [[nodiscard]] virtual bool is_padded() const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Where to continue: what StoreOptions say that the front needs.
  [[nodiscard]] virtual const StoreOptions& options() const = 0;

  virtual Result<Appended> append(std::string_view key, Batch batch, const WriteOptions& how) = 0;
  // By default one after the other. Throws only before anything is written.
  virtual void append_each(std::string_view key, std::span<BatchAppend> calls);
  virtual Result<std::unique_ptr<EngineWriter>> open_writer(std::string_view key,
                                                            const WriterOptions& how) = 0;
  // The one call whose records need not be checked yet: ask `content` before anything changes.
  virtual Result<Appended> save(std::string_view key, SaveContent& content, const WriteOptions& how,
                                bool merge) = 0;
  virtual Result<ReadReport> read(std::string_view key, const ReadOptions& how,
                                  const RecordSink& sink) = 0;
  virtual Status read_raw(std::string_view key,
                          const std::function<bool(std::string_view)>& sink) = 0;
  virtual Result<std::vector<SessionInfo>> list(const ListOptions& how) = 0;
  // The same with names_only. Without stamps, where they are not to be had for nothing, for who
  // opens each file anyway.
  virtual Result<ListedNames> list_names(bool with_stamps) {
    static_cast<void>(with_stamps);
    Result<std::vector<SessionInfo>> listed = list({.check = false, .names_only = true});
    if (!listed) return listed.status();
    return ListedNames(*std::move(listed));
  }
  // The file that `listed` names, which list() gave, also if its key leads to another one.
  virtual Result<std::unique_ptr<ListedFile>> open_listed(const SessionInfo& listed) = 0;
  // The same for who reads the whole file anyway, without a look at it where its name tells its
  // key: info() is `listed` then, and beginning() empty.
  virtual Result<std::unique_ptr<ListedFile>> open_unseen(const SessionInfo& listed) {
    return open_listed(listed);
  }
  // With `create` the folder is made, mode 0700, if it is not there and the store may be written.
  // In a folder of somebody else's nothing is made: then it is in the user's cache folder.
  virtual Result<CachePlace> cache_place(bool create) = 0;
  virtual Result<Version> version(std::string_view key) = 0;
  virtual Result<Metadata> metadata(std::string_view key) = 0;
  virtual Result<Metadata> update_metadata(std::string_view key, const MetadataChange& change,
                                           const WriteOptions& how) = 0;
  virtual Result<TrashEntry> remove(std::string_view key, const WriteOptions& how) = 0;
  virtual Result<std::vector<TrashEntry>> trash() = 0;
  virtual Status undelete(std::string_view trash_id) = 0;
  virtual Status purge(std::string_view trash_id, std::string_view who) = 0;
  virtual Result<Rewound> rewind(std::string_view key, Position position,
                                 const WriteOptions& how) = 0;
  virtual Result<Rewound> pop(std::string_view key, std::uint64_t count,
                              const WriteOptions& how) = 0;
  virtual Result<Version> fork(std::string_view key, std::string_view new_key,
                               std::optional<Position> position) = 0;
  virtual Result<Version> rename(std::string_view key, std::string_view new_key) = 0;
  virtual Result<Vacuumed> vacuum(std::string_view key) = 0;
  // Without `apply` a plan, which changes nothing.
  virtual Result<RepairReport> repair(const RepairTarget& target, const RepairOptions& how,
                                      bool apply) = 0;
  virtual Result<std::vector<RepairReceipt>> receipts() = 0;
  virtual Status undo_repair(const std::string& id, const std::string& to) = 0;
  // By default nothing is sealed.
  virtual Result<SealReport> verify(std::string_view key, const VerifyOptions& how);
  virtual Result<std::string> seal(std::string_view key, bool anew);
  virtual Status sweep() = 0;
  virtual Result<std::unique_ptr<Watch>> watch(std::string_view key, Position from) = 0;
  virtual Result<std::unique_ptr<StoreWatch>> watch_all() = 0;
  virtual Status flush() = 0;
  virtual Result<StoreInfo> info() = 0;
  virtual Status adopt() = 0;

  // Of engines whose sessions are files in a folder; the others refuse.
  virtual Result<BackupReport> backup(const std::string& to, const BackupOptions& how);
  virtual Result<RestoreReport> restore(const std::string& from, const RestoreOptions& how);
  virtual Result<Packed> pack(std::string_view key);
  virtual Result<Packed> unpack(std::string_view key, bool salvage);

 protected:
  static Status needs_folder();
};

// Of a store, for what is built upon it: listing, search, redaction. Lives as long as the store.
Engine& engine_of(Store& store);

Result<std::unique_ptr<Engine>> open_memory_engine(const StoreOptions& options);
// `fs` must outlive the engine. Opening never writes.
Result<std::unique_ptr<Engine>> open_dir_engine(Fs& fs, std::string path,
                                                const StoreOptions& options);

// Files that agents wrote, in place and only for reading: those of agents' folders, as
// `claude:ID`; or one file, whose session is called as the file is.
Result<std::unique_ptr<Engine>> open_agents_engine(Fs& fs, std::vector<AgentFolder> folders,
                                                   const StoreOptions& options);
Result<std::unique_ptr<Engine>> open_file_engine(Fs& fs, std::string path,
                                                 const StoreOptions& options);

}  // namespace everturn

#endif  // EVERTURN_STORE_ENGINE_H_
