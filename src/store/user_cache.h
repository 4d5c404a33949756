// SPDX-License-Identifier: Apache-2.0
// The folder in the user's cache folder that belongs to one store.
#ifndef EVERTURN_STORE_USER_CACHE_H_
#define EVERTURN_STORE_USER_CACHE_H_

#include <memory>
#include <string>
#include <string_view>

#include "everturn/store.h"
#include "fs/fs.h"

namespace everturn {

// Where files lie that tell about a store and may be deleted at any time.
struct CachePlace {
  std::shared_ptr<Folder> folder;  // null: there is none
  std::string path;                // of the folder; without symbolic links
};

// `whose`: what tells this store from others, such as the real path of its folder. With `create`
// it is made. No place where the user has no home.
Result<CachePlace> user_cache_place(Fs& fs, const StoreOptions& options, std::string_view whose,
                                    bool create);

}  // namespace everturn

#endif  // EVERTURN_STORE_USER_CACHE_H_
