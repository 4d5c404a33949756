// SPDX-License-Identifier: Apache-2.0
// Following a session of any engine whose sessions are files: reads what came, waits for the
// folder.
#ifndef EVERTURN_STORE_ENGINE_WATCH_H_
#define EVERTURN_STORE_ENGINE_WATCH_H_

#include <memory>
#include <string>

#include "fs/fs.h"
#include "store/engine.h"

namespace everturn {

// `changes` was made before the session was looked for. `engine` and `fs` must outlive the Watch.
std::unique_ptr<Watch> make_watch(Engine& engine, Fs& fs, std::string key, Position from,
                                  std::unique_ptr<FolderWatch> changes);

}  // namespace everturn

#endif  // EVERTURN_STORE_ENGINE_WATCH_H_
