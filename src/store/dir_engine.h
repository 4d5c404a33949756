// SPDX-License-Identifier: Apache-2.0
// The folder engine: one plain JSONL file a session. Its parts lie in dir_*.cc: dir_engine.cc
// opens, appends and reads, dir_save.cc saves, dir_rewrite.cc replaces files for metadata,
// dir_copy.cc forks and renames, dir_trash.cc deletes and brings back, dir_list.cc lists and
// watches, dir_listed.cc looks at the files of a listing, dir_repair.cc repairs, dir_undo.cc turns
// a repair around, dir_seals.cc compares sessions with their seals, dir_backup.cc copies the whole
// store and dir_restore.cc brings such a copy back, dir_pack.cc compresses sessions, dir_redact.cc
// takes text out of them.
//
// Every change is made under the session's lock; reading takes none. Lock order: the session's
// place in the table of this process, nanobot's flock, the slot in the lock file.
#ifndef EVERTURN_STORE_DIR_ENGINE_H_
#define EVERTURN_STORE_DIR_ENGINE_H_

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "everturn/redact.h"
#include "journal/replace.h"
#include "store/dir_context.h"
#include "store/document.h"
#include "store/engine.h"
#include "store/flusher.h"
#include "store/open_session.h"
#include "store/quarantine.h"
#include "store/repair_run.h"
#include "store/seal_line.h"
#include "store/sealer.h"
#include "store/session_names.h"
#include "store/session_reader.h"
#include "store/trash.h"

namespace everturn {

class DirEngine final : public Engine {
 public:
  DirEngine(Fs& fs, std::unique_ptr<StoreFolder> folder, const StoreOptions& options);
  ~DirEngine() override;

  [[nodiscard]] const StoreOptions& options() const override { return context_.options; }
  Result<Appended> append(std::string_view key, Batch batch, const WriteOptions& how) override;
  void append_each(std::string_view key, std::span<BatchAppend> calls) override;
  Result<std::unique_ptr<EngineWriter>> open_writer(std::string_view key,
                                                    const WriterOptions& how) override;
  Result<Appended> save(std::string_view key, SaveContent& content, const WriteOptions& how,
                        bool merge) override;
  Result<ReadReport> read(std::string_view key, const ReadOptions& how,
                          const RecordSink& sink) override;
  Status read_raw(std::string_view key, const std::function<bool(std::string_view)>& sink) override;
  Result<std::vector<SessionInfo>> list(const ListOptions& how) override;
  Result<ListedNames> list_names(bool with_stamps) override;
  Result<std::unique_ptr<ListedFile>> open_listed(const SessionInfo& listed) override;
  Result<std::unique_ptr<ListedFile>> open_unseen(const SessionInfo& listed) override;
  Result<CachePlace> cache_place(bool create) override;
  Result<Version> version(std::string_view key) override;
  Result<Metadata> metadata(std::string_view key) override;
  Result<Metadata> update_metadata(std::string_view key, const MetadataChange& change,
                                   const WriteOptions& how) override;
  Result<TrashEntry> remove(std::string_view key, const WriteOptions& how) override;
  Result<std::vector<TrashEntry>> trash() override;
  Status undelete(std::string_view trash_id) override;
  Status purge(std::string_view trash_id, std::string_view who) override;
  Result<Rewound> rewind(std::string_view key, Position position, const WriteOptions& how) override;
  Result<Rewound> pop(std::string_view key, std::uint64_t count, const WriteOptions& how) override;
  Result<Version> fork(std::string_view key, std::string_view new_key,
                       std::optional<Position> position) override;
  Result<Version> rename(std::string_view key, std::string_view new_key) override;
  Result<Vacuumed> vacuum(std::string_view key) override;
  Result<RepairReport> repair(const RepairTarget& target, const RepairOptions& how,
                              bool apply) override;
  Result<std::vector<RepairReceipt>> receipts() override;
  Status undo_repair(const std::string& id, const std::string& to) override;
  Result<SealReport> verify(std::string_view key, const VerifyOptions& how) override;
  Result<std::string> seal(std::string_view key, bool anew) override;
  Status sweep() override;
  Result<std::unique_ptr<Watch>> watch(std::string_view key, Position from) override;
  Result<std::unique_ptr<StoreWatch>> watch_all() override;
  Status flush() override;
  Result<StoreInfo> info() override;
  Status adopt() override;
  Result<BackupReport> backup(const std::string& to, const BackupOptions& how) override;
  Result<RestoreReport> restore(const std::string& from, const RestoreOptions& how) override;
  Result<Packed> pack(std::string_view key) override;
  Result<Packed> unpack(std::string_view key, bool salvage) override;
  // As everturn::redact.
  Result<RedactReport> redact(const std::vector<std::string>& keys, const RedactOptions& how);

