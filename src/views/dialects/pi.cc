// SPDX-License-Identifier: Apache-2.0
// pi and openclaw, session versions 1 to 3: a header, then entries, a tree by `id` and `parentId`
// from version 2 on. Messages that stopped with `aborted` or `error` are not replayed, nor those
// with `excludeFromContext`.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

struct Message {
  std::string_view role;
  std::string_view content;
  std::string_view stop;
  std::string_view model;
  std::string_view usage;
  std::string_view call_id;
  std::string_view tool;
  std::string_view failed;
  std::string_view summary;
  bool is_excluded = false;
};

struct Envelope {
  std::string_view type;
  std::string_view summary;
  std::string_view title;
  std::string_view message;
  Entry common;
};

void read_common_member(JsonCursor& cursor, std::string_view name, Envelope& envelope) {
  if (name == "type") {
    envelope.type = cursor.take_value();
  } else if (name == "id") {
    envelope.common.id = cursor.take_value();
  } else if (name == "parentId") {
    envelope.common.parent = cursor.take_value();
  } else if (name == "timestamp") {
    envelope.common.time = cursor.take_value();
  } else if (name == "message") {
    envelope.message = cursor.take_value();
  } else if (name == "summary" || name == "content") {
    envelope.summary = cursor.take_value();
  } else if (name == "name") {
    envelope.title = cursor.take_value();
  } else if (name == "modelId") {
    envelope.common.model = cursor.take_value();
  }
}

Envelope read_envelope(std::string_view record) {
  Envelope envelope;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    read_common_member(cursor, name, envelope);
    return true;
  });
  if (envelope.common.parent == "null") {
    envelope.common.parent = {};
    envelope.common.flags |= kNoParent;
  }
  return envelope;
}

void read_message_member(JsonCursor& cursor, std::string_view name, Message& message) {
  if (name == "role") {
    message.role = cursor.take_value();
  } else if (name == "content") {
    message.content = cursor.take_value();
  } else if (name == "stopReason") {
    message.stop = cursor.take_value();
  } else if (name == "model") {
    message.model = cursor.take_value();
  } else if (name == "usage") {
    message.usage = cursor.take_value();
  } else if (name == "toolCallId") {
    message.call_id = cursor.take_value();
  } else if (name == "toolName") {
    message.tool = cursor.take_value();
  } else if (name == "isError") {
    message.failed = cursor.take_value();
  } else if (name == "summary") {
    message.summary = cursor.take_value();
  } else if (name == "excludeFromContext") {
    message.is_excluded = cursor.at('t');
  }
}

Entry& add(EntryKind kind, std::string_view raw, std::string_view text,
           std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = kind;
  entry.raw = raw;
  entry.text = text;
  return entry;
}

void read_message(std::string_view raw, Envelope& envelope, std::vector<Entry>& entries) {
  Message message;
  JsonCursor cursor(raw);
  cursor.members([&](std::string_view name) {
    read_message_member(cursor, name, message);
    return true;
  });
  const std::size_t first = entries.size();
  envelope.common.model = message.model;
  envelope.common.usage = message.usage;
  const bool is_stopped = is_text(message.stop, "aborted") || is_text(message.stop, "error");
  if (is_stopped || message.is_excluded) envelope.common.flags |= kNotReplayed;
  if (is_text(message.role, "user")) {
    read_content(message.content, EntryKind::user, entries);
  } else if (is_text(message.role, "assistant")) {
    read_content(message.content, EntryKind::assistant, entries);
  } else if (is_text(message.role, "toolResult")) {
    Entry& entry = add(EntryKind::tool_result, raw, message.content, entries);
    entry.call_id = message.call_id;
    entry.name = message.tool;
    if (message.failed == "true") entry.flags |= kFailed;
  } else if (is_text(message.role, "bashExecution")) {
    add(EntryKind::user, raw, raw, entries).name = message.role;
  } else if (is_text(message.role, "custom") || is_text(message.role, "hookMessage")) {
    envelope.common.flags |= kInjected;
    read_content(message.content, EntryKind::user, entries);
  } else if (is_text(message.role, "branchSummary") || is_text(message.role, "compactionSummary")) {
    add(EntryKind::summary, raw, message.summary, entries);
  } else if (is_text(message.role, "system")) {
    envelope.common.flags |= kDrift;
    read_content(message.content, EntryKind::system, entries);
  } else {
    add(EntryKind::other, raw, raw, entries).flags |= kDrift;
  }
  if (entries.size() > first) return;
  const bool is_model = is_text(message.role, "assistant");
  add(is_model ? EntryKind::assistant : EntryKind::user, raw, "\"\"", entries);
}

