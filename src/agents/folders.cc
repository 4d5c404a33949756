// SPDX-License-Identifier: Apache-2.0
#include "agents/folders.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/digest.h"

namespace everturn {
namespace {

using Names = std::vector<std::string>;
constexpr std::size_t kCopyDigits = 16;  // of the hash in the name of a copy

struct Rule {
  Agent agent;
  std::string_view name;
  std::string_view title;
  const char* variable;  // names the folder itself; null: there is none
  Names usual;           // below the home
  Names below;           // where in the folder sessions lie
  Names marks;           // names of which one is in such a folder, and not in another agent's
};

const std::array<Rule, kAgentCount>& rules() {
  static const auto& table = *new std::array<Rule, kAgentCount>{{
      {Agent::claude,
       "claude",
       "Claude Code",
       "CLAUDE_CONFIG_DIR",
       {".claude", ".config/claude"},
       {"projects"},
       {"projects"}},
      {Agent::codex,
       "codex",
       "Codex",
       "CODEX_HOME",
       {".codex"},
       {"sessions", "archived_sessions"},
       {"archived_sessions", "config.toml", "version.json"}},
      {Agent::pi,
       "pi",
       "pi",
       "PI_CODING_AGENT_DIR",
       {".pi/agent"},
       {"sessions"},
       {"settings.json", "models.json", "auth.json"}},
      {Agent::openclaw,
       "openclaw",
       "OpenClaw",
       "OPENCLAW_STATE_DIR",
       {".openclaw", ".clawdbot", ".moltbot"},
       {"agents"},
       {"openclaw.json", "clawdbot.json"}},
      {Agent::gemini,
       "gemini",
       "Gemini CLI",
       nullptr,
       {".gemini"},
       {"tmp"},
       {"oauth_creds.json", "google_accounts.json", "installation_id"}},
      {Agent::nanobot,
       "nanobot",
       "nanobot",
       nullptr,
       {".nanobot"},
       {"workspace/sessions", "sessions"},
       {"workspace"}},
      {Agent::files, "files", "files", nullptr, {}, {""}, {}},
  }};
  return table;
}

const Rule& rule_of(Agent agent) { return rules().at(static_cast<std::size_t>(agent)); }

// `path` with the home in place of a leading "~", as agents read their variables.
std::string expanded(std::string path, const std::string& home) {
  if (path == "~") return home;
  if (path.starts_with("~/") && !home.empty()) return home + path.substr(1);
  return path;
}

AgentFolder folder_of(const Rule& rule, std::string path, std::string variable) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return {rule.agent, std::move(path), std::move(variable), rule.below};
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool contains_any(const Names& names, const Names& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return contains(names, one.substr(0, one.find('/')));
  });
}

void add_usual(const Rule& rule, const std::string& home, std::vector<AgentFolder>& folders) {
  if (home.empty()) return;
  for (const std::string& usual : rule.usual) {
    folders.push_back(folder_of(rule, home + "/" + usual, {}));
  }
}

// Variables that name something else than the agent's own folder.
void add_special(const Environment& environment, const std::string& home,
                 std::vector<AgentFolder>& folders) {
  if (std::string path = expanded(environment("PI_CODING_AGENT_SESSION_DIR"), home);
      !path.empty()) {
    AgentFolder folder = folder_of(rule_of(Agent::pi), path, "PI_CODING_AGENT_SESSION_DIR");
    folder.below = {""};
    folders.push_back(std::move(folder));
  }
}

}  // namespace

std::string_view agent_name(Agent agent) { return rule_of(agent).name; }

std::optional<Agent> agent_of_name(std::string_view name) {
  for (const Rule& rule : rules()) {
    if (rule.name == name) return rule.agent;
  }
  return std::nullopt;
}

std::string_view agent_title(Agent agent) { return rule_of(agent).title; }

std::string process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::vector<AgentFolder> agent_folders(const Environment& environment) {
  std::vector<AgentFolder> folders;
  std::string home = environment("HOME");
  if (!home.starts_with('/')) home.clear();
  for (const Rule& rule : rules()) {
    std::string named = rule.variable == nullptr ? "" : expanded(environment(rule.variable), home);
    if (!named.empty()) {
      folders.push_back(folder_of(rule, std::move(named), rule.variable));
    } else if (rule.agent == Agent::gemini && !environment("GEMINI_CLI_HOME").empty()) {
      // It stands for the home.
      folders.push_back(
          folder_of(rule, environment("GEMINI_CLI_HOME") + "/.gemini", "GEMINI_CLI_HOME"));
    } else {
      add_usual(rule, home, folders);
    }
  }
  add_special(environment, home, folders);
  return folders;
}

AgentFolder agent_folder_at(const std::string& path, const std::vector<std::string>& names) {
  std::string_view trimmed = path;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.remove_suffix(1);
  if (const std::optional<Agent> agent = agent_of_copy(trimmed.substr(trimmed.rfind('/') + 1))) {
    return folder_of(rule_of(*agent), path, {});
  }
  for (const Rule& rule : rules()) {
    const bool is_named = std::any_of(rule.usual.begin(), rule.usual.end(), [&](const auto& usual) {
      return trimmed.ends_with("/" + usual) || trimmed == usual;
    });
    const bool holds_sessions = rule.agent != Agent::files && contains_any(names, rule.below);
    if (holds_sessions && (is_named || contains_any(names, rule.marks))) {
      return folder_of(rule, path, {});
    }
  }
  return folder_of(rule_of(Agent::files), path, {});
}

std::string name_of_copy(Agent agent, std::string_view path) {
  return std::string(agent_name(agent)) + "-" + hex(hash128(path)).substr(0, kCopyDigits);
}

std::optional<Agent> agent_of_copy(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  const bool is_hash = digits.size() == kCopyDigits &&
                       digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_hash ? agent_of_name(name.substr(0, dash)) : std::nullopt;
}

std::string place_in_copy(const AgentFolder& folder) {
  const bool is_sessions = !folder.below.empty() && folder.below.front().empty();
  return is_sessions ? rule_of(folder.agent).below.front() : std::string();
}

}  // namespace everturn