  void schedule_sync(const std::shared_ptr<OpenSession>& session, std::chrono::milliseconds after);
  void forget_writer(const std::shared_ptr<OpenSession>& session);

 private:
  struct Cached {
    std::string key;
    std::shared_ptr<OpenSession> session;
  };
  // A session's file, open for reading, with what a reader needs.
  struct OpenFile {
    std::unique_ptr<File> file;
    std::string name;
    SessionView view;
  };
  // A session that is about to be changed; its lock is held.
  struct Locked {
    SessionLock lock;
    // Where the file was found: the store may meanwhile open its folder anew.
    std::shared_ptr<Folder> root;
    std::string name;
    std::unique_ptr<File> file;
    FileInfo info;
    std::uint64_t content_end = 0;
    std::uint64_t write_end = 0;  // without padding
    Version version;
    std::uint64_t packed_generation = 0;  // of the packed file that was unpacked for this
  };

  // A session on its way through a repair.
  struct Repair {
    std::string key;
    std::string name;
    std::unique_ptr<File> file;
    FileInfo info;
    std::uint64_t size = 0;            // of what is there, without padding
    std::uint64_t whole_lines = 0;     // up to here it is settled, whoever is writing
    bool is_ours = false;              // everybody who writes takes our locks
    std::string packed;                // how it is compressed; `file` then is what it holds
    std::optional<Document> document;  // the whole file, where it is no lines
    RepairPlanOptions plan;
    LineLimits limits;
  };

  using Records = std::span<const std::string_view>;
  // What a save puts in the place of a session's file.
  struct NewLines {
    std::unique_ptr<Replacement> file;
    std::string head;  // its first line, if it is the store's own
    // From here on the old file holds other lines; unset if there are none.
    std::optional<std::uint64_t> differ_at;
  };

  Result<std::shared_ptr<OpenSession>> cached_session(std::string_view key);
  Result<OpenFile> open_for_reading(std::string_view key);
  Result<OpenFile> try_to_open(std::string_view key);
  Result<std::uint64_t> settled_size(File& file, std::uint64_t slot);

  Result<Locked> lock_existing(std::string_view key, const WriteOptions& how);
  // A packed session is unpacked first, unless it is only to be read.
  Result<Locked> look_at_existing(std::string_view key, SessionLock lock, bool unpacks = true);
  Result<Locked> look_at_file(const std::string& name, SessionLock lock);
  static Version as_now(Version version, const Locked& session);
  static Position as_now(Position position, const Locked& session);
  static Status check_expected(const Locked& session, const WriteOptions& how);
  SessionView view_of(std::string_view key, const Locked& session) const;
  Result<std::unique_ptr<Replacement>> begin_replacing(const Locked& session);
  // `lines`: all that the new file holds, hashed already; null: they are read from it.
  Status publish(Locked& session, Replacement& fresh, std::string_view why,
                 const FreshLines* lines = nullptr);
  std::string next_metadata_line(std::string_view key, const FoundMetadata& found,
                                 const MetadataChange& change);
  Result<Locked> create_session(std::string_view key, const MetadataChange& change,
                                const Batch& batch);
  Result<Appended> save_new(std::string_view key, SaveContent& content);
  Result<std::unique_ptr<Replacement>> write_lines(const Locked& session, std::string_view head,
                                                   Records records);
  Result<NewLines> write_new_lines(std::string_view key, const Locked& session,
                                   const SaveContent& content);
  Result<Appended> replace_records(std::string_view key, Locked& session, SaveContent& content);
  Status keep_damage(std::string_view key, const Locked& session, std::uint64_t from);
  Result<Appended> merge_behind(std::string_view key, Locked session, SaveContent& content,
                                const WriteOptions& how);
  Result<Appended> answer_for(const Locked& session, const SaveContent& content,
                              std::uint64_t already_there);
  Result<Metadata> update_metadata_once(std::string_view key, const MetadataChange& change,
                                        const WriteOptions& how);

