// SPDX-License-Identifier: Apache-2.0
// gemini-cli: a first line about the session, then messages; an update of a message is a new line
// with its id, `$set` changes the session, `$rewindTo` takes messages off. Older sessions are one
// document. A tool call and its result stand in one message. Qwen's messages have role and parts.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

struct Message {
  std::string_view id;
  std::string_view time;
  std::string_view type;
  std::string_view role;
  std::string_view content;
  std::string_view calls;
  std::string_view thoughts;
  std::string_view tokens;
  std::string_view model;
  std::string_view inner;  // qwen: {"role":..,"parts":..}
  std::string_view set;
  std::string_view rewind;
  std::string_view messages;  // a whole session, or a checkpoint
  std::string_view summary;
  std::string_view session;
};

void read_session_member(JsonCursor& cursor, std::string_view name, Message& message) {
  if (name == "$set") message.set = cursor.take_value();
  if (name == "$rewindTo") message.rewind = cursor.take_value();
  if ((name == "messages" || name == "history") && cursor.at('[')) {
    message.messages = cursor.take_value();
  }
  if (name == "summary") message.summary = cursor.take_value();
  if (name == "sessionId" || name == "projectHash") message.session = cursor.take_value();
  if (name == "message" && cursor.at('{')) message.inner = cursor.take_value();
  if (name == "usageMetadata") message.tokens = cursor.take_value();
}

Message read_members(std::string_view record) {
  Message message;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "id" || name == "uuid") {
      message.id = cursor.take_value();
    } else if (name == "timestamp") {
      message.time = cursor.take_value();
    } else if (name == "type") {
      message.type = cursor.take_value();
    } else if (name == "role") {
      message.role = cursor.take_value();
    } else if (name == "content" || name == "parts") {
      message.content = cursor.take_value();
    } else if (name == "toolCalls") {
      message.calls = cursor.take_value();
    } else if (name == "thoughts") {
      message.thoughts = cursor.take_value();
    } else if (name == "tokens") {
      message.tokens = cursor.take_value();
    } else if (name == "model") {
      message.model = cursor.take_value();
    } else {
      read_session_member(cursor, name, message);
    }
    return true;
  });
  return message;
}

// {"id","name","args","result":[{"functionResponse":..}],"status"}: a call, and what came of it.
void read_tool_call(JsonCursor& cursor, std::vector<Entry>& entries) {
  const std::size_t begin = cursor.position();
  Entry call;
  Entry result;
  call.kind = EntryKind::tool_call;
  result.kind = EntryKind::tool_result;
  bool is_answered = false;
  cursor.members([&](std::string_view name) {
    if (name == "id") call.call_id = result.call_id = cursor.take_value();
    if (name == "name") call.name = result.name = cursor.take_value();
    if (name == "args") call.text = cursor.take_value();
    if (name == "status" && is_text(cursor.take_value(), "error")) result.flags |= kFailed;
    if (name == "result") {
      result.text = result.raw = cursor.take_value();
      is_answered = result.raw != "null" && result.raw != "[]";
    }
    return true;
  });
  if (cursor.position() == begin) cursor.skip_value();
  call.raw = cursor.since(begin);
  entries.push_back(call);
  if (!is_answered) return;
  // The response itself, where the result is one.
  std::vector<Entry> parts;
  read_content(result.raw, EntryKind::user, parts);
  if (parts.size() == 1 && parts[0].kind == EntryKind::tool_result) result.text = parts[0].text;
  entries.push_back(result);
}

void read_thoughts(std::string_view thoughts, std::vector<Entry>& entries) {
  JsonCursor cursor(thoughts);
  cursor.elements([&] {
    Entry& entry = entries.emplace_back();
    entry.kind = EntryKind::thinking;
    const std::size_t begin = cursor.position();
    cursor.members([&](std::string_view name) {
      if (name == "description") entry.text = cursor.take_value();
      return true;
    });
    if (cursor.position() == begin) cursor.skip_value();
    entry.raw = cursor.since(begin);
    return true;
  });
}

