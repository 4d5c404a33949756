// SPDX-License-Identifier: Apache-2.0
#include "views/nanobot_history.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/json.h"
#include "views/dialects/dialect.h"
#include "views/json_text.h"
#include "views/nanobot_text.h"

namespace everturn {
namespace {

constexpr std::size_t kLeastReplayed = 8;
constexpr std::size_t kAppsShown = 8;

// A message as far as the rules look at it.
struct Turn {
  std::string_view json;
  std::uint32_t record = 0;
  bool is_user = false;
  bool is_assistant = false;
  bool is_tool = false;
  bool is_delivery = false;
  bool is_command = false;
  bool has_role = false;
  std::string answers;             // a tool's call id
  std::vector<std::string> calls;  // an assistant's
};
using Turns = std::vector<Turn>;

std::string_view member(std::string_view object, std::string_view name) {
  return find_member(object, name).value_or("");
}

// Python's idea of truth, of a JSON value.
bool is_true(std::string_view raw) {
  if (is_array(raw) || is_object(raw)) return compact_json(raw).size() > 2;
  return is_given(raw) && raw != "false" && raw != "0" && raw != "0.0" && raw != "-0";
}

Turn read_turn(std::string_view json, std::uint32_t record) {
  Turn turn;
  turn.json = json;
  turn.record = record;
  for_each_member(json, [&](std::string_view name, std::string_view value) {
    if (name == "role") {
      turn.has_role = true;
      turn.is_user = is_text(value, "user");
      turn.is_assistant = is_text(value, "assistant");
      turn.is_tool = is_text(value, "tool");
    }
    if (name == "_channel_delivery") turn.is_delivery = is_true(value);
    if (name == "_command") turn.is_command = is_true(value);
    if (name == "tool_call_id") turn.answers = is_true(value) ? json_text(value) : "";
    if (name == "tool_calls") {
      turn.calls.clear();
      for_each_element(value, [&](std::string_view call) {
        const std::string_view id = is_object(call) ? member(call, "id") : std::string_view();
        if (is_true(id)) turn.calls.push_back(json_text(id));
        return true;
      });
    }
    return true;
  });
  return turn;
}

struct Conversation {
  Turns turns;
  std::size_t consolidated = 0;  // of turns
};

Conversation read_conversation(const Session& session) {
  Conversation conversation;
  std::int64_t offset = 0;
  std::size_t undamaged = 0;  // messages, counting those that are damaged
  auto lost = session.lost.begin();
  std::vector<std::size_t> numbers;
  for (std::size_t record = 0; record < session.records(); ++record) {
    for (; lost != session.lost.end() && lost->first <= record; ++lost) undamaged += lost->second;
    const Entry& entry = session.of_record(record).front();
    const std::string_view json = session.texts[record];
    if (entry.kind == EntryKind::metadata) {
      if (!is_text(entry.name, "metadata")) continue;
      const auto raw = find_member(json, "last_consolidated");
      offset = raw ? decode_json_integer(*raw).value_or(0) : 0;
      continue;
    }
    conversation.turns.push_back(read_turn(json, static_cast<std::uint32_t>(record)));
    numbers.push_back(undamaged++);
  }
  // An offset out of range would hide everything.
  if (offset < 0 || static_cast<std::uint64_t>(offset) > undamaged) offset = 0;
  const auto end =
      std::lower_bound(numbers.begin(), numbers.end(), static_cast<std::size_t>(offset));
  conversation.consolidated = static_cast<std::size_t>(end - numbers.begin());
  return conversation;
}

std::optional<std::size_t> user_at_or_before(const Turns& turns, std::size_t end) {
  while (end-- > 0) {
    if (turns[end].is_user) return end;
  }
  return std::nullopt;
}

std::size_t recent_start(const Turns& turns, std::size_t count, bool extend_to_user) {
  const std::size_t start = turns.size() > count ? turns.size() - count : 0;
  if (!extend_to_user || start == 0) return start;
  const auto behind = std::any_of(turns.begin() + static_cast<std::ptrdiff_t>(start), turns.end(),
                                  [](const Turn& turn) { return turn.is_user; });
  if (behind) return start;
  const std::optional<std::size_t> user = user_at_or_before(turns, start);
  if (!user) return start;
  return *user > 0 && turns[*user - 1].is_delivery ? *user - 1 : *user;
}

void cut_front(Turns& turns, std::size_t count) {
  turns.erase(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(count));
}

// Behind the last tool result whose call does not come before it.
std::size_t legal_start(const Turns& turns) {
  std::unordered_set<std::string> declared;
  std::size_t start = 0;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].is_assistant) declared.insert(turns[i].calls.begin(), turns[i].calls.end());
    if (!turns[i].is_tool || turns[i].answers.empty()) continue;
    if (declared.contains(turns[i].answers)) continue;
    start = i + 1;
    declared.clear();
  }
  return start;
}

