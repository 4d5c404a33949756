// SPDX-License-Identifier: Apache-2.0
// One session of the engine that keeps everything in memory: its lines, oldest first, as a file
// would hold them. The first is a metadata line; a change of the metadata adds another. A position
// is the number of lines before it. Plain data: the store's mutex guards it (memory_state.h);
// copies share the bytes, so a copy is a cheap snapshot.
#ifndef EVERTURN_STORE_MEMORY_SESSION_H_
#define EVERTURN_STORE_MEMORY_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "everturn/session.h"
#include "store/batch.h"

namespace everturn {

struct MemoryLine {
  std::shared_ptr<const std::string> bytes;
  RecordKind kind = RecordKind::record;
  std::string operation;  // Once::operation of the call that wrote it
};

class MemorySession {
 public:
  // Without records. The times of `metadata` are filled in where they are empty.
  MemorySession(std::uint64_t generation, Metadata metadata);

  [[nodiscard]] const std::vector<MemoryLine>& lines() const { return lines_; }
  [[nodiscard]] std::uint64_t end() const { return lines_.size(); }
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t records() const;

  [[nodiscard]] Position position_at(std::uint64_t index) const { return {generation_, index}; }
  // The version right behind the first `index` lines, of which there must be so many.
  [[nodiscard]] Version version_at(std::uint64_t index) const;
  [[nodiscard]] Version version() const { return version_at(end()); }
  // How many lines stand before `position`; `conflict` if it belongs to another generation or lies
  // behind the end.
  [[nodiscard]] Result<std::uint64_t> index_of(Position position) const;
  // How many lines the session had at `version`; nullopt if this is not what became of it by
  // appending. For Version::none(): the line that creating it wrote.
  [[nodiscard]] std::optional<std::uint64_t> length_at(const Version& version) const;
  // The lines that hold the records of the batch from number `from` on, as far as these stand one
  // after the other behind the first `index` lines. Nullopt: something else stands there.
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> find_behind(std::uint64_t index,
                                                                      const Batch& batch,
                                                                      std::size_t from) const;
  // For each record of the batch the line in the last 4 MiB that holds it under the identity
  // `once`.
  [[nodiscard]] std::vector<std::optional<std::uint64_t>> find_once(const Batch& batch,
                                                                    const Once& once) const;

  // Metadata::version is the present one.
  [[nodiscard]] Metadata metadata() const;
  [[nodiscard]] Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) const;

  // Returns the index of the new line.
  std::uint64_t add(std::string_view record, std::string operation = {});
  // Adds a metadata line. Members that are not in Metadata stay.
  void set_metadata(const Metadata& metadata);
  // Drops everything behind the first `index` lines but the newest metadata; starts `generation`.
  void rewind(std::uint64_t generation, std::uint64_t index);

  [[nodiscard]] std::int64_t modified_ns() const { return modified_ns_; }

 private:
  [[nodiscard]] const MemoryLine& newest_metadata() const;
  void add_line(std::string_view bytes, RecordKind kind, std::string operation);

  std::string key_;
  std::uint64_t generation_;
  std::vector<MemoryLine> lines_;
  std::int64_t modified_ns_ = 0;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_MEMORY_SESSION_H_