bool is_aside(std::string_view type) {
  return is_text(type, "session") || is_text(type, "thinking_level_change") ||
         is_text(type, "model_change") || is_text(type, "custom") || is_text(type, "label");
}

void read_pi(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  Envelope envelope = read_envelope(record);
  if (is_text(envelope.type, "message") && is_object(envelope.message)) {
    read_message(envelope.message, envelope, entries);
  } else if (is_text(envelope.type, "custom_message")) {
    envelope.common.flags |= kInjected;
    read_content(envelope.summary, EntryKind::user, entries);
  } else if (is_text(envelope.type, "compaction")) {
    add(EntryKind::summary, record, envelope.summary, entries).flags |= kBoundary;
  } else if (is_text(envelope.type, "branch_summary")) {
    add(EntryKind::summary, record, envelope.summary, entries);
  } else if (is_text(envelope.type, "session_info")) {
    Entry& entry = add(EntryKind::metadata, record, envelope.title, entries);
    if (is_string(envelope.title)) entry.title = TitleRank::chosen;
  } else if (is_aside(envelope.type)) {
    add(EntryKind::metadata, record, {}, entries);
  }
  if (entries.size() == first) {
    Entry& entry = add(EntryKind::other, record, record, entries);
    if (!is_text(envelope.type, "custom_message")) entry.flags |= kDrift;
  }
  for (std::size_t i = first; i < entries.size(); ++i) {
    const bool is_aside_kind = entries[i].kind >= EntryKind::metadata;
    if (is_aside_kind) entries[i].name = envelope.type;
  }
  share(entries, first, envelope.common);
}

int recognizes_pi(std::string_view record) {
  const Envelope envelope = read_envelope(record);
  if (is_text(envelope.type, "session") && record.find("\"cwd\"") != record.npos) return 100;
  if (is_text(envelope.type, "message") && is_object(envelope.message)) return 80;
  return is_text(envelope.type, "thinking_level_change") ? 80 : 0;
}

std::string close_pi_call(const Entry& call, std::string_view text) {
  std::string record = R"({"type":"message","message":{"role":"toolResult","toolCallId":)";
  record += call.call_id.empty() ? "\"\"" : call.call_id;
  if (is_string(call.name)) record += ",\"toolName\":" + std::string(call.name);
  return record + R"(,"isError":true,"content":[{"type":"text","text":)" + std::string(text) +
         "}]}}";
}

// A command that the user ran, as pi tells the model.
std::string bash_text(std::string_view message) {
  const auto text_of = [&](std::string_view name) {
    return json_text(find_member(message, name).value_or(""));
  };
  std::string text = "Ran `" + text_of("command") + "`\n";
  const std::string output = text_of("output");
  text += output.empty() ? "(no output)" : "```\n" + output + "\n```";
  const std::string code = text_of("exitCode");
  if (find_member(message, "cancelled") == "true") {
    text += "\n\n(command cancelled)";
  } else if (!code.empty() && code != "0") {
    text += "\n\nCommand exited with code " + code;
  }
  return text;
}

constexpr std::string_view kCompactedBefore =
    "The conversation history before this point was compacted into the following summary:\n\n"
    "<summary>\n";
constexpr std::string_view kBranchBefore =
    "The following is a summary of a branch that this conversation came back from:\n\n"
    "<summary>\n";