bool is_model(const Message& message) {
  return is_text(message.type, "gemini") || is_text(message.type, "model") ||
         is_text(message.type, "assistant") ||
         (message.type.empty() &&
          (is_text(message.role, "model") || is_text(message.role, "gemini")));
}

bool is_user(const Message& message) {
  return is_text(message.type, "user") || (message.type.empty() && is_text(message.role, "user"));
}

bool is_notice(const Message& message) {
  return is_text(message.type, "info") || is_text(message.type, "error") ||
         is_text(message.type, "warning") || is_text(message.type, "system");
}

// What gemini-cli itself leaves out: commands, and context that it writes anew.
bool is_ignored(std::string_view raw_text) {
  return raw_text.starts_with("\"/") || raw_text.starts_with("\"?") ||
         raw_text.starts_with("\"<session_context>") || raw_text.starts_with("\"<hook_context>");
}

void read_user(std::string_view content, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  read_content(content, EntryKind::user, entries);
  if (entries.size() > first && is_ignored(entries[first].text)) {
    for (std::size_t i = first; i < entries.size(); ++i) {
      entries[i].flags |= kInjected | kNotReplayed;
    }
  }
}

void read_model(const Message& message, std::string_view content, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  read_thoughts(message.thoughts, entries);
  read_content(content, EntryKind::assistant, entries);
  const bool has_calls =
      std::any_of(entries.begin() + static_cast<std::ptrdiff_t>(first), entries.end(),
                  [](const Entry& entry) { return entry.kind == EntryKind::tool_call; });
  JsonCursor calls(message.calls);
  calls.elements([&] {
    const std::size_t before = entries.size();
    read_tool_call(calls, entries);
    // Newer sessions have the calls among the parts as well: only the results are new then.
    if (has_calls) entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(before));
    return true;
  });
}

Entry& add(EntryKind kind, std::string_view raw, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = kind;
  entry.raw = raw;
  return entry;
}

void add_unknown(std::string_view raw, const Message& message, std::vector<Entry>& entries) {
  Entry& entry = add(EntryKind::other, raw, entries);
  entry.text = raw;
  entry.name = message.type;
  entry.flags |= kDrift;
}

// One message, at the top level or within a list.
bool read_message(std::string_view record, const Message& message, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  std::string_view content = message.content;
  if (content.empty() && !message.inner.empty()) content = read_members(message.inner).content;
  if (is_user(message)) {
    read_user(content, entries);
  } else if (is_model(message)) {
    read_model(message, content, entries);
  } else if (is_notice(message)) {
    read_content(content, EntryKind::system, entries);
    for (std::size_t i = first; i < entries.size(); ++i) entries[i].flags |= kNotReplayed;
  } else {
    return false;
  }
  if (entries.size() == first) {
    add(is_user(message) ? EntryKind::user : EntryKind::assistant, record, entries).text = "\"\"";
  }
  Entry common;
  common.id = message.id;
  common.time = message.time;
  common.model = message.model;
  common.usage = message.tokens;
  share(entries, first, common);
  return true;
}

void read_list(std::string_view list, EntryFlags flags, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  JsonCursor cursor(list);
  cursor.elements([&] {
    const std::string_view raw = cursor.take_value();
    const Message message = read_members(raw);
    if (!read_message(raw, message, entries)) add_unknown(raw, message, entries);
    return true;
  });
  for (std::size_t i = first; i < entries.size(); ++i) entries[i].flags |= flags;
}

// A record about the session; a boundary where it replaces or takes off messages.
void read_session(std::string_view record, const Message& message, std::vector<Entry>& entries) {
  Entry& entry = add(EntryKind::metadata, record, entries);
  const Message inner = read_members(message.set);
  const std::string_view summary = message.set.empty() ? message.summary : inner.summary;
  if (is_string(summary)) {
    entry.text = summary;
    entry.title = TitleRank::summary;
  }
  if (is_string(message.rewind)) {
    entry.flags |= kBoundary;
    entry.parent = message.rewind;
    entry.name = "\"$rewindTo\"";
  } else if (!inner.messages.empty()) {
    entry.flags |= kBoundary;
    entry.name = "\"$set\"";
    read_list(inner.messages, kReplacement | kCopy, entries);
  } else if (!message.messages.empty()) {
    read_list(message.messages, 0, entries);
  }
}

