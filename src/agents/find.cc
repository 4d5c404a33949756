// SPDX-License-Identifier: Apache-2.0
#include "agents/find.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "agents/layout.h"
#include "base/try.h"
#include "base/utf8.h"

namespace everturn {
namespace {

constexpr std::size_t kProblemsListed = 20;
constexpr std::size_t kBeginning = 4096;  // of a file, where its name does not tell its id

// What an agent's folder holds, found by going through it once.
class Search {
 public:
  Search(AgentSource& source, const FindLimits& limits, std::vector<AgentSession>& sessions)
      : source_(source), limits_(limits), sessions_(sessions) {}

  void look_into(Folder& root) {
    for (const std::string& below : source_.folder.below) {
      path_ = path_components(below);
      start_ = path_.size();
      descend(root, 0);
    }
  }

 private:
  struct Name {
    std::string text;
    FileKind kind;
  };

  // Opens the folders of path_ from the given one on, and goes through the last.
  void descend(Folder& folder, std::size_t depth) {
    if (depth == path_.size()) return go_through(folder);
    const Result<std::unique_ptr<Folder>> next = folder.open_folder(path_[depth]);
    if (next) return descend(**next, depth + 1);
    if (next.status().code() != Code::not_found) tell(next.status().message());
  }

  void go_through(Folder& folder) {
    std::vector<Name> names;
    const Status listed = folder.list([&](std::string_view name, FileKind kind) {
      if (++seen_ > limits_.names) return false;
      names.push_back({std::string(name), kind});
      return true;
    });
    if (!listed.ok()) tell(listed.message());
    if (seen_ > limits_.names && !std::exchange(is_cut_, true)) {
      tell("more than " + std::to_string(limits_.names) + " names: not all of it was looked at");
    }
    std::sort(names.begin(), names.end(),
              [](const Name& a, const Name& b) { return a.text < b.text; });
    for (const Name& name : names) visit(folder, name);
  }

  [[nodiscard]] std::span<const std::string> folders() const {
    return std::span(path_).subspan(start_);
  }

  void visit(Folder& folder, const Name& name) {
    if (name.kind == FileKind::folder) return enter(folder, name.text);
    std::optional<TranscriptName> found =
        transcript_name(source_.folder.agent, folders(), name.text);
    if (name.kind == FileKind::symlink) {
      // It may stand for a folder of sessions, or for one session.
      path_.push_back(name.text);
      const bool matters = found || (may_hold_sessions(source_.folder.agent, folders()) &&
                                     name.text.find('.') == std::string::npos);
      path_.pop_back();
      if (matters) tell("a link is not followed: " + place_of(name.text));
      return;
    }
    if (!found) return;
    if (name.kind != FileKind::file) return tell("not a regular file: " + place_of(name.text));
    take(folder, name.text, *std::move(found));
  }

  void enter(Folder& folder, const std::string& name) {
    path_.push_back(name);
    if (may_hold_sessions(source_.folder.agent, folders())) {
      const Result<std::unique_ptr<Folder>> inner = folder.open_folder(name);
      if (inner) {
        go_through(**inner);
      } else if (inner.status().code() != Code::not_found) {
        tell(inner.status().message());
      }
    }
    path_.pop_back();
  }

  void take(Folder& folder, const std::string& name, TranscriptName found) {
    const Result<FileInfo> info = folder.stat(name);
    if (!info) {
      if (info.status().code() != Code::not_found) tell(info.status().message());
      return;
    }
    if (found.id_is_inside) {
      found = with_beginning(source_.folder.agent, std::move(found), beginning_of(folder, name));
    }
    AgentSession session;
    session.agent = source_.folder.agent;
    session.id = std::move(found.id);
    session.parent = std::move(found.parent);
    session.is_sub_agent = found.is_sub_agent;
    session.root = source_.folder.path;
    session.folders = path_;
    session.name = name;
    session.bytes = info->size;
    session.modified_ns = info->modified_ns;
    session.info = *info;
    const std::string inner = session.parent.empty() ? "" : session.parent + "/";
    session.key = std::string(agent_name(session.agent)) + ":" + inner + session.id;
    count(session);
    sessions_.push_back(std::move(session));
  }