// To the first user turn, or the delivery that it may answer, where there is one.
void start_at_user(Turns& turns, bool with_delivery) {
  const auto user =
      std::find_if(turns.begin(), turns.end(), [](const Turn& turn) { return turn.is_user; });
  if (user == turns.end()) return;
  auto start = static_cast<std::size_t>(user - turns.begin());
  if (with_delivery && start > 0 && turns[start - 1].is_delivery) --start;
  cut_front(turns, start);
}

Turns select_turns(const Conversation& conversation, const HistoryOptions& options) {
  const Turns& all = conversation.turns;
  std::size_t start = conversation.consolidated;
  if (start > 0 && !options.strict_boundary) {
    start = std::min(start, recent_start(all, kLeastReplayed, true));
  }
  Turns turns(all.begin() + static_cast<std::ptrdiff_t>(start), all.end());
  if (options.max_messages > 0) {
    const std::size_t unarchived = all.size() - conversation.consolidated;
    // One long turn may span the boundary: it stays whole.
    const bool spans = start < conversation.consolidated && unarchived < options.max_messages;
    if (!spans) cut_front(turns, recent_start(turns, options.max_messages, false));
  }
  start_at_user(turns, true);
  cut_front(turns, legal_start(turns));
  return turns;
}

void add_line(std::string& text, const std::string& line) {
  if (!text.empty()) text += '\n';
  text += line;
}

void add_media(std::string_view json, std::string& text) {
  for_each_element(member(json, "media"), [&](std::string_view path) {
    const std::string name = is_string(path) ? json_text(path) : "";
    if (!name.empty()) add_line(text, "[image: " + name + "]");
    return true;
  });
}

void add_apps(std::string_view json, std::string& text) {
  if (is_object(member(json, "_runtime_context"))) return;
  std::size_t count = 0;
  for_each_element(member(json, "cli_apps"), [&](std::string_view app) {
    if (++count > kAppsShown) return false;
    if (!is_object(app)) return true;
    std::string name(python_strip(json_text(member(app, "name"))));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name.empty()) return true;
    std::string entry_point(python_strip(json_text(member(app, "entry_point"))));
    if (entry_point.empty()) entry_point = "unknown";
    add_line(text, "[CLI App Attachment: @" + name + "; tool=run_cli_app; entry_point=" +
                       entry_point + "; skill=skills/cli-app-" + name + "/SKILL.md]");
    return true;
  });
}

// The message for the model; "" if it is left out.
std::string render(const Turn& turn) {
  if (turn.is_command || !turn.has_role) return {};
  const std::string_view raw = find_member(turn.json, "content").value_or("\"\"");
  std::string content(raw);
  if (std::optional<std::string> text = decode_json_string(raw)) {
    const std::string before = *text;
    if (turn.is_assistant) *text = without_replay_marks(*text);
    if (turn.is_user) {
      add_media(turn.json, *text);
      add_apps(turn.json, *text);
    }
    if (*text != before) content = quote_json(*text);
    const auto has = [&](std::string_view name) {
      return find_member(turn.json, name).has_value();
    };
    const bool says_nothing = turn.is_assistant && python_strip(*text).empty() &&
                              !has("tool_calls") && !has("reasoning_content") &&
                              !has("thinking_blocks");
    if (says_nothing) return {};
  }
  std::string json =
      "{\"role\":" + std::string(member(turn.json, "role")) + ",\"content\":" + content;
  for (const std::string_view name :
       {"tool_calls", "tool_call_id", "name", "reasoning_content", "thinking_blocks"}) {
    const auto value = find_member(turn.json, name);
    if (value) json += ",\"" + std::string(name) + "\":" + std::string(*value);
  }
  return json + "}";
}

