// SPDX-License-Identifier: Apache-2.0
#include "store/user_cache.h"

#include <cstdlib>
#include <utility>

#include "base/digest.h"
#include "base/try.h"

namespace everturn {
namespace {

// An absolute path, or "": others are to be ignored, by the rules for these variables.
std::string absolute_path_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

std::string cache_path(const StoreOptions& options) {
  if (!options.cache_folder.empty()) return options.cache_folder;
  if (const std::string cache = absolute_path_in("XDG_CACHE_HOME"); !cache.empty()) {
    return cache + "/everturn";
  }
  const std::string home = absolute_path_in("HOME");
  return home.empty() ? "" : home + "/.cache/everturn";
}

}  // namespace

Result<CachePlace> user_cache_place(Fs& fs, const StoreOptions& options, std::string_view whose,
                                    bool create) {
  CachePlace place;
  const std::string base = cache_path(options);
  if (base.empty()) return place;
  const std::string path = base + "/" + hex(hash128(whose));
  Result<std::unique_ptr<Folder>> folder = fs.open_folder(path, false);
  if (!folder && folder.status().code() == Code::not_found) {
    if (!create) return place;
    folder = fs.open_folder(path, true);
  }
  if (!folder) return folder.status();
  place.folder = *std::move(folder);
  place.path = fs.real_path(path);
  return place;
}

}  // namespace everturn
