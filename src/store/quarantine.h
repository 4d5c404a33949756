// SPDX-License-Identifier: Apache-2.0
// The quarantine of a folder store: what repairs took out of sessions, and how to put it back.
//
// An entry ID is three files, made durable in this order before the session changes:
//   ID.bytes  the bytes that were taken out, one range behind the other
//   ID.edits  a line for each edit, in file order: {"offset":N,"taken":N,"put":N,"action":...,
//             "reason":...}: at `offset` of the old file `taken` bytes gave way to `put` others
//   ID.json   the receipt: which file, and size and SHA-256 of its content before and after
// The old content is: the new one with each edit turned around. ID follows from the file and what
// the edits took out, so a repair that is run again after a kill writes over what the first one
// left, and never over the bytes of another.
#ifndef EVERTURN_STORE_QUARANTINE_H_
#define EVERTURN_STORE_QUARANTINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "everturn/repair.h"
#include "fs/fs.h"
#include "journal/repair_plan.h"
#include "journal/replace.h"
#include "store/dir_context.h"

namespace everturn {

// A file's content at one moment.
struct ContentMark {
  std::uint64_t bytes = 0;
  Sha256 sha256{};
  bool operator==(const ContentMark&) const = default;
};

struct QuarantineEntry {
  RepairReceipt receipt;
  std::string folder;  // the absolute path of the store
  ContentMark before;
  ContentMark after;
  std::uint64_t generation = 0;  // of the file with the content after
  bool was_terminated = true;    // the content before ended with a line end, or was empty
};

class Quarantine {
 public:
  explicit Quarantine(DirContext& context) : context_(context) {}  // which must outlive this

  // An entry on its way. Without commit() nothing of it stays, but for what a kill leaves.
  class Draft {
   public:
    Status add(const RepairEdit& edit);
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // Makes the entry durable. A failure leaves at most files without a receipt.
    Status commit(const QuarantineEntry& entry);

   private:
    friend class Quarantine;
    Draft(Fs& fs, std::shared_ptr<Folder> folder) : fs_(fs), folder_(std::move(folder)) {}
    Result<std::unique_ptr<Replacement>> begin_file();
    Fs& fs_;
    std::shared_ptr<Folder> folder_;
    std::unique_ptr<Replacement> taken_;
    std::unique_ptr<Replacement> edits_;
    std::uint64_t bytes_ = 0;
  };
  Result<std::unique_ptr<Draft>> begin();

  // `not_found` for an unknown id; `damaged` for a receipt that cannot be read.
  Result<QuarantineEntry> find(std::string_view id);
  // Newest first. Receipts that cannot be read are listed with their id alone.
  Result<std::vector<RepairReceipt>> list();
  // Calls `visit` for each edit of an entry with what it took out; `put` bytes came in its place.
  using EditVisit =
      std::function<Status(std::uint64_t offset, std::string_view taken, std::uint64_t put)>;
  Status for_each_edit(std::string_view id, const EditVisit& visit);
  // The bytes that were taken out, in pieces.
  Status read_taken(std::string_view id, const std::function<Status(std::string_view)>& visit);
  // Of all files of the quarantine.
  Result<std::uint64_t> size();
  [[nodiscard]] std::string receipt_path(std::string_view id) const;

 private:
  Result<std::shared_ptr<Folder>> folder_of(std::string_view id);

  DirContext& context_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_QUARANTINE_H_
