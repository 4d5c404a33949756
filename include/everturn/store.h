// SPDX-License-Identifier: Apache-2.0
// A store of sessions, durable when acknowledged.
//
//   auto store = open_store("dir:/home/me/.local/share/my-agent");
//   if (!store) return fail(store.status());
//   auto reply = (*store)->append("telegram:12345", {R"({"role":"user","content":"hi"})"});
//   // here the record survives a power cut
//   (*store)->read("telegram:12345", {.last = 50}, [](const Record& r) { use(r.bytes); return true;
//   });
//
// Any number of threads may use one Store, and any number of processes one folder. No call throws;
// running out of memory is `unavailable`. Reading never writes. After a failed write or sync the
// outcome is unknown: the record may be there, whole, or not. A full disk fails that session's
// write only; an I/O error closes the whole Store for writing until it is opened anew. A Store and
// its Writers must not be used in a forked child (they answer `invalid` there).
#ifndef EVERTURN_STORE_H_
#define EVERTURN_STORE_H_

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/backup.h"
#include "everturn/repair.h"
#include "everturn/report.h"
#include "everturn/seal.h"
#include "everturn/session.h"
#include "everturn/status.h"
#include "everturn/watch.h"

namespace everturn {

class Engine;
class Fs;

// How a Writer adds to its file.
enum class Tail : std::uint8_t {
  plain,
  // Written ahead as one line of at most 16 KiB of tabs and then overwritten in place: a durable
  // append costs less where StoreInfo::pads_well. A reader sees a last blank line.
  padded,
};

struct WriterOptions {
  Create create = Create::if_missing;
  Tail tail = Tail::plain;
};

// One session held open for appending. Closed by its destructor, which syncs what is pending; only
// close() tells whether that worked. Any number of threads; their batches share syncs. Must not
// outlive its Store.
class Writer {
 public:
  virtual ~Writer() = default;
  // As Store::append. After a failed write or sync every later call answers `io`: open a new
  // Writer. `not_found` once the session was deleted or renamed; a Writer never brings it back.
  virtual Result<Appended> append(std::span<const std::string_view> records,
                                  const WriteOptions& how) = 0;
  // Everything before this position is durable.
  virtual Position durable() const = 0;
  virtual Status close() = 0;
};

struct StoreOptions {
  bool read_only = false;
  bool write_foreign = false;  // allow writing to a folder that belongs to another agent
  std::chrono::milliseconds lock_wait{5000};     // then `unavailable`, naming the holder
  std::uint64_t max_record_bytes = 64ULL << 20;  // a longer record is refused
  std::size_t max_open_sessions = 128;           // files kept open between calls, two a session
  bool seals = true;         // in own folders: proof of what was written (everturn/seal.h)
  std::string state_folder;  // for the trash of folders that are not ours; empty: the user's own
  std::string cache_folder;  // for what is disposable, of those; empty: the user's own
};

class Store {
 public:
  explicit Store(std::unique_ptr<Engine> engine);
  ~Store();  // makes durable what is pending at level `interval`
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Adds a batch: one write, one sync. The records become visible together, or, after a crash in
  // the middle, in part and in order, each whole. Nothing changes if it is `invalid` (not one JSON
  // object each, over the size limit, not UTF-8, a raw line break) or a `conflict` (`expected`).
  Result<Appended> append(std::string_view key, std::span<const std::string_view> records,
                          const WriteOptions& how = {});
  Result<Appended> append(std::string_view key, std::initializer_list<std::string_view> records,
                          const WriteOptions& how = {});
  // Several appends in their order, each with its own conditions, failures and reply, as append()
  // has them. They share writes and syncs as those of several threads do, and cost less.
  void append_each(std::string_view key, std::span<AppendCall> calls);
  Result<std::unique_ptr<Writer>> open_writer(std::string_view key, const WriterOptions& how = {});

  // Replaces all records; atomic. Needs `expected` when the session exists: Version::none() for a
  // session that must not, what read() returned for one that does. Metadata is kept.
  Result<Appended> save(std::string_view key, std::span<const std::string_view> records,
                        const WriteOptions& how);
  // As save, but if others only appended since `expected`, and `records` begin with what stood
  // there then, the new ones are appended behind theirs. Otherwise `conflict`.
  Result<Appended> save_merging(std::string_view key, std::span<const std::string_view> records,
                                const WriteOptions& how);

  // Gives the records to `sink`, oldest first unless told otherwise. Memory: at most 16 MiB, 24
  // bytes a record and 12 times the longest record, however long the session.
  Result<ReadReport> read(std::string_view key, const ReadOptions& how, const RecordSink& sink);
  // The file's bytes as they are, damage and all, in pieces; `io` where it cannot be read.
  Status read_raw(std::string_view key, const std::function<bool(std::string_view)>& sink);
  Result<std::vector<SessionInfo>> list(const ListOptions& how = {});
  Result<Version> version(std::string_view key);  // none() if there is no such session