struct Rendered {
  std::vector<HistoryMessage> messages;
  Turns turns;  // one each
};

// The newest that fit, from a user's turn on, even if that one is more than fits.
void limit_tokens(const HistoryOptions& options, Rendered& out) {
  if (options.max_tokens == 0 || out.turns.empty()) return;
  std::size_t start = out.turns.size();
  std::size_t used = 0;
  while (start > 0) {
    const std::size_t tokens = options.count_tokens(out.messages[start - 1].json);
    if (start < out.turns.size() && used + tokens > options.max_tokens) break;
    used += tokens;
    --start;
  }
  const auto from = std::find_if(out.turns.begin() + static_cast<std::ptrdiff_t>(start),
                                 out.turns.end(), [](const Turn& turn) { return turn.is_user; });
  if (from != out.turns.end()) {
    start = static_cast<std::size_t>(from - out.turns.begin());
  } else {
    start = user_at_or_before(out.turns, out.turns.size()).value_or(start);
  }
  cut_front(out.turns, start);
  const std::size_t legal = legal_start(out.turns);
  cut_front(out.turns, legal);
  out.messages.erase(out.messages.begin(),
                     out.messages.begin() + static_cast<std::ptrdiff_t>(start + legal));
}

// What is to be kept, as a range of turns.
std::pair<std::size_t, std::size_t> retained_range(const Turns& turns, std::size_t max_messages,
                                                   bool extend_to_user) {
  std::size_t start = turns.size() - max_messages;
  std::size_t end = turns.size();
  if (extend_to_user) {
    if (const auto user = user_at_or_before(turns, start + 1)) {
      start = *user > 0 && turns[*user - 1].is_delivery ? *user - 1 : *user;
    }
  }
  const auto user = std::find_if(turns.begin() + static_cast<std::ptrdiff_t>(start), turns.end(),
                                 [](const Turn& turn) { return turn.is_user; });
  if (user != turns.end()) {
    const auto first = static_cast<std::size_t>(user - turns.begin());
    start = first > start && turns[first - 1].is_delivery ? first - 1 : first;
  } else if (!extend_to_user) {
    if (const auto latest = user_at_or_before(turns, turns.size())) {
      start = *latest;
      end = std::min(turns.size(), start + max_messages);
    }
  }
  const auto legal = [&] {
    start += legal_start(Turns(turns.begin() + static_cast<std::ptrdiff_t>(start),
                               turns.begin() + static_cast<std::ptrdiff_t>(end)));
  };
  legal();
  if (!extend_to_user && end - start > max_messages) {
    start = end - max_messages;
    legal();
  }
  return {start, end};
}

}  // namespace

NanobotReplay nanobot_history(const Session& session, const HistoryOptions& options) {
  const Conversation conversation = read_conversation(session);
  Rendered out;
  for (Turn& turn : select_turns(conversation, options)) {
    std::string json = render(turn);
    if (json.empty()) continue;
    out.messages.push_back({std::move(json), turn.record, false});
    out.turns.push_back(std::move(turn));
  }
  limit_tokens(options, out);
  NanobotReplay replay;
  replay.left_out = conversation.turns.size() - out.messages.size();
  replay.messages = std::move(out.messages);
  return replay;
}

Retention nanobot_retention(const Session& session, std::size_t max_messages, bool extend_to_user) {
  const Conversation conversation = read_conversation(session);
  const Turns& turns = conversation.turns;
  std::pair<std::size_t, std::size_t> range = {0, turns.size()};
  if (max_messages == 0) range = {0, 0};
  if (max_messages > 0 && turns.size() > max_messages) {
    range = retained_range(turns, max_messages, extend_to_user);
  }
  Retention retention;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (i >= range.first && i < range.second) {
      retention.kept.push_back(turns[i].record);
      if (i < conversation.consolidated) ++retention.kept_consolidated;
      continue;
    }
    retention.gone.push_back(turns[i].record);
    ++retention.dropped;
    if (i < conversation.consolidated) ++retention.dropped_consolidated;
  }
  return retention;
}

}  // namespace everturn
