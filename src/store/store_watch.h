// SPDX-License-Identifier: Apache-2.0
// Which sessions of a store change, for engines that are not told: compares listings. `engine` and
// `fs` must outlive it.
#ifndef EVERTURN_STORE_STORE_WATCH_H_
#define EVERTURN_STORE_STORE_WATCH_H_

#include <chrono>
#include <memory>

#include "fs/fs.h"
#include "store/engine.h"

namespace everturn {

// Lists every `interval` while somebody waits.
Result<std::unique_ptr<StoreWatch>> make_listing_watch(Engine& engine, Fs& fs,
                                                       std::chrono::milliseconds interval);

}  // namespace everturn

#endif  // EVERTURN_STORE_STORE_WATCH_H_
