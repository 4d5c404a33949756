// SPDX-License-Identifier: Apache-2.0
#include "cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace everturn::cli {

bool has_desktop() {
  return std::getenv("WAYLAND_DISPLAY") != nullptr || std::getenv("DISPLAY") != nullptr;
}

void open_in_browser(const std::string& url) {
  std::string opener = "xdg-open";
  std::string target = url;
  std::array<char*, 3> arguments = {opener.data(), target.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  pid_t process = -1;
  posix_spawnp(&process, "xdg-open", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
}

}  // namespace everturn::cli
