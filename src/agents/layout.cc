// SPDX-License-Identifier: Apache-2.0
#include "agents/layout.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/session_name.h"
#include "base/utf8.h"

namespace everturn {
namespace {

using Folders = std::span<const std::string>;
constexpr std::size_t kUuidLength = 36;

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_hex) return false;
  }
  return true;
}

TranscriptName session(std::string_view id) {
  TranscriptName name;
  name.id = id;
  return name;
}

// projects/PROJECT/ID.jsonl; sub-agents: PROJECT/ID/subagents/../agent-X.jsonl, formerly
// PROJECT/agent-X.jsonl.
std::optional<TranscriptName> claude_session(Folders folders, std::string_view stem) {
  const bool is_agent = stem.starts_with("agent-");
  if (folders.size() < 2) {
    TranscriptName name = session(stem);
    name.is_sub_agent = name.id_is_inside = is_agent;
    return name;
  }
  if (!is_agent || folders.size() < 3 || folders[2] != "subagents") return std::nullopt;
  TranscriptName name = session(stem);
  name.is_sub_agent = true;
  name.parent = folders[1];
  return name;
}

// sessions/YYYY/MM/DD/rollout-TIME-UUID.jsonl; archived_sessions/rollout-TIME-UUID.jsonl.
std::optional<TranscriptName> codex_session(std::string_view stem) {
  constexpr std::string_view kPrefix = "rollout-";
  if (!stem.starts_with(kPrefix)) return std::nullopt;
  stem.remove_prefix(kPrefix.size());
  if (stem.empty()) return std::nullopt;
  if (stem.size() <= kUuidLength) return session(stem);
  const std::string_view id = stem.substr(stem.size() - kUuidLength);
  return session(is_uuid(id) ? id : stem);
}

// sessions/--PROJECT--/TIME_ID.jsonl
std::optional<TranscriptName> pi_session(std::string_view stem) {
  const std::size_t mark = stem.find('_');
  const bool has_time = mark != std::string_view::npos && mark + 1 < stem.size() &&
                        stem.substr(0, mark).find('T') != std::string_view::npos;
  return session(has_time ? stem.substr(mark + 1) : stem);
}

// tmp/PROJECT/chats/session-TIME-ID8.json; sub-agents: chats/ID/X.jsonl.
std::optional<TranscriptName> gemini_session(Folders folders, std::string_view stem) {
  if (folders.size() < 2 || folders[1] != "chats") return std::nullopt;
  TranscriptName name = session(stem);
  if (folders.size() > 2) {
    name.is_sub_agent = true;
    name.parent = folders[2];
    return name;
  }
  if (!stem.starts_with("session-")) return std::nullopt;
  name.id_is_inside = true;
  return name;
}

// sessions/WORKSPACE-ID/BASE64URL.jsonl, formerly in the workspace, and with the key in the first
// line only.
std::optional<TranscriptName> nanobot_session(std::string_view stem, std::string_view file_name) {
  if (std::optional<std::string> key = key_of_file_name(file_name)) return session(*key);
  TranscriptName name = session(stem);
  name.id_is_inside = true;
  return name;
}

// FOLDER/../NAME.jsonl
TranscriptName file_session(Folders folders, std::string_view stem) {
  TranscriptName name;
  for (const std::string& folder : folders) name.id += folder + "/";
  name.id += stem;
  return name;
}

// The string behind the first `"name":` in the beginning of a file, which may end anywhere.
std::string string_behind(std::string_view beginning, std::string_view name) {
  std::size_t at = beginning.find("\"" + std::string(name) + "\"");
  if (at == std::string_view::npos) return {};
  at = beginning.find_first_not_of(" \t\r\n:", at + name.size() + 2);
  if (at == std::string_view::npos || beginning[at] != '"') return {};
  const std::size_t end = beginning.find('"', at + 1);
  if (end == std::string_view::npos) return {};
  return decode_json_string(beginning.substr(at, end + 1 - at)).value_or("");
}

