// SPDX-License-Identifier: Apache-2.0
#include "agents/traces.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/json.h"
#include "base/json_cursor.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "journal/reader.h"

namespace everturn {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::uint64_t kDocumentMax = 16ULL << 20;
constexpr std::size_t kProjectsMax = 100'000;

bool looks_like_id(std::string_view text) {
  return text.size() == kUuidLength && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
         text[23] == '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
                  (c >= 'A' && c <= 'F');
         });
}

// What a record of a file of prompts says.
struct Prompt {
  std::string_view id;
  std::string_view project;
  std::string_view time;  // seconds or milliseconds since 1970, or ISO 8601
};

Prompt read_prompt(JsonCursor& cursor) {
  Prompt prompt;
  cursor.members([&](std::string_view name) {
    if (name == "sessionId" || name == "session_id") prompt.id = cursor.take_value();
    if (name == "project") prompt.project = cursor.take_value();
    if (name == "timestamp" || name == "ts") prompt.time = cursor.take_value();
    return true;
  });
  return prompt;
}

std::int64_t time_of(std::string_view raw) {
  if (const auto text = decode_json_string(raw)) return parse_iso_time(*text).value_or(0);
  constexpr std::int64_t kMilliseconds = 100'000'000'000;  // more than this is no seconds
  constexpr std::int64_t kMost = 9'000'000'000'000;
  const std::int64_t number = decode_json_integer(raw).value_or(0);
  if (number <= 0 || number > kMost) return 0;
  return number > kMilliseconds ? number * 1'000'000 : number * 1'000'000'000;
}

class Traces {
 public:
  explicit Traces(std::span<const AgentSession> sessions) {
    for (const AgentSession& session : sessions) {
      known_.emplace(session.agent, session.id);
      // A sub-agent's file does not stand for its session's.
    }
  }

  void prompt(Agent agent, const Prompt& prompt, const std::string& place) {
    const std::string id = decode_json_string(prompt.id).value_or("");
    SessionTrace* found = trace(agent, id, place);
    if (found == nullptr) return;
    ++found->prompts;
    if (std::string project = decode_json_string(prompt.project).value_or(""); !project.empty()) {
      found->project = std::move(project);
    }
    found->last_ns = std::max(found->last_ns, time_of(prompt.time));
  }

  SessionTrace* trace(Agent agent, const std::string& id, const std::string& place) {
    if (id.empty() || known_.contains({agent, id})) return nullptr;
    SessionTrace& found = traces_[{agent, id}];
    found.agent = agent;
    found.id = id;
    found.places.insert(place);
    return &found;
  }

  std::vector<SessionTrace> sorted() {
    std::vector<SessionTrace> list;
    for (auto& [key, found] : traces_) list.push_back(std::move(found));
    std::stable_sort(list.begin(), list.end(), [](const SessionTrace& a, const SessionTrace& b) {
      return a.last_ns > b.last_ns;
    });
    return list;
  }

 private:
  std::set<std::pair<Agent, std::string>> known_;
  std::map<std::pair<Agent, std::string>, SessionTrace> traces_;
};

