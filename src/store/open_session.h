// SPDX-License-Identifier: Apache-2.0
// One session open for appending in the folder engine. Threads that append at the same time share
// one lock, one write and one sync: whoever comes first leads, takes all batches that wait, and
// answers them (leader and followers). Deleted or renamed: `not_found`, and it is never made again.
#ifndef EVERTURN_STORE_OPEN_SESSION_H_
#define EVERTURN_STORE_OPEN_SESSION_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "everturn/store.h"
#include "journal/journal.h"
#include "store/batch.h"
#include "store/dir_context.h"
#include "store/engine.h"
#include "store/retry.h"
#include "store/sealer.h"
#include "store/trash.h"

namespace everturn {

class OpenSession {
 public:
  // `context` must outlive this. `bound`: belongs to a Writer, so it never makes a session again
  // that was deleted, and a failure is final.
  OpenSession(DirContext& context, std::string key, Tail tail, bool bound);

  Result<Appended> append(Batch batch, const WriteOptions& how);
  // One after the other, each with its own reply. Throws only before anything is written.
  void append_each(std::span<BatchAppend> calls);
  // Looks whether there is a session, without its lock; the file is opened by the first append.
  Result<bool> look();
  [[nodiscard]] Position durable() const;
  // Makes durable what was acknowledged without a sync. A failure is final for this object.
  Status sync_pending();
  [[nodiscard]] bool has_pending() const;
  // Syncs and gives the file back.
  Status close();
  [[nodiscard]] bool is_poisoned() const;

 private:
  struct Request {
    Batch batch;
    const WriteOptions* how = nullptr;
    std::optional<Result<Appended>> reply;  // the leader's, until `done`
    bool done = false;                      // guarded by mutex_
    std::optional<Standing> standing;       // what of the batch is there already
    std::optional<Batch> rest;              // if that is a part: what is to be written
    std::size_t rest_begin = 0;             // its first line that is a record of the batch
    bool accepted = false;
    bool durable = false;
    std::uint64_t first = 0;  // offset of its first new line
    Version version;          // of the session right behind the batch

    [[nodiscard]] const Batch& batch_to_write() const { return rest ? *rest : batch; }
    [[nodiscard]] std::string_view last_line() const {
      return batch_to_write().record(batch_to_write().lines.size() - 1);
    }
  };

  void await(std::span<Request> mine);
  std::vector<Request*> take_group();
  void lead(std::vector<Request*>& group);
  Status write_group(std::vector<Request*>& group);
  Status refuse_operations(std::vector<Request*>& group);
  Status find_journal(bool* exists);
  Status open_journal(const std::string& name, bool just_created);
  Status rewrite_from_disk(const std::string& name);
  Status set_aside_fragment();
  Status create_with(std::vector<Request*>& group);
  Status create_from(Request& request);
  Status write_to_existing(std::vector<Request*>& group);
  Status write_and_sync(std::vector<Request*>& group, const std::vector<Request*>& accepted);
  Status confirm_standing(std::vector<Request*>& group);
  void seal_synced(std::uint64_t least);
  Status admit(Request& request, const std::optional<Version>& now);
  [[nodiscard]] Version as_now(Version version) const;
  Status admit_retry(Request& request, const Version& expected);
  Status keep_the_missing(Request& request);
  void answer(Request& request);
  void fail(std::vector<Request*>& group, const Status& status);
  void note_failure(const Status& status);

  DirContext& context_;
  const std::string key_;
  const std::uint64_t slot_;
  const Tail tail_;
  const bool bound_;
  bool had_file_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request*> waiting_;
  bool has_leader_ = false;

  std::shared_ptr<Folder> root_;      // of the journal, though the store may open its folder anew
  std::unique_ptr<Journal> journal_;  // the leader's
  Sealer sealer_{context_};           // the leader's
  mutable std::mutex durable_mutex_;
  std::shared_ptr<File> pending_file_;
  std::uint64_t generation_ = 0;
  std::uint64_t packed_generation_ = 0;  // of the packed file that this unpacked; the leader's
  std::uint64_t written_end_ = 0;
  std::uint64_t durable_end_ = 0;
  std::uint64_t sealed_end_ = 0;  // the leader's: up to here seals were written, or tried
  Status poison_;
  bool sync_failed_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_OPEN_SESSION_H_
