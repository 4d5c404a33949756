// SPDX-License-Identifier: Apache-2.0
// Claude Code: a tree of user, assistant, system, attachment and progress records by `uuid` and
// `parentUuid`, and records beside it. One response spans several records with the same
// `message.id`. How the conversation is found in it: claude_path.cc.
#include <algorithm>
#include <array>

#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/claude_path.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

// The members of a record that say what it is, as they stand.
struct Envelope {
  std::string_view type;
  std::string_view subtype;
  std::string_view text;       // `content`, `summary`, a title
  std::string_view operation;  // of a queue-operation
  std::string_view leaf;
  std::string_view attachment;
  std::string_view data;
  std::string_view speaker;  // message.role
  bool has_message = false;
  bool is_summary = false;
  bool is_for_display = false;
  Entry common;
};

constexpr std::array<std::string_view, 24> kSideTypes = {"custom-title",
                                                         "ai-title",
                                                         "last-prompt",
                                                         "tag",
                                                         "agent-name",
                                                         "agent-color",
                                                         "mode",
                                                         "permission-mode",
                                                         "file-history-snapshot",
                                                         "queue-operation",
                                                         "content-replacement",
                                                         "pr-link",
                                                         "relocated",
                                                         "worktree-state",
                                                         "bridge-session",
                                                         "atis-latch",
                                                         "frame-link",
                                                         "started",
                                                         "result",
                                                         "agent-setting",
                                                         "attribution-snapshot",
                                                         "speculation-accept",
                                                         "task-summary",
                                                         "turn-companion"};

void read_message_member(JsonCursor& cursor, std::string_view name, Envelope& envelope,
                         std::vector<Entry>& entries) {
  if (name == "content") {
    // Its kind may not be known yet: it is set when the whole record has been seen.
    read_content(cursor, EntryKind::user, entries);
  } else if (name == "role") {
    envelope.speaker = cursor.take_value();
  } else if (name == "id") {
    envelope.common.message = cursor.take_value();
  } else if (name == "model") {
    envelope.common.model = cursor.take_value();
    if (is_text(envelope.common.model, "<synthetic>")) envelope.common.flags |= kNotReplayed;
  } else if (name == "usage") {
    envelope.common.usage = cursor.take_value();
  }
}

void set_flag(JsonCursor& cursor, EntryFlags flag, Entry& entry) {
  if (cursor.at('t')) entry.flags |= flag;
}

void read_parent(JsonCursor& cursor, Entry& entry) {
  entry.parent = cursor.take_value();
  if (entry.parent != "null") return;
  entry.parent = {};
  entry.flags |= kNoParent;
}

bool read_flag_member(JsonCursor& cursor, std::string_view name, Envelope& envelope) {
  if (name == "isSidechain") {
    set_flag(cursor, kSidechain, envelope.common);
  } else if (name == "isMeta") {
    set_flag(cursor, kInjected, envelope.common);
  } else if (name == "isApiErrorMessage") {
    set_flag(cursor, kNotReplayed, envelope.common);
  } else if (name == "isCompactSummary") {
    envelope.is_summary = cursor.at('t');
  } else if (name == "isVisibleInTranscriptOnly") {
    envelope.is_for_display = cursor.at('t');
  } else if (name == "teamName") {
    if (is_given(cursor.take_value())) envelope.common.flags |= kSidechain;
  } else {
    return false;
  }
  return true;
}

void read_side_member(JsonCursor& cursor, std::string_view name, Envelope& envelope) {
  if (name == "subtype") {
    envelope.subtype = cursor.take_value();
  } else if (name == "content" || name == "summary" || name == "customTitle" || name == "aiTitle" ||
             name == "lastPrompt") {
    envelope.text = cursor.take_value();
  } else if (name == "operation") {
    envelope.operation = cursor.take_value();
  } else if (name == "leafUuid") {
    envelope.leaf = cursor.take_value();
  } else if (name == "attachment") {
    envelope.attachment = cursor.take_value();
  } else if (name == "data") {
    envelope.data = cursor.take_value();
  }
}

