// SPDX-License-Identifier: Apache-2.0
// What the memory engine, its writers and its watches share, and the writes on it. The caller holds
// `mutex` over every call.
#ifndef EVERTURN_STORE_MEMORY_STATE_H_
#define EVERTURN_STORE_MEMORY_STATE_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "store/batch.h"
#include "store/memory_session.h"

namespace everturn {

struct MemoryTrash {
  TrashEntry entry;
  // The deleted session; of records taken off, the session as it was before.
  std::shared_ptr<MemorySession> session;
  Version after;  // of records taken off: what the session was then
};

class MemoryState {
 public:
  using SessionPointer = std::shared_ptr<MemorySession>;

  explicit MemoryState(const StoreOptions& store_options);

  const StoreOptions options;
  std::mutex mutex;
  std::condition_variable changed;  // some session changed
  std::map<std::string, SessionPointer, std::less<>> sessions;
  std::vector<MemoryTrash> trash;

  // Null if there is none. A session keeps its identity through save, rewind, delete and undelete.
  [[nodiscard]] SessionPointer find(std::string_view key) const;
  // As find, but `not_found` if there is none, `conflict` if it is not at `expected`, `invalid` in
  // a store for reading.
  [[nodiscard]] Result<SessionPointer> find_to_change(std::string_view key,
                                                      const std::optional<Version>& expected) const;
  // `conflict` if there is one, `invalid` for a bad key.
  [[nodiscard]] Status check_free(std::string_view key) const;
  [[nodiscard]] Status check_writable() const;
  // Never used before, also by no other MemoryState.
  std::uint64_t new_number() { return ++last_number_; }

  Result<Appended> append(std::string_view key, const Batch& batch, const WriteOptions& how);
  Result<Appended> save(std::string_view key, const Batch& batch, const WriteOptions& how,
                        bool merge);
  Result<Metadata> update_metadata(std::string_view key, const MetadataChange& change,
                                   const WriteOptions& how);
  Result<TrashEntry> remove(std::string_view key, const WriteOptions& how);
  // Takes off the lines behind the first `index`.
  Result<Rewound> rewind(std::string_view key, MemorySession& session, std::uint64_t index);
  Status undelete(std::string_view trash_id);
  // A session `new_key` with the first `length` lines of `source`.
  Result<Version> copy(const MemorySession& source, std::uint64_t length, std::string_view new_key);

 private:
  using Places = std::vector<std::uint64_t>;

  Status admit(const SessionPointer& session, std::string_view key, Create create) const;
  SessionPointer create(std::string_view key);
  Appended add(MemorySession& session, const Batch& batch, const Places& standing,
               const WriteOptions& how);
  Result<Appended> merge_behind(MemorySession& session, const Batch& batch,
                                const WriteOptions& how);
  Appended replace(MemorySession& session, const Batch& batch, const WriteOptions& how);

  std::uint64_t last_number_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_MEMORY_STATE_H_
