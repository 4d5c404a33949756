// SPDX-License-Identifier: Apache-2.0
// create_atomic_file on any file system (see everturn/store.h), and what it is made of.
#ifndef EVERTURN_STORE_ATOMIC_FILE_H_
#define EVERTURN_STORE_ATOMIC_FILE_H_

#include <memory>
#include <string>
#include <utility>

#include "everturn/store.h"
#include "fs/fs.h"
#include "journal/replace.h"

namespace everturn {

Result<std::unique_ptr<AtomicFile>> create_atomic_file(Fs& fs, const std::string& path);
Result<std::unique_ptr<AtomicFile>> create_new_file(Fs& fs, const std::string& path);

// A file at any path that is on its way; the folder must outlive the replacement.
struct NewFile {
  std::unique_ptr<Folder> folder;
  std::unique_ptr<Replacement> replacement;
};
// `existed`, where given, tells whether the name is taken.
Result<NewFile> begin_file_at(Fs& fs, const std::string& path, bool* existed = nullptr);
// Gives it its name; `conflict` if something has it already.
Status publish_as_new(NewFile& file, const std::string& path);

// The folder and the last component.
std::pair<std::string, std::string> split_path(const std::string& path);

}  // namespace everturn

#endif  // EVERTURN_STORE_ATOMIC_FILE_H_