Envelope read_envelope(std::string_view record, std::vector<Entry>& entries) {
  Envelope envelope;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "message") {
      envelope.has_message = cursor.at('{');
      cursor.members([&](std::string_view inner) {
        read_message_member(cursor, inner, envelope, entries);
        return true;
      });
    } else if (name == "type") {
      envelope.type = cursor.take_value();
    } else if (name == "uuid") {
      envelope.common.id = cursor.take_value();
    } else if (name == "parentUuid") {
      read_parent(cursor, envelope.common);
    } else if (name == "timestamp") {
      envelope.common.time = cursor.take_value();
    } else if (name == "requestId") {
      envelope.common.request = cursor.take_value();
    } else if (!read_flag_member(cursor, name, envelope)) {
      read_side_member(cursor, name, envelope);
    }
    return true;
  });
  return envelope;
}

// Sets what only the whole record tells.
void settle_message(const Envelope& envelope, std::size_t first, std::vector<Entry>& entries) {
  const bool is_model =
      is_text(envelope.type, "assistant") || is_text(envelope.speaker, "assistant");
  for (std::size_t i = first; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    if (entry.kind == EntryKind::tool_call && !is_model) entry.flags |= kDrift;
    if (entry.kind != EntryKind::user) continue;
    if (is_model) entry.kind = EntryKind::assistant;
    if (envelope.is_summary) entry.kind = EntryKind::summary;
    if (envelope.is_for_display && !envelope.is_summary) entry.flags |= kNotReplayed;
    if ((entry.flags & kImage) == 0 && is_blank_string(entry.text)) entry.flags |= kNotReplayed;
  }
}

Entry& add(EntryKind kind, std::string_view record, std::vector<Entry>& entries) {
  Entry& entry = entries.emplace_back();
  entry.kind = kind;
  entry.raw = record;
  return entry;
}

TitleRank title_rank(std::string_view type) {
  if (is_text(type, "custom-title")) return TitleRank::chosen;
  if (is_text(type, "ai-title")) return TitleRank::generated;
  if (is_text(type, "last-prompt")) return TitleRank::last_prompt;
  if (is_text(type, "summary")) return TitleRank::summary;
  return TitleRank::none;
}

// A record beside the conversation.
void read_side(std::string_view record, Envelope& envelope, std::vector<Entry>& entries) {
  const bool is_known =
      std::any_of(kSideTypes.begin(), kSideTypes.end(),
                  [&](std::string_view type) { return is_text(envelope.type, type); });
  const TitleRank rank = title_rank(envelope.type);
  EntryKind kind = is_known ? EntryKind::metadata : EntryKind::other;
  if (rank == TitleRank::summary) kind = EntryKind::summary;
  Entry& entry = add(kind, record, entries);
  entry.name = envelope.type;
  entry.text = envelope.text;
  entry.flags |= kNotReplayed;
  if (is_string(envelope.text)) entry.title = rank;
  if (rank == TitleRank::summary) envelope.common.parent = envelope.leaf;
  if (kind == EntryKind::other) entry.flags |= kDrift;
  if (is_text(envelope.operation, "enqueue") && is_given(envelope.text)) {
    entry.kind = EntryKind::user;
    entry.flags = kQueued;
  }
}

// {"type":"queued_command","prompt":..}
void read_attachment(std::string_view record, const Envelope& envelope,
                     std::vector<Entry>& entries) {
  std::string_view type;
  std::string_view prompt;
  JsonCursor cursor(envelope.attachment);
  cursor.members([&](std::string_view name) {
    if (name == "type") type = cursor.take_value();
    if (name == "prompt") prompt = cursor.take_value();
    return true;
  });
  const std::size_t first = entries.size();
  if (is_text(type, "queued_command")) read_content(prompt, EntryKind::user, entries);
  if (entries.size() == first) {
    Entry& entry = add(EntryKind::metadata, record, entries);
    entry.name = type;
    entry.flags |= kNotReplayed;
    return;
  }
  for (std::size_t i = first; i < entries.size(); ++i) entries[i].flags |= kQueued;
}

