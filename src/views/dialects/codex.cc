// SPDX-License-Identifier: Apache-2.0
// Codex rollouts: {"timestamp","type","payload"} around Responses items and events; old files have
// the items without that envelope. History is made of `response_item` alone: events say the same
// again, for display.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/json_cursor.h"
#include "views/dialects/block.h"
#include "views/dialects/dialect.h"
#include "views/dialects/responses.h"

namespace everturn {
namespace {

struct Envelope {
  std::string_view time;
  std::string_view type;
  std::string_view payload;
  std::string_view record_type;
  std::string_view id;
};

Envelope read_envelope(std::string_view record) {
  Envelope envelope;
  JsonCursor cursor(record);
  cursor.skip_space();
  cursor.members([&](std::string_view name) {
    if (name == "timestamp" || name == "created_at") envelope.time = cursor.take_value();
    if (name == "type") envelope.type = cursor.take_value();
    if (name == "payload") envelope.payload = cursor.take_value();
    if (name == "record_type") envelope.record_type = cursor.take_value();
    if (name == "id") envelope.id = cursor.take_value();
    return true;
  });
  return envelope;
}

struct Event {
  std::string_view type;
  std::string_view text;
  std::string_view usage;
  std::string_view turn;
  std::string_view title;
};

void read_usage_member(JsonCursor& cursor, Event& event) {
  cursor.members([&](std::string_view name) {
    if (name == "last_token_usage") event.usage = cursor.take_value();
    return true;
  });
}

Event read_event(std::string_view payload) {
  Event event;
  JsonCursor cursor(payload);
  cursor.members([&](std::string_view name) {
    if (name == "type") event.type = cursor.take_value();
    if (name == "message" || name == "text") event.text = cursor.take_value();
    if (name == "turn_id") event.turn = cursor.take_value();
    if (name == "thread_name") event.title = cursor.take_value();
    if (name == "info") read_usage_member(cursor, event);
    return true;
  });
  return event;
}

void read_event_message(std::string_view payload, std::vector<Entry>& entries) {
  const Event event = read_event(payload);
  Entry& entry = entries.emplace_back();
  entry.kind = EntryKind::metadata;
  entry.raw = payload;
  entry.name = event.type;
  entry.flags = kCopy | kNotReplayed;
  if (is_text(event.type, "user_message")) {
    entry.kind = EntryKind::user;
    entry.text = event.text;
  } else if (is_text(event.type, "agent_message")) {
    entry.kind = EntryKind::assistant;
    entry.text = event.text;
  } else if (is_text(event.type, "agent_reasoning")) {
    entry.kind = EntryKind::thinking;
    entry.text = event.text;
  } else if (is_text(event.type, "token_count")) {
    entry.usage = event.usage;
  } else if (is_text(event.type, "thread_rolled_back")) {
    entry.flags |= kBoundary;
  } else if (is_text(event.type, "thread_name_updated") && is_string(event.title)) {
    entry.title = TitleRank::chosen;
    entry.text = event.title;
  }
  entry.message = event.turn;
}

// {"message":"..","replacement_history":[items]}
void read_compacted(std::string_view payload, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  Entry summary;
  summary.kind = EntryKind::summary;
  summary.raw = payload;
  summary.flags = kBoundary;
  entries.push_back(summary);
  JsonCursor cursor(payload);
  cursor.members([&](std::string_view name) {
    if (name == "message") entries[first].text = cursor.take_value();
    if (name == "replacement_history" && cursor.at('[')) {
      entries[first].name = "\"replacement_history\"";
      cursor.elements([&] {
        read_response_item(cursor, entries);
        return true;
      });
    }
    return true;
  });
  for (std::size_t i = first + 1; i < entries.size(); ++i) entries[i].flags |= kReplacement | kCopy;
}

// Text that Codex puts in front of what the user typed.
bool is_injected(std::string_view raw_text) {
  constexpr std::array<std::string_view, 6> kStarts = {
      "\"<environment_context>", "\"<user_instructions>", "\"# AGENTS.md",
      "\"<INSTRUCTIONS>",        "\"<turn_aborted>",      "\"<permissions"};
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::string_view start) { return raw_text.starts_with(start); });
}

void mark_injected(std::size_t first, std::vector<Entry>& entries) {
  for (std::size_t i = first; i < entries.size(); ++i) {
    if (entries[i].kind == EntryKind::user && is_injected(entries[i].text)) {
      entries[i].flags |= kInjected;
    }
  }
}

void read_context(std::string_view record, const Envelope& envelope, std::vector<Entry>& entries) {
  constexpr std::array<std::string_view, 6> kKnown = {"session_meta",
                                                      "turn_context",
                                                      "world_state",
                                                      "inter_agent_communication",
                                                      "inter_agent_communication_metadata",
                                                      "ghost_snapshot"};
  const bool is_known = std::any_of(kKnown.begin(), kKnown.end(), [&](std::string_view type) {
    return is_text(envelope.type, type);
  });
  Entry& entry = entries.emplace_back();
  entry.kind = is_known ? EntryKind::metadata : EntryKind::other;
  entry.raw = record;
  entry.name = envelope.type;
  entry.flags = is_known ? kNotReplayed : kNotReplayed | kDrift;
  if (!is_known) entry.text = record;
  JsonCursor cursor(envelope.payload);
  cursor.members([&](std::string_view name) {
    if (name == "model") entry.model = cursor.take_value();
    if (name == "turn_id") entry.message = cursor.take_value();
    if (name == "id") entry.id = cursor.take_value();
    if (name == "forked_from_id") entry.parent = cursor.take_value();
    return true;
  });
}

