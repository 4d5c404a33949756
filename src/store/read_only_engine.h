// SPDX-License-Identifier: Apache-2.0
// An engine over files that others write: whatever would change something is answered with
// `invalid` and what to do instead.
#ifndef EVERTURN_STORE_READ_ONLY_ENGINE_H_
#define EVERTURN_STORE_READ_ONLY_ENGINE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/engine.h"

namespace everturn {

class ReadOnlyEngine : public Engine {
 public:
  // `whose`: the beginning of the answer to a write, "agents: holds other agents' own files".
  ReadOnlyEngine(StoreOptions options, std::string whose)
      : options_(std::move(options)), whose_(std::move(whose)) {}

  [[nodiscard]] const StoreOptions& options() const final { return options_; }

  Result<Appended> append(std::string_view, Batch, const WriteOptions&) final { return refusal(); }
  Result<std::unique_ptr<EngineWriter>> open_writer(std::string_view, const WriterOptions&) final {
    return refusal();
  }
  Result<Appended> save(std::string_view, SaveContent&, const WriteOptions&, bool) final {
    return refusal();
  }
  Result<Metadata> update_metadata(std::string_view, const MetadataChange&,
                                   const WriteOptions&) final {
    return refusal();
  }
  Result<TrashEntry> remove(std::string_view, const WriteOptions&) final { return refusal(); }
  Result<std::vector<TrashEntry>> trash() final { return std::vector<TrashEntry>(); }
  Status undelete(std::string_view) final { return refusal(); }
  Status purge(std::string_view, std::string_view) final { return refusal(); }
  Result<Rewound> rewind(std::string_view, Position, const WriteOptions&) final {
    return refusal();
  }
  Result<Rewound> pop(std::string_view, std::uint64_t, const WriteOptions&) final {
    return refusal();
  }
  Result<Version> fork(std::string_view, std::string_view, std::optional<Position>) final {
    return refusal();
  }
  Result<Version> rename(std::string_view, std::string_view) final { return refusal(); }
  Result<Vacuumed> vacuum(std::string_view) final { return refusal(); }
  Result<RepairReport> repair(const RepairTarget&, const RepairOptions&, bool) final {
    return Status(Code::invalid, whose_ + "; a repair takes the path of the file");
  }
  Result<std::vector<RepairReceipt>> receipts() final { return std::vector<RepairReceipt>(); }
  Status undo_repair(const std::string&, const std::string&) final { return refusal(); }
  Status sweep() final { return {}; }
  Status flush() final { return {}; }
  Status adopt() final { return refusal(); }

 protected:
  [[nodiscard]] Status refusal() const {
    return {Code::invalid,
            whose_ + " and is only for reading; to write, open a folder of your own"};
  }

 private:
  const StoreOptions options_;
  const std::string whose_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_READ_ONLY_ENGINE_H_