constexpr std::array<std::string_view, 6> kEndings = {".jsonl",    ".json",     ".jsonl.zst",
                                                      ".jsonl.gz", ".json.zst", ".json.gz"};

// How deep an agent's sessions lie below its folders.
std::size_t depth_of(Agent agent) {
  switch (agent) {
    case Agent::claude:
      return 6;
    case Agent::files:
      return 8;
    case Agent::codex:
    case Agent::gemini:
      return 4;
    case Agent::openclaw:
    case Agent::pi:
      return 2;
    case Agent::nanobot:
      return 1;
  }
  return 0;
}

// What nanobot calls the folder of a workspace's sessions, where they do not lie in the workspace.
bool is_workspace_id(std::string_view name) {
  constexpr std::size_t kDigits = 32;
  return name.size() == kDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What the second folder is called in which sessions lie, where others lie beside it: OpenClaw
// keeps its credentials there. "": all folders are of sessions.
std::string_view folder_of_sessions(Agent agent) {
  if (agent == Agent::gemini) return "chats";
  if (agent == Agent::openclaw) return "sessions";
  return {};
}

}  // namespace

std::optional<std::string_view> transcript_stem(std::string_view name) {
  if (name.starts_with('.')) return std::nullopt;
  for (const std::string_view ending : kEndings) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return std::nullopt;
}

std::optional<TranscriptName> transcript_name(Agent agent, Folders folders, std::string_view name) {
  const std::optional<std::string_view> stem = transcript_stem(name);
  if (!stem) return std::nullopt;
  const bool is_document = name.find(".jsonl") == std::string_view::npos;
  if (is_document && agent != Agent::gemini && agent != Agent::codex) return std::nullopt;
  std::optional<TranscriptName> found;
  switch (agent) {
    case Agent::claude:
      found = claude_session(folders, *stem);
      break;
    case Agent::codex:
      found = codex_session(*stem);
      break;
    case Agent::pi:
      found = pi_session(*stem);
      break;
    case Agent::openclaw:
      if (folders.size() == 2) found = session(*stem);
      break;
    case Agent::gemini:
      found = gemini_session(folders, *stem);
      break;
    case Agent::nanobot:
      found = nanobot_session(*stem, name);
      break;
    case Agent::files:
      found = file_session(folders, *stem);
      break;
  }
  if (!found) return std::nullopt;
  // Names are bytes, keys are text.
  if (!is_utf8(found->id)) found->id = printable(found->id);
  if (!is_utf8(found->parent)) found->parent = printable(found->parent);
  return found;
}

bool may_hold_sessions(Agent agent, Folders folders) {
  if (folders.size() > depth_of(agent)) return false;
  if (agent == Agent::gemini) return folders.size() != 2 || folders[1] == "chats";
  if (agent == Agent::openclaw) return folders.size() != 2 || folders[1] == "sessions";
  if (agent == Agent::claude) return folders.size() != 3 || folders[2] == "subagents";
  if (agent == Agent::nanobot) return folders.empty() || is_workspace_id(folders[0]);
  return true;
}

bool may_lead_to_sessions(Agent agent, Folders folders) {
  const std::string_view word = folder_of_sessions(agent);
  return word.empty() || folders.size() < 2 || folders[1] == word;
}

bool belongs_to_sessions(Agent agent, Folders folders) {
  return may_lead_to_sessions(agent, folders) &&
         (folder_of_sessions(agent).empty() || folders.size() >= 2);
}

TranscriptName with_beginning(Agent agent, TranscriptName name, std::string_view beginning) {
  if (agent == Agent::claude) {
    name.parent = string_behind(beginning, "sessionId");
  } else {
    const std::string inside =
        string_behind(beginning, agent == Agent::nanobot ? "key" : "sessionId");
    if (!inside.empty()) name.id = inside;
  }
  return name;
}

}  // namespace everturn
