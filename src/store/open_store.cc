// SPDX-License-Identifier: Apache-2.0
// From a URL to an engine. A new engine is one line in open_engine.
#include <new>
#include <string>
#include <utility>

#include "agents/find.h"
#include "base/try.h"
#include "everturn/store.h"
#include "fs/fs.h"
#include "store/engine.h"

namespace everturn {
namespace {

Result<std::unique_ptr<Engine>> open_engine(std::string_view url, const StoreOptions& options) {
  if (url.empty()) {
    return Status(Code::invalid,
                  "a store needs a URL: dir:PATH, agents:, file:PATH, memory: or a path");
  }
  if (url == "memory:") return open_memory_engine(options);
  if (url == "agents:") {
    return open_agents_engine(posix_fs(), agent_folders(process_environment), options);
  }
  if (url.starts_with("agents:")) {
    auto folders = TRY(find_agent_folders(posix_fs(), std::string(url.substr(7))));
    return open_agents_engine(posix_fs(), std::move(folders), options);
  }
  if (url.starts_with("file:")) {
    return open_file_engine(posix_fs(), std::string(url.substr(5)), options);
  }
  if (url.starts_with("dir:")) {
    return open_dir_engine(posix_fs(), std::string(url.substr(4)), options);
  }
  const std::size_t colon = url.find(':');
  if (colon != std::string_view::npos && url.substr(0, colon).find('/') == std::string_view::npos) {
    return Status(
        Code::invalid,
        "unknown store URL \"" + std::string(url) +
            "\": dir:PATH, agents:, file:PATH, memory: or a path; for a path with a colon "
            "write dir:PATH");
  }
  return open_dir_engine(posix_fs(), std::string(url), options);
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(std::string_view url, const StoreOptions& options) {
  try {
    std::unique_ptr<Engine> engine = TRY(open_engine(url, options));
    return std::make_unique<Store>(std::move(engine));
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, "out of memory while opening a store");
  }
}

}  // namespace everturn