  std::string beginning_of(Folder& folder, const std::string& name) {
    const Result<std::unique_ptr<File>> file = folder.open(name, Access::read);
    if (!file) {
      tell(file.status().message());
      return {};
    }
    std::string bytes(kBeginning, '\0');
    const Result<std::size_t> got = (*file)->read_at(0, bytes.data(), bytes.size());
    if (!got) tell(got.status().message());
    bytes.resize(got ? *got : 0);
    return bytes;
  }

  void count(const AgentSession& session) {
    (session.is_sub_agent ? source_.sub_agents : source_.sessions) += 1;
    (session.is_sub_agent ? source_.sub_agent_bytes : source_.bytes) += session.bytes;
    source_.modified_ns = std::max(source_.modified_ns, session.modified_ns);
  }

  [[nodiscard]] std::string place_of(const std::string& name) const {
    std::string place = source_.folder.path;
    for (const std::string& folder : path_) place = join_path(place, folder);
    return join_path(place, name);
  }

  void tell(const std::string& problem) {
    ++source_.problem_count;
    if (source_.problems.size() < kProblemsListed) source_.problems.push_back(printable(problem));
  }

  AgentSource& source_;
  const FindLimits& limits_;
  std::vector<AgentSession>& sessions_;
  std::vector<std::string> path_;  // from the agent's folder to where we are
  std::size_t start_ = 0;          // how much of it leads to where sessions lie
  std::uint64_t seen_ = 0;
  bool is_cut_ = false;
};

Result<std::vector<std::string>> names_in(Folder& folder) {
  constexpr std::size_t kNamesLookedAt = 10'000;
  std::vector<std::string> names;
  CHECK_OK(folder.list([&](std::string_view name, FileKind) {
    names.emplace_back(name);
    return names.size() < kNamesLookedAt;
  }));
  return names;
}

// "/a" for "/a/b", "/" for "/a".
std::string split_last(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// What of the agent's folder `components` lead to; nullopt if that is outside of it, or nothing
// that has to do with sessions.
std::optional<AgentPlace> place_below(const AgentFolder& folder,
                                      const std::vector<std::string>& components) {
  const std::vector<std::string> root = path_components(folder.path);
  if (components.size() < root.size()) return std::nullopt;
  if (!std::equal(root.begin(), root.end(), components.begin())) return std::nullopt;
  AgentPlace place;
  place.folder = folder;
  place.only.assign(components.begin() + static_cast<std::ptrdiff_t>(root.size()),
                    components.end());
  const bool matters =
      std::any_of(folder.below.begin(), folder.below.end(), [&](const std::string& below) {
        const std::vector<std::string> start = path_components(below);
        const std::size_t common = std::min(start.size(), place.only.size());
        return std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(common),
                          place.only.begin());
      });
  return matters ? std::optional(place) : std::nullopt;
}

// Several files may be called the same: then each is named with its path.
void make_keys_unique(std::vector<AgentSession>& sessions) {
  std::unordered_map<std::string, std::size_t> uses;
  for (const AgentSession& session : sessions) ++uses[session.key];
  for (AgentSession& session : sessions) {
    if (uses[session.key] < 2) continue;
    const std::string place = session.relative_path();
    session.key += "@" + (is_utf8(place) ? place : printable(place));
  }
}

}  // namespace

std::string AgentSession::relative_path() const {
  std::string path;
  for (const std::string& folder : folders) path += folder + "/";
  return path + name;
}

std::string AgentSession::path() const { return join_path(root, relative_path()); }

FoundSessions find_agent_sessions(Fs& fs, std::span<const AgentFolder> folders,
                                  const FindLimits& limits) {
  FoundSessions found;
  std::set<std::pair<Agent, std::string>> seen;
  for (const AgentFolder& folder : folders) {
    const Result<std::unique_ptr<Folder>> root = fs.open_folder(folder.path, false);
    const std::string below = folder.below.empty() ? "" : folder.below.front();
    const std::string real = fs.real_path(folder.path) + "/" + below;
    if (root && !seen.emplace(folder.agent, real).second) continue;
    AgentSource& source = found.sources.emplace_back();
    source.folder = folder;
    source.exists = root.ok();
    if (root) {
      Search(source, limits, found.sessions).look_into(**root);
    } else if (root.status().code() != Code::not_found) {
      source.exists = true;
      source.problem_count = 1;
      source.problems.push_back(printable(root.status().message()));
    }
  }
  make_keys_unique(found.sessions);
  std::sort(found.sessions.begin(), found.sessions.end(),
            [](const AgentSession& a, const AgentSession& b) {
              return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.key < b.key;
            });
  return found;
}

std::string join_path(const std::string& folder, std::string_view name) {
  if (folder.empty() || folder.ends_with('/')) return folder + std::string(name);
  return folder + "/" + std::string(name);
}

std::vector<std::string> path_components(std::string_view path) {
  std::vector<std::string> components;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) components.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return components;
}

