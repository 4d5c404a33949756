// SPDX-License-Identifier: Apache-2.0
#include "store/disposable.h"

#include <memory>
#include <string>
#include <vector>

#include "base/try.h"

namespace everturn {
namespace {

// How many files were removed. `keeps_seals`: of the folder that holds their folder.
Result<std::uint64_t> empty_folder(DirContext& context, Folder& folder, bool keeps_seals) {
  std::vector<std::string> folders;
  std::vector<std::string> files;
  CHECK_OK(folder.list([&](std::string_view name, FileKind kind) {
    if (kind == FileKind::file) files.emplace_back(name);
    if (kind == FileKind::folder && !(keeps_seals && name == kSealsFolder)) {
      folders.emplace_back(name);
    }
    return true;
  }));
  std::uint64_t removed = 0;
  for (const std::string& name : files) {
    const Status gone = folder.remove(name);
    if (gone.code() != Code::not_found) CHECK_OK(gone);
    ++removed;
  }
  if (removed > 0) CHECK_OK(context.noted(folder.sync()));
  for (const std::string& name : folders) {
    const std::unique_ptr<Folder> below = TRY(folder.open_folder(name));
    removed += TRY(empty_folder(context, *below, false));
  }
  return removed;
}

}  // namespace

Result<std::uint64_t> empty_caches(DirContext& context) {
  std::uint64_t removed = 0;
  const CachePlace own = TRY(context.folder->cache(false));
  const CachePlace of_user = TRY(context.folder->user_cache(false));
  for (const CachePlace* place : {&own, &of_user}) {
    if (place->folder != nullptr) removed += TRY(empty_folder(context, *place->folder, true));
  }
  return removed;
}

}  // namespace everturn
