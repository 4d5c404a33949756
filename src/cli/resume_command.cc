// SPDX-License-Identifier: Apache-2.0
#include "cli/resume_command.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "agents/find.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "store/atomic_file.h"

namespace everturn::cli {
namespace {

// What no program takes for an option, nor a shell for anything but a word.
bool is_plain(std::string_view id) {
  const auto is_letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !id.empty() && is_letter(id.front()) && std::all_of(id.begin(), id.end(), [&](char c) {
    return is_letter(c) || c == '-' || c == '.';
  });
}

// One that is safe in quotes.
bool is_quotable(std::string_view text) {
  return !text.empty() && !text.starts_with('-') && printable(text) == text;
}

bool is_path(const std::string& text) { return text.starts_with('/') && is_quotable(text); }

std::optional<Agent> agent_of(const SessionInfo& session) {
  const std::size_t colon = session.key.find(':');
  return colon == std::string::npos ? std::nullopt : agent_of_name(session.key.substr(0, colon));
}

// What stands behind the colon of a key, without the path by which files of one id are told apart.
std::string_view id_of(const SessionInfo& session) {
  const std::string_view id = std::string_view(session.key).substr(session.key.find(':') + 1);
  for (std::size_t at = id.find('@'); at != std::string_view::npos; at = id.find('@', at + 1)) {
    if (session.file_name.ends_with("/" + std::string(id.substr(at + 1)))) return id.substr(0, at);
  }
  return id;
}

// Up to its release 0.3.0 nanobot keeps a workspace's sessions in it; since then they lie in
// sessions/WORKSPACE-ID beside the configuration, and its terminal opens only its own channel's.
std::string nanobot_command(std::string_view key, const SessionInfo& session,
                            const std::string& workspace) {
  if (!is_quotable(key)) return {};
  const std::string folder = split_path(split_path(session.file_name).first).second;
  const bool is_apart = folder != "sessions";
  const bool is_classic = is_apart && !key.starts_with("websocket:");
  return std::string("nanobot agent") + (is_classic ? " --classic" : "") +
         (is_path(workspace) ? " --workspace " + shell_word(workspace) : "") + " --session " +
         shell_word(key);
}

// agents/NAME/sessions/ID.jsonl
std::string openclaw_command(std::string_view id, const SessionInfo& session) {
  const std::vector<std::string> folders = path_components(session.file_name);
  if (!is_plain(id) || folders.size() < 3 || !is_plain(folders[folders.size() - 3])) return {};
  return "openclaw agent --agent " + folders[folders.size() - 3] + " --session-id " +
         std::string(id) + " --message TEXT";
}

}  // namespace

std::string resume_command(const SessionInfo& session, const std::string& project) {
  const std::optional<Agent> agent = agent_of(session);
  if (!agent || !session.part_of.empty()) return {};
  const std::string_view id = id_of(session);
  std::string command;
  if (agent == Agent::nanobot) return nanobot_command(id, session, project);
  if (agent == Agent::openclaw) return openclaw_command(id, session);
  if (agent == Agent::pi && is_path(session.file_name)) {
    command = "pi --session " + shell_word(session.file_name);
  }
  if (agent == Agent::claude && is_plain(id)) command = "claude --resume " + std::string(id);
  if (agent == Agent::codex && is_plain(id)) command = "codex resume " + std::string(id);
  if (agent == Agent::gemini && is_plain(id)) command = "gemini --resume " + std::string(id);
  if (command.empty() || !is_path(project)) return command;
  return "cd " + shell_word(project) + " && " + command;
}

}  // namespace everturn::cli
