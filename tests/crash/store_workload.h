// SPDX-License-Identifier: Apache-2.0
// The language of the crash workloads: one process that uses a store, noting in Acks before each
// call what it asks for and after it what it was told. Calls never end a workload; after an I/O
// error the store is opened anew, as a careful caller would.
#ifndef EVERTURN_TESTS_CRASH_STORE_WORKLOAD_H_
#define EVERTURN_TESTS_CRASH_STORE_WORKLOAD_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "fs/sim_fs.h"
#include "tests/crash/store_world.h"

namespace everturn {

inline constexpr const char* kStorePath = "/store";

// A Store over the folder engine on `fs`, or why it could not be opened.
Result<std::unique_ptr<Store>> open_simulated_store(Fs& fs);
// "/store/....jsonl"
std::string session_path(std::string_view key);
std::string temporary_path(std::string_view key);

// {"n":17,"id":"i17","text":"xxxx"} of `size` bytes, or a few more where that is too short.
std::string record_of(std::uint64_t number, std::size_t size);

// A file with every kind of damage that a crash leaves, records 1 to 6 glued, behind torn ones,
// behind NUL bytes and behind blocks of other files, and a torn tail.
std::string damaged_session(std::string_view key);

enum class Retry : std::uint8_t { none, expected, operation, member };

struct How {
  Level level = Level::power;
  Retry retry = Retry::none;
};

class Process {
 public:
  // `fs` may be a wrapper around `disk`; all three must outlive this.
  Process(Fs& fs, SimFs& disk, Acks& acks) : fs_(fs), disk_(disk), acks_(acks) { reopen(); }

  // Records of so many bytes each, in one batch.
  bool append(const std::string& key, const std::vector<std::size_t>& sizes, How how = {});
  // Several appends at once, a batch each.
  bool append_each(const std::string& key, const std::vector<std::vector<std::size_t>>& batches,
                   How how = {});
  // The last append once more, as after a lost reply.
  bool append_again();
  bool save(const std::string& key, const std::vector<std::size_t>& sizes);
  bool set_title(const std::string& key);
  // The last `count` records come off, by pop() or by rewind().
  bool pop(const std::string& key, std::uint64_t count);
  bool rewind(const std::string& key, std::uint64_t count);
  bool remove(const std::string& key);
  bool undelete(const std::string& key);  // what this process removed last of that key
  bool purge(const std::string& key);
  bool fork(const std::string& key, const std::string& new_key);
  bool rename(const std::string& key, const std::string& new_key);
  bool vacuum(const std::string& key);
  bool sweep();
  // Before all others: damaged_session() lies there.
  void find_damaged(const std::string& key);
  // Bytes that come to the end of the file from outside, with whole records among them.
  void spoil(const std::string& key, const std::string& bytes,
             const std::vector<std::string>& records);
  // From now on each byte of the session stays, in it or in quarantine.
  void watch_bytes(const std::string& key);
  bool repair(const std::string& key, const RepairOptions& how = {});
  bool undo_repair(const std::string& key);  // the last repair of that key
  bool flush();

  // A writer with a padded or plain tail; one at a time.
  bool open_writer(const std::string& key, Tail tail);
  bool write(const std::vector<std::size_t>& sizes, Level level = Level::power);
  bool close_writer();

  // A new Store and no writer.
  void reopen();
  [[nodiscard]] Store* store() { return store_.get(); }
  [[nodiscard]] const Status& last() const { return last_; }

 private:
  // What an acknowledged call does; false: it cannot have been acknowledged in this world.
  using Change = std::function<bool(World&)>;
  using Call = std::function<Result<Appended>()>;
  using TakeOff = std::function<Result<Rewound>(Position)>;

  // Without an answer the change may have happened or not.
  bool step(const Status& status, std::uint64_t mutations_before, const Change& change);
  bool take_off(const std::string& key, std::uint64_t count, const TakeOff& call);
  bool append_noted(const Attempt& attempt, const Call& call);
  void note_append(const Attempt& attempt, const Result<Appended>& reply, bool changed_disk);
  Attempt new_attempt(const std::string& key, const std::vector<std::size_t>& sizes, How how);
  bool failed(const Status& status);
  [[nodiscard]] std::string id_of(const std::string& key, TrashKind* kind) const;

  Fs& fs_;
  SimFs& disk_;
  Acks& acks_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Writer> writer_;
  std::string writer_key_;
  std::map<std::string, std::string> receipts_;
  Status last_;
};

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_STORE_WORKLOAD_H_
