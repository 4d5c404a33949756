// SPDX-License-Identifier: Apache-2.0
#include "find/project_beside.h"

#include <memory>
#include <optional>

#include "agents/folders.h"
#include "fs/fs.h"
#include "store/atomic_file.h"

namespace everturn {
namespace {

constexpr std::size_t kLongestPath = 4096;

// The path that is the content of a file; "" if there is none.
std::string path_in(const std::string& folder, std::string_view name) {
  const Result<std::unique_ptr<Folder>> opened = posix_fs().open_folder(folder, false);
  if (!opened) return {};
  const Result<std::unique_ptr<File>> file = (*opened)->open(name, Access::read);
  if (!file) return {};
  std::string path(kLongestPath, '\0');
  const Result<std::size_t> got = (*file)->read_at(0, path.data(), path.size());
  path.resize(got ? *got : 0);
  while (!path.empty() && (path.back() == '\n' || path.back() == '\r')) path.pop_back();
  return path;
}

}  // namespace

std::string project_beside(const SessionInfo& session) {
  if (!session.file_name.starts_with('/')) return {};
  const std::size_t colon = session.key.find(':');
  if (colon == std::string::npos) return {};
  const std::optional<Agent> agent = agent_of_name(session.key.substr(0, colon));
  const std::string folder = split_path(session.file_name).first;
  if (agent == Agent::nanobot) return path_in(folder, ".workspace");
  if (agent == Agent::gemini) return path_in(split_path(folder).first, ".project_root");
  return {};
}

}  // namespace everturn
