// SPDX-License-Identifier: Apache-2.0
#include "cli/each_session.h"

#include "base/utf8.h"
#include "cli/signals.h"

namespace everturn::cli {

int for_each_session(const std::vector<std::string>& keys, std::string_view doing, Context& context,
                     const std::function<Status(const std::string&)>& act) {
  int exit_status = kExitOk;
  std::size_t done = 0;
  for (const std::string& key : keys) {
    if (StopSignals::received() != 0) break;
    Status status;
    {
      Progress progress(context.output());
      if (keys.size() > 1) {
        progress.show(std::string(doing) + " " + std::to_string(++done) + " of " +
                      std::to_string(keys.size()) + ": " + printable(key));
      }
      status = act(key);
    }
    if (status.ok()) continue;
    context.report(status);
    if (exit_status == kExitOk) exit_status = static_cast<int>(status.code());
  }
  return exit_status;
}

}  // namespace everturn::cli
