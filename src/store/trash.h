// SPDX-License-Identifier: Apache-2.0
// The trash of a folder store. An entry ID is ID.json, the receipt, and ID.0, ID.1, ...: the files
// as they were. A file comes into the trash as a second name, and only when that name and the
// receipt are durable, the first name goes: at no moment a power cut finds neither. An entry whose
// file still stands under its first name was never completed and counts for nothing.
//
// The caller holds the lock of the session that an entry is about.
#ifndef EVERTURN_STORE_TRASH_H_
#define EVERTURN_STORE_TRASH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "fs/fs.h"
#include "store/dir_context.h"

namespace everturn {

class Trash {
 public:
  struct Receipt {
    TrashEntry entry;
    std::vector<std::string> files;  // the names they had
    std::string version_after;       // of kind `records`: what the session was afterwards
  };

  explicit Trash(DirContext& context) : context_(context) {}  // which must outlive this

  // A receipt for something that is removed now.
  Receipt begin(std::string_view key, TrashKind kind);
  // Adds a second name of a file (or a copy, where the file system has none) to an entry.
  Status add_file(Receipt& receipt, Folder& from, const std::string& name);
  // Adds from[begin, end) of a file called `name` to an entry.
  Status add_range(Receipt& receipt, File& from, std::uint64_t begin, std::uint64_t end,
                   const std::string& name);
  // Makes the entry durable. From here on it can be undone.
  Status commit(const Receipt& receipt);

  // `not_found` for an unknown entry and for one that was never completed.
  Result<Receipt> find(std::string_view id);
  Result<std::vector<TrashEntry>> list();
  // The i-th file of an entry.
  Result<std::unique_ptr<File>> open_file(const Receipt& receipt, std::size_t i);
  // True if `name` leads to the entry's file: a removal or its undoing was cut short there.
  Result<bool> is_back(const Receipt& receipt, std::string_view name, Folder& folder);
  // Gives the i-th file its old name in `to` again, unless it has it; `conflict` if it is taken.
  Status give_back(const Receipt& receipt, std::size_t i, Folder& to);
  // Removes the entry and its files.
  Status drop(const Receipt& receipt);

 private:
  // Made if it is missing.
  Result<std::shared_ptr<Folder>> folder_to_fill();
  Result<Receipt> read_receipt(Folder& folder, std::string_view id);
  Result<bool> is_in_force(Folder& folder, const Receipt& receipt);

  DirContext& context_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_TRASH_H_