  Status add_purge_to_audit(const TrashEntry& entry, std::string_view who);
  Result<Rewound> cut_off(std::string_view key, Locked& session, std::uint64_t offset,
                          std::uint64_t removed_records);
  Result<Version> copy_to(std::string_view key, const Locked& source, std::string_view new_key,
                          std::uint64_t end, bool keep_times);

  Result<Repair> open_for_repair(const RepairTarget& target, const RepairOptions& how);
  Status look_at_form(Repair& repair);
  static Status plan(const Repair& repair, File& file, std::uint64_t begin, std::uint64_t end,
                     RepairPlanner& planner);
  Result<Locked> lock_for_repair(const Repair& repair, const ContentMark& seen);
  Status write_repaired_copy(Repair& repair, const std::string& path);
  Result<RepairReport> repair_by_rewrite(const Repair& repair, const RepairOptions& how);
  Result<RepairReport> repair_in_place(const Repair& repair);
  Status overwrite(const Repair& repair, const std::string& id);
  Status commit_receipt(Quarantine::Draft& draft, const Repair& repair, const RepairCopy& copy,
                        RepairReport& report);
  Result<Locked> look_at_repaired(const QuarantineEntry& entry, SessionLock lock);
  Status write_undone(const QuarantineEntry& entry, const Locked& session, Replacement& fresh);
  Status write_undone_to(const QuarantineEntry& entry, const Locked* session,
                         const std::string& path);

  Result<SealReport> compare_with_seals(const std::vector<SealLine>& lines, const SessionView& view,
                                        std::uint64_t end, const VerifyOptions& how);
  Result<SealReport> verify_opened(OpenFile& open, const std::string& name,
                                   const VerifyOptions& how);
  void seal_rewritten(Folder& root, const std::string& name, std::string_view why,
                      const std::string& source = {}) noexcept;
  std::string head_of(const std::string& name);
  Result<std::vector<std::string>> files_in_trash();
  Status purge_seals(const Trash::Receipt& receipt);
  Status sweep_seals();
  Status judge(const Repair& repair, RepairReport& report);
  Status check_packing();
  Status read_back(const std::string& temporary, const Locked& session);
  Status settle_twin(std::string_view key, const std::string& name, std::string* note);

  Status bring_back_session(const Trash::Receipt& receipt);
  Status bring_back_records(const Trash::Receipt& receipt);

  Result<std::unique_ptr<ListedFile>> open_file_of(const SessionInfo& listed, bool look);
  Result<SessionInfo> describe(const SessionName& name, const ListOptions& how);
  Status sweep_leftovers(Folder& folder, bool of_sessions);

  DirContext context_;
  Trash trash_{context_};
  Quarantine quarantine_{context_};
  std::mutex cache_mutex_;
  std::list<Cached> cache_;  // newest first
  std::unordered_map<std::string, std::list<Cached>::iterator> cache_index_;
  std::vector<std::weak_ptr<OpenSession>> writers_;
  std::unique_ptr<Flusher> flusher_ = std::make_unique<Flusher>();  // last: its threads end first
};

}  // namespace everturn

#endif  // EVERTURN_STORE_DIR_ENGINE_H_