// A record of the time before envelopes: an item, the first line, or a state.
void read_bare(std::string_view record, const Envelope& envelope, std::vector<Entry>& entries) {
  if (read_response_item(record, entries)) return;
  Entry& entry = entries.emplace_back();
  entry.raw = record;
  entry.name = is_string(envelope.type) ? envelope.type : envelope.record_type;
  entry.flags = kNotReplayed;
  const bool is_first_line = envelope.type.empty() && is_string(envelope.id);
  if (is_first_line || is_string(envelope.record_type)) {
    entry.kind = EntryKind::metadata;
  } else {
    entry.text = record;
    entry.flags |= kDrift;
  }
}

void read_codex(std::string_view record, std::vector<Entry>& entries) {
  const std::size_t first = entries.size();
  const Envelope envelope = read_envelope(record);
  if (!is_object(envelope.payload)) {
    read_bare(record, envelope, entries);
  } else if (is_text(envelope.type, "response_item")) {
    JsonCursor cursor(envelope.payload);
    read_response_item(cursor, entries);
  } else if (is_text(envelope.type, "event_msg")) {
    read_event_message(envelope.payload, entries);
  } else if (is_text(envelope.type, "compacted")) {
    read_compacted(envelope.payload, entries);
  } else {
    read_context(record, envelope, entries);
  }
  mark_injected(first, entries);
  for (std::size_t i = first; i < entries.size(); ++i) {
    if (!envelope.time.empty()) entries[i].time = envelope.time;
  }
}

int recognizes_codex(std::string_view record) {
  const Envelope envelope = read_envelope(record);
  if (is_object(envelope.payload) && is_string(envelope.type)) return 100;
  if (is_text(envelope.record_type, "state")) return 90;
  // The first line of an old file; its items look like any Responses items.
  const bool is_first_line = envelope.type.empty() && is_string(envelope.id) &&
                             record.find("\"instructions\"") != std::string_view::npos;
  if (is_first_line) return 100;
  return is_response_item(envelope.type) ? 55 : 0;
}

std::string close_codex_call(const Entry& call, std::string_view text) {
  std::string record = "{";
  if (!call.time.empty()) record += "\"timestamp\":" + std::string(call.time) + ",";
  return record + "\"type\":\"response_item\",\"payload\":" + close_response_call(call, text) + "}";
}

// What is in the model's context, replayed record by record.
class Context {
 public:
  explicit Context(const Session& session) : session_(session) {}

  void select(Selection& selection) {
    for (std::size_t record = 0; record < session_.records(); ++record) {
      const std::span<const Entry> entries = session_.of_record(record);
      const Entry& first = entries.front();
      if ((first.flags & kBoundary) == 0) {
        for (const Entry& entry : entries) list_.push_back(&entry);
      } else if (first.kind == EntryKind::summary) {
        compact(entries);
      } else {
        roll_back(turns_of(first.raw));
      }
    }
    for (const Entry* entry : list_) selection.add(*entry);
  }

 private:
  static std::size_t turns_of(std::string_view payload) {
    std::string_view count;
    JsonCursor cursor(payload);
    cursor.members([&](std::string_view name) {
      if (name == "num_turns") count = cursor.take_value();
      return true;
    });
    std::size_t turns = 0;
    for (const char digit : count.substr(0, 9)) {
      if (digit >= '0' && digit <= '9') turns = turns * 10 + static_cast<std::size_t>(digit - '0');
    }
    return turns;
  }

  void compact(std::span<const Entry> entries) {
    if (!entries.front().name.empty()) {
      list_.clear();
      for (const Entry& entry : entries.subspan(1)) list_.push_back(&entry);
      return;
    }
    // Before there were replacements: what the user said stays, and the summary comes behind it.
    std::erase_if(list_, [](const Entry* entry) { return entry->kind != EntryKind::user; });
    list_.push_back(&entries.front());
  }

  void roll_back(std::size_t turns) {
    for (; turns > 0; --turns) {
      const auto last = std::find_if(list_.rbegin(), list_.rend(), [](const Entry* entry) {
        return entry->kind == EntryKind::user && (entry->flags & (kInjected | kNotReplayed)) == 0;
      });
      if (last == list_.rend()) return;
      // A turn may be several texts of one record.
      const Entry* turn = *last;
      auto begin = std::prev(last.base());
      while (begin != list_.begin() && (*std::prev(begin))->record == turn->record) --begin;
      list_.erase(begin, list_.end());
    }
  }

  const Session& session_;
  std::vector<const Entry*> list_;
};

void select_codex(const Session& session, Selection& selection) {
  Context(session).select(selection);
}

}  // namespace

const Dialect kCodexDialect = {"codex",      recognizes_codex, read_codex,
                               select_codex, close_codex_call, UsageRule::turns};

}  // namespace everturn