  Result<Metadata> metadata(std::string_view key);
  Result<Metadata> update_metadata(std::string_view key, const MetadataChange& change,
                                   const WriteOptions& how = {});

  // Deletes into the trash; returns the entry, whose id `undelete` and `purge` take.
  Result<TrashEntry> remove(std::string_view key, const WriteOptions& how = {});
  Result<std::vector<TrashEntry>> trash();
  // Brings a trash entry back: `conflict` if its key is taken, or its rewound session has changed.
  Status undelete(std::string_view trash_id);
  // For good; also empties catalog and search index, which hold text. `who`: for the audit line.
  Status purge(std::string_view trash_id, std::string_view who = {});

  // What stands behind `position` (rewind), or the last `count` records (pop), goes to the trash.
  Result<Rewound> rewind(std::string_view key, Position position, const WriteOptions& how = {});
  Result<Rewound> pop(std::string_view key, std::uint64_t count, const WriteOptions& how = {});
  // A new session with the records before `position` (everything, by default), all durable.
  Result<Version> fork(std::string_view key, std::string_view new_key,
                       std::optional<Position> position = std::nullopt);
  // A crash in the middle can leave both names, never none.
  Result<Version> rename(std::string_view key, std::string_view new_key);
  // Drops padding, blank lines and superseded metadata records. Damage and packed sessions stay.
  Result<Vacuumed> vacuum(std::string_view key);
  // Compresses a session that is rarely written. It is listed and read as before; the first write
  // unpacks it. `invalid` in a folder that other programs use too: they would not see it.
  Result<Packed> pack(std::string_view key);
  // `damaged` if a part of it cannot be unpacked. With `salvage` NUL bytes stand for that part, and
  // the packed file is in the trash.
  Result<Packed> unpack(std::string_view key, bool salvage = false);
  // What a repair would do. Changes nothing.
  Result<RepairReport> plan_repair(std::string_view key, const RepairOptions& how = {});
  // Does it; nothing at all if nothing is to be done. Appends go on meanwhile. Atomic, and may be
  // run again after a kill. `unavailable` while another program has the file open for writing, in a
  // folder where it does not take our locks; `io` without the space for quarantine and new file,
  // and then nothing has changed.
  Result<RepairReport> repair(std::string_view key, const RepairOptions& how = {});
  // Puts back what a repair took out, byte for byte, with what was added since behind it.
  // `conflict` if the session was changed otherwise. With `to` the old content goes to that new
  // file instead, and the session stays.
  Status undo_repair(const std::string& receipt_id, const std::string& to = {});
  Result<std::vector<RepairReceipt>> receipts();  // newest first
  // Compares the session with its seals. Whatever is found is in the report, and no failure.
  Result<SealReport> verify(std::string_view key, const VerifyOptions& how = {});
  // Seals what is not sealed yet; returns the head to keep elsewhere. Failures: see seal.h.
  Result<std::string> seal(std::string_view key, bool anew = false);
  Status sweep();  // removes leftovers of rewrites that were killed

  Result<std::unique_ptr<Watch>> watch(std::string_view key, Position from = {});
  Result<std::unique_ptr<StoreWatch>> watch_all();
  Status flush();  // makes everything acknowledged so far durable
  // Copies the store into the folder `to`, new, empty or an earlier backup of it, while others
  // write: every record acknowledged before the call is in it, byte for byte, and so are trash and
  // quarantine. Durable when it returns. `invalid` for any other folder.
  Result<BackupReport> backup(const std::string& to, const BackupOptions& how = {});
  // Brings back what a completed backup (or `not_found`) has and this lacks; overwrites nothing.
  Result<RestoreReport> restore(const std::string& from, const RestoreOptions& how = {});
  Result<StoreInfo> info();
  Status adopt();  // makes a folder that another program wrote ours too

 private:
  friend Engine& engine_of(Store& store);  // for what is built upon the store
  std::unique_ptr<Engine> engine_;
};

// "dir:PATH", "memory:", or a bare path. Opening never writes: the folder is created by the first
// write. `invalid` for a path that is no folder. Only for reading: "agents:", what the agents of
// this machine wrote, in place, as `claude:ID`; "agents:PATH", one agent's folder, or any other
// with transcripts in it; "file:PATH", one such file, the only one listed.
Result<std::unique_ptr<Store>> open_store(std::string_view url, const StoreOptions& options = {});

// Writes one whole file, atomically and durably: afterwards the name holds the old content or the
// new, never a mix, and after ok only the new. Owner, group, mode and access control list of an
// existing file are kept, or the call is refused. No leftover after an error.
class AtomicFile {
 public:
  virtual ~AtomicFile() = default;  // without commit(): as if nothing happened
  virtual Status write(std::string_view bytes) = 0;
  virtual Status commit() = 0;
};
Result<std::unique_ptr<AtomicFile>> create_atomic_file(const std::string& path);
// The same for a name that is free: `conflict`, now or from commit(), if something has it.
Result<std::unique_ptr<AtomicFile>> create_new_file(const std::string& path);

}  // namespace everturn

#endif  // EVERTURN_STORE_H_