Result<AgentFolder> find_agent_folder(Fs& fs, const std::string& path) {
  const std::unique_ptr<Folder> folder = TRY(fs.open_folder(path, false));
  const auto names = TRY(names_in(*folder));
  return agent_folder_at(path, names);
}

Result<std::vector<AgentFolder>> find_agent_folders(Fs& fs, const std::string& path) {
  const std::unique_ptr<Folder> folder = TRY(fs.open_folder(path, false));
  const std::vector<std::string> names = TRY(names_in(*folder));
  std::vector<AgentFolder> found;
  for (const std::string& name : names) {
    // A file may be called so too.
    if (agent_of_copy(name) && folder->open_folder(name).ok()) {
      found.push_back(agent_folder_at(join_path(path, name), {}));
    }
  }
  if (found.empty()) found.push_back(agent_folder_at(path, names));
  return found;
}

Result<AgentPlace> find_agent_place(Fs& fs, const std::string& path,
                                    std::span<const AgentFolder> known) {
  const std::string real = fs.real_path(path);
  const std::vector<std::string> components = path_components(real);
  const bool is_folder = fs.open_folder(real, false).ok();
  const std::string above = split_last(real);
  if (!is_folder) {
    if (components.empty()) return Status(Code::not_found, printable(path) + ": nothing is there");
    const std::unique_ptr<Folder> folder = TRY(fs.open_folder(above, false));
    TRY(folder->stat(components.back()));
  }
  for (AgentFolder folder : known) {
    folder.path = fs.real_path(folder.path);
    if (std::optional<AgentPlace> place = place_below(folder, components)) return *place;
  }
  for (std::string at = is_folder ? real : above;; at = split_last(at)) {
    const Result<AgentFolder> folder = find_agent_folder(fs, at);
    if (folder && folder->agent != Agent::files) {
      if (std::optional<AgentPlace> place = place_below(*folder, components)) return *place;
    }
    if (at == "/") break;
  }
  AgentPlace place;
  place.folder.agent = Agent::files;
  place.folder.path = is_folder ? real : above;
  place.folder.below = {""};
  if (!is_folder) place.only = {components.back()};
  return place;
}

Result<std::unique_ptr<Folder>> open_folder_of(Fs& fs, const AgentSession& session) {
  std::unique_ptr<Folder> folder = TRY(fs.open_folder(session.root, false));
  for (const std::string& name : session.folders) folder = TRY(folder->open_folder(name));
  return folder;
}

}  // namespace everturn
