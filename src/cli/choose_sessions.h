// SPDX-License-Identifier: Apache-2.0
// Which sessions of a store a command means that tidies up: by age, size and project.
#ifndef EVERTURN_CLI_CHOOSE_SESSIONS_H_
#define EVERTURN_CLI_CHOOSE_SESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "everturn/store.h"

namespace everturn::cli {

struct SessionChoice {
  std::optional<std::string> older_than;  // "90d", or a time: last written before it
  std::optional<std::string> min_size;
  std::optional<std::string> project;  // a folder: began in it or below
  std::optional<std::uint64_t> keep;   // never the newest so many

  void declare(Command& command);
};

// Oldest first, each key once, with the time of its newest file and the size of all.
Result<std::vector<SessionInfo>> choose_sessions(Store& store, const SessionChoice& choice);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_CHOOSE_SESSIONS_H_