class Path {
 public:
  explicit Path(const Session& session) : session_(session) {
    for (std::size_t record = 0; record < session.records(); ++record) {
      const Entry& entry = session.of_record(record).front();
      if (is_string(entry.id)) by_id_.insert_or_assign(entry.id, record);
      if (!is_header(entry) && is_string(entry.id)) is_tree_ = true;
    }
    walk();
  }

  void select(Selection& selection) const {
    std::size_t start = 0;
    std::size_t compaction = path_.size();
    for (std::size_t i = 0; i < path_.size(); ++i) {
      if ((session_.of_record(path_[i]).front().flags & kBoundary) != 0) compaction = i;
    }
    if (compaction < path_.size()) {
      emit(path_[compaction], selection);
      start = first_kept(compaction);
    }
    for (std::size_t i = start; i < path_.size(); ++i) {
      if (i != compaction && (i > compaction || !is_compaction(path_[i])))
        emit(path_[i], selection);
    }
  }

 private:
  static bool is_header(const Entry& entry) { return is_text(entry.name, "session"); }

  [[nodiscard]] bool is_compaction(std::size_t record) const {
    return (session_.of_record(record).front().flags & kBoundary) != 0;
  }

  void walk() {
    if (!is_tree_ || session_.records() == 0) {
      for (std::size_t record = 0; record < session_.records(); ++record) path_.push_back(record);
      return;
    }
    std::unordered_set<std::size_t> seen;
    for (std::optional<std::size_t> at = session_.records() - 1; at && seen.insert(*at).second;) {
      path_.push_back(*at);
      at = parent_of(*at);
    }
    std::reverse(path_.begin(), path_.end());
  }

  // A parent that is gone, or that names something else (openclaw: a tool call), hides nothing.
  [[nodiscard]] std::optional<std::size_t> parent_of(std::size_t record) const {
    const Entry& entry = session_.of_record(record).front();
    const auto found = by_id_.find(entry.parent);
    if (is_string(entry.parent) && found != by_id_.end() && found->second != record) {
      return found->second;
    }
    if ((entry.flags & kNoParent) != 0 || record == 0) return std::nullopt;
    return record - 1;
  }

  // Where what the compaction kept begins; the compaction itself if it kept nothing.
  [[nodiscard]] std::size_t first_kept(std::size_t compaction) const {
    const std::string_view raw = session_.of_record(path_[compaction]).front().raw;
    std::optional<std::size_t> record;
    if (const auto id = find_member(raw, "firstKeptEntryId")) {
      const auto found = by_id_.find(*id);
      if (found != by_id_.end()) record = found->second;
    } else if (const auto raw_index = find_member(raw, "firstKeptEntryIndex")) {
      const auto index = decode_json_integer(*raw_index);
      if (index && *index >= 0) record = undamaged(session_.lost, static_cast<std::size_t>(*index));
    }
    if (!record) return compaction;
    const auto kept = std::find(path_.begin(), path_.end(), *record);
    const auto at = static_cast<std::size_t>(kept - path_.begin());
    return std::min(at, compaction);
  }

  void emit(std::size_t record, Selection& selection) const {
    for (const Entry& entry : session_.of_record(record)) {
      if (entry.kind == EntryKind::summary) {
        const bool is_branch = (entry.flags & kBoundary) == 0;
        std::string text(is_branch ? kBranchBefore : kCompactedBefore);
        text += json_text(entry.text) + (is_branch ? "</summary>" : "\n</summary>");
        selection.add(entry, selection.own(quote_json(text)));
      } else if (is_shell_command(entry)) {
        selection.add(entry, selection.own(quote_json(bash_text(entry.raw))));
      } else {
        selection.add(entry);
      }
    }
  }

  const Session& session_;
  std::unordered_map<std::string_view, std::size_t> by_id_;
  std::vector<std::size_t> path_;
  bool is_tree_ = false;
};

void select_pi(const Session& session, Selection& selection) { Path(session).select(selection); }

}  // namespace

const Dialect kPiDialect = {"pi", recognizes_pi, read_pi, select_pi, close_pi_call};

}  // namespace everturn