// A file of prompts, one a line.
class PromptLines : public LineSink {
 public:
  PromptLines(Agent agent, std::string place, Traces& traces)
      : agent_(agent), place_(std::move(place)), traces_(traces) {}
  bool on_line(std::uint64_t, std::string_view bytes, bool) override {
    JsonCursor cursor(bytes);
    cursor.skip_space();
    traces_.prompt(agent_, read_prompt(cursor), place_);
    return true;
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override { return true; }
  bool on_unreadable(std::uint64_t, std::uint64_t, std::string_view) override { return true; }

 private:
  Agent agent_;
  std::string place_;
  Traces& traces_;
};

void read_prompt_lines(Folder& folder, const std::string& name, Agent agent, Traces& traces) {
  const Result<std::unique_ptr<File>> file = folder.open(name, Access::read);
  if (!file) return;
  const Result<FileInfo> info = (*file)->info();
  if (!info) return;
  PromptLines lines(agent, name, traces);
  // What of it cannot be read tells of no session.
  static_cast<void>(read_lines(**file, 0, info->size, {}, lines).ok());
}

// [{"sessionId":..}, ..]
void read_prompt_document(Folder& folder, const std::string& name, Agent agent, Traces& traces) {
  const Result<std::unique_ptr<File>> file = folder.open(name, Access::read);
  if (!file) return;
  const Result<FileInfo> info = (*file)->info();
  if (!info || info->size > kDocumentMax) return;
  std::string bytes(static_cast<std::size_t>(info->size), '\0');
  const Result<std::size_t> got = (*file)->read_at(0, bytes.data(), bytes.size());
  if (!got) return;
  JsonCursor cursor(std::string_view(bytes).substr(0, *got));
  cursor.skip_space();
  cursor.elements([&] {
    traces.prompt(agent, read_prompt(cursor), name);
    return true;
  });
}

std::vector<std::string> names_in(Folder& folder) {
  std::vector<std::string> names;
  const Status listed = folder.list([&](std::string_view name, FileKind kind) {
    if (kind == FileKind::file || kind == FileKind::folder) names.emplace_back(name);
    return names.size() < kProjectsMax;
  });
  static_cast<void>(listed.ok());
  return names;
}

// Names that begin with a session's id: todos/ID-agent-X.json, session-env/ID, debug/ID.txt.
void read_leftovers(Folder& root, const std::string& place, Traces& traces) {
  const Result<std::unique_ptr<Folder>> folder = root.open_folder(place);
  if (!folder) return;
  for (const std::string& name : names_in(**folder)) {
    const std::string id = name.substr(0, kUuidLength);
    if (looks_like_id(id)) traces.trace(Agent::claude, id, place);
  }
}

// Folders of sessions without their transcript: projects/PROJECT/ID.
void read_project_leftovers(Folder& root, Traces& traces) {
  const Result<std::unique_ptr<Folder>> projects = root.open_folder("projects");
  if (!projects) return;
  for (const std::string& project : names_in(**projects)) {
    const Result<std::unique_ptr<Folder>> folder = (*projects)->open_folder(project);
    if (!folder) continue;
    for (const std::string& name : names_in(**folder)) {
      if (looks_like_id(name)) traces.trace(Agent::claude, name, "projects");
    }
  }
}

void read_gemini_prompts(Folder& root, Traces& traces) {
  const Result<std::unique_ptr<Folder>> projects = root.open_folder("tmp");
  if (!projects) return;
  for (const std::string& project : names_in(**projects)) {
    const Result<std::unique_ptr<Folder>> folder = (*projects)->open_folder(project);
    if (folder) read_prompt_document(**folder, "logs.json", Agent::gemini, traces);
  }
}

}  // namespace

std::vector<SessionTrace> find_session_traces(Fs& fs, std::span<const AgentSource> sources,
                                              std::span<const AgentSession> sessions) {
  Traces traces(sessions);
  for (const AgentSource& source : sources) {
    const Result<std::unique_ptr<Folder>> root = fs.open_folder(source.folder.path, false);
    if (!root) continue;
    if (source.folder.agent == Agent::claude) {
      read_prompt_lines(**root, "history.jsonl", Agent::claude, traces);
      read_project_leftovers(**root, traces);
      for (const char* place : {"todos", "file-history", "session-env", "tasks", "debug"}) {
        read_leftovers(**root, place, traces);
      }
    } else if (source.folder.agent == Agent::codex) {
      read_prompt_lines(**root, "history.jsonl", Agent::codex, traces);
    } else if (source.folder.agent == Agent::gemini) {
      read_gemini_prompts(**root, traces);
    }
  }
  return traces.sorted();
}

}  // namespace everturn