void read_gemini(std::string_view record, std::vector<Entry>& entries) {
  const Message message = read_members(record);
  const bool is_of_session = !message.set.empty() || !message.rewind.empty() ||
                             !message.messages.empty() ||
                             (!message.session.empty() && message.id.empty());
  if (read_message(record, message, entries)) return;
  if (is_of_session) return read_session(record, message, entries);
  add_unknown(record, message, entries);
}

int recognizes_gemini(std::string_view record) {
  const Message message = read_members(record);
  if (!message.session.empty() && record.find("\"projectHash\"") != record.npos) return 100;
  if (!message.set.empty() || !message.rewind.empty()) return 100;
  if (!message.messages.empty() && record.find("\"history\"") != std::string_view::npos &&
      record.find("\"parts\"") != std::string_view::npos) {
    return 90;
  }
  if (is_text(message.type, "gemini")) return 90;
  return is_text(message.type, "user") && !message.content.empty() && is_string(message.id) ? 60
                                                                                            : 0;
}

// The messages that count: of an id the last, what was rewound or replaced gone.
class Messages {
 public:
  void add(const Entry& entry) {
    const std::string key(is_string(entry.id) ? entry.id : std::string_view());
    if (!key.empty() && by_id_.contains(key)) {
      Group& group = groups_[by_id_[key]];
      if (group.generation != generation_of(entry)) group.entries.clear();
      group.generation = generation_of(entry);
      group.entries.push_back(&entry);
      return;
    }
    if (!key.empty()) by_id_[key] = groups_.size();
    groups_.push_back({key, generation_of(entry), {&entry}});
  }

  void rewind(std::string_view id) {
    const auto found = by_id_.find(std::string(id));
    if (found == by_id_.end()) return;  // unknown: nothing is taken off
    const std::size_t keep = found->second;
    for (std::size_t i = keep; i < groups_.size(); ++i) by_id_.erase(groups_[i].id);
    groups_.resize(keep);
  }

  void clear() {
    groups_.clear();
    by_id_.clear();
  }

  void give(Selection& selection) const {
    for (const Group& group : groups_) {
      for (const Entry* entry : group.entries) selection.add(*entry);
    }
  }

 private:
  // The list element or record that an entry is of: an update is another one.
  using Generation = std::pair<std::uint32_t, EntryFlags>;
  static Generation generation_of(const Entry& entry) {
    return {entry.record, entry.flags & kReplacement};
  }
  struct Group {
    std::string id;
    Generation generation;
    std::vector<const Entry*> entries;
  };
  std::vector<Group> groups_;
  std::unordered_map<std::string, std::size_t> by_id_;
};

void select_gemini(const Session& session, Selection& selection) {
  Messages messages;
  for (const Entry& entry : session.entries) {
    if ((entry.flags & kBoundary) == 0) {
      messages.add(entry);
    } else if (is_text(entry.name, "$rewindTo")) {
      messages.rewind(entry.parent);
    } else {
      messages.clear();
    }
  }
  messages.give(selection);
}

std::string close_gemini_call(const Entry& call, std::string_view text) {
  std::string record = R"({"type":"user","content":[{"functionResponse":{"id":)";
  record += call.call_id.empty() ? "\"\"" : call.call_id;
  if (is_string(call.name)) record += ",\"name\":" + std::string(call.name);
  return record + ",\"response\":{\"error\":" + std::string(text) + "}}]}";
}

}  // namespace

const Dialect kGeminiDialect = {"gemini",          recognizes_gemini,    read_gemini, select_gemini,
                                close_gemini_call, UsageRule::responses, true};

}  // namespace everturn