void read_claude(std::string_view record, std::vector<Entry>& entries);

// {"type":"agent_progress","message":{a record of the sub-agent}}
void read_progress(std::string_view record, const Envelope& envelope, std::vector<Entry>& entries) {
  std::string_view type;
  std::string_view message;
  JsonCursor cursor(envelope.data);
  cursor.members([&](std::string_view name) {
    if (name == "type") type = cursor.take_value();
    if (name == "message" && cursor.at('{')) message = cursor.take_value();
    return true;
  });
  const std::size_t first = entries.size();
  // Not itself: what is embedded is a message, and holds no further progress.
  const bool embeds = is_text(type, "agent_progress") && !message.empty() &&
                      message.find("\"agent_progress\"") == std::string_view::npos;
  if (embeds) read_claude(message, entries);
  if (entries.size() == first) {
    Entry& entry = add(EntryKind::metadata, record, entries);
    entry.name = type;
    entry.flags |= kCopy | kNotReplayed;
  }
  // The record's own place in the tree; the embedded one has its message id to be known by.
  const EntryFlags place = envelope.common.flags & (kSidechain | kNoParent);
  for (std::size_t i = first; i < entries.size(); ++i) {
    entries[i].flags &= ~kNoParent;
    entries[i].flags |= place;
    if (embeds && (place & kSidechain) == 0) entries[i].flags |= kSidechain | kEmbedded;
    entries[i].id = envelope.common.id;
    entries[i].parent = envelope.common.parent;
  }
}

void read_claude(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  Envelope envelope = read_envelope(record, entries);
  const bool is_spoken = is_text(envelope.type, "user") || is_text(envelope.type, "assistant");
  if (is_text(envelope.type, "progress")) {
    entries.resize(first);
    return read_progress(record, envelope, entries);
  }
  if (is_spoken && entries.size() > first) {
    settle_message(envelope, first, entries);
  } else if (is_text(envelope.type, "system")) {
    entries.resize(first);
    Entry& entry = add(EntryKind::system, record, entries);
    entry.name = envelope.subtype;
    entry.text = envelope.text;
    entry.flags |= kNotReplayed;
    if (is_text(envelope.subtype, "compact_boundary") ||
        is_text(envelope.subtype, "microcompact_boundary")) {
      entry.flags |= kBoundary;
    }
  } else if (is_text(envelope.type, "attachment")) {
    read_attachment(record, envelope, entries);
  } else {
    entries.resize(first);
    read_side(record, envelope, entries);
    if (is_spoken && !envelope.has_message) entries.back().kind = EntryKind::other;
  }
  share(entries, first, envelope.common);
}

int recognizes_claude(std::string_view record) {
  std::vector<Entry> none;
  const Envelope envelope = read_envelope(record, none);
  const bool is_chained = !envelope.common.id.empty() && is_string(envelope.type);
  if (is_chained && record.find("\"parentUuid\"") != std::string_view::npos) return 100;
  if (is_chained && record.find("\"sessionId\"") != std::string_view::npos) return 80;
  if (is_text(envelope.type, "summary") && !envelope.leaf.empty()) return 90;
  const bool is_side =
      std::any_of(kSideTypes.begin(), kSideTypes.end(),
                  [&](std::string_view type) { return is_text(envelope.type, type); });
  return is_side && record.find("\"sessionId\"") != std::string_view::npos ? 70 : 0;
}

std::string close_claude_call(const Entry& call, std::string_view text) {
  std::string record =
      R"({"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":)";
  record += call.call_id.empty() ? "\"\"" : call.call_id;
  return record + ",\"is_error\":true,\"content\":" + std::string(text) + "}]}}";
}

}  // namespace

const Dialect kClaudeDialect = {"claude", recognizes_claude, read_claude, select_claude,
                                close_claude_call};

}  // namespace everturn
