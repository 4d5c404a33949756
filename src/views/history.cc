// SPDX-License-Identifier: Apache-2.0
#include "views/history.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json_cursor.h"
#include "views/dialects/claude_queue.h"
#include "views/messages.h"
#include "views/nanobot_history.h"
#include "views/render.h"

namespace everturn {
namespace {

constexpr std::size_t kImageTokens = 1600;
constexpr std::size_t kMessageTokens = 4;

// Bytes by what they cost, without the data of images.
struct Bytes {
  std::size_t ascii = 0;
  std::size_t others = 0;
  std::size_t images = 0;
};

bool is_image_data(std::string_view raw_string) {
  return raw_string.starts_with("\"data:image") ||
         (raw_string.size() > 4096 && raw_string.find(' ') == std::string_view::npos);
}

void count_bytes(std::string_view json, Bytes& bytes) {
  JsonCursor cursor(json);
  while (!cursor.at_end()) {
    const std::size_t begin = cursor.position();
    if (cursor.at('"')) {
      cursor.skip_string();
    } else {
      cursor.step();
    }
    const std::string_view piece = cursor.since(begin);
    if (piece.size() > 4096 || piece.starts_with("\"data:")) {
      if (is_image_data(piece)) {
        ++bytes.images;
        continue;
      }
    }
    for (const char c : piece)
      ++(static_cast<unsigned char>(c) < 0x80 ? bytes.ascii : bytes.others);
  }
}

// Picks the messages that fit the limits.
class Window {
 public:
  Window(const Session& session, const Dialect& dialect, const HistoryOptions& options,
         const std::vector<Message>& messages)
      : session_(session), dialect_(dialect), options_(options), messages_(messages) {}

  // The numbers of the messages that fit, in order: the newest, from a user's turn on where there
  // is one. Where that turn alone is too long: its question, and the newest of what followed.
  std::vector<std::size_t> fit() {
    const std::vector<std::size_t> leading = leading_system();
    for (const std::size_t i : leading) spend(i);
    const std::size_t first = leading.size();
    std::size_t start = newest(first, messages_.size());
    const std::optional<std::size_t> user = next_user(start);
    std::vector<std::size_t> kept = leading;
    if (user) {
      start = *user;
    } else if (const auto asked = user_before(first, start)) {
      refund();
      for (const std::size_t i : leading) spend(i);
      spend(*asked);
      start = newest(*asked + 1, messages_.size());
      kept.push_back(*asked);
    }
    for (std::size_t i = start; i < messages_.size(); ++i) kept.push_back(i);
    return kept;
  }

 private:
  struct Cost {
    std::size_t messages = 0;
    std::size_t tokens = 0;
  };

  [[nodiscard]] Cost cost_of(std::size_t i) const {
    Renderer renderer(options_.format, session_, dialect_);
    renderer.add(messages_[i]);
    Cost cost;
    for (const HistoryMessage& message : renderer.finish()) {
      ++cost.messages;
      cost.tokens += options_.count_tokens(message.json);
    }
    return cost;
  }

  void spend(std::size_t i) {
    const Cost cost = cost_of(i);
    spent_.messages += cost.messages;
    spent_.tokens += cost.tokens;
  }
  void refund() { spent_ = {}; }

  bool spend_if_it_fits(std::size_t i, bool is_last) {
    const Cost cost = cost_of(i);
    const bool fits =
        (options_.max_messages == 0 || spent_.messages + cost.messages <= options_.max_messages) &&
        (options_.max_tokens == 0 || spent_.tokens + cost.tokens <= options_.max_tokens);
    if (!fits && !is_last) return false;
    spent_.messages += cost.messages;
    spent_.tokens += cost.tokens;
    return true;
  }

  // Where the longest suffix within [first, end) begins that fits; at least one message.
  std::size_t newest(std::size_t first, std::size_t end) {
    if (options_.max_messages == 0 && options_.max_tokens == 0) return first;
    std::size_t start = end;
    while (start > first && spend_if_it_fits(start - 1, start == end)) --start;
    return start;
  }

  [[nodiscard]] std::vector<std::size_t> leading_system() const {
    std::vector<std::size_t> leading;
    while (leading.size() < messages_.size() && messages_[leading.size()].role == Role::system) {
      leading.push_back(leading.size());
    }
    return leading;
  }

  [[nodiscard]] std::optional<std::size_t> next_user(std::size_t start) const {
    for (std::size_t i = start; i < messages_.size(); ++i) {
      if (messages_[i].role == Role::user) return i;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> user_before(std::size_t first, std::size_t end) const {
    while (end-- > first) {
      if (messages_[end].role == Role::user) return end;
    }
    return std::nullopt;
  }

  const Session& session_;
  const Dialect& dialect_;
  const HistoryOptions& options_;
  const std::vector<Message>& messages_;
  Cost spent_;
};

using Entries = std::vector<const Entry*>;

// The result of `call` among the calls and results with its id, in the order of the records; null
// if there is none.
const Entry* find_result(const Entries& same_id, const Entry& call) {
  // What replaces older records may have left their results where they are.
  const bool is_replacement = (call.flags & kReplacement) != 0;
  const auto start = std::lower_bound(
      same_id.begin(), same_id.end(), is_replacement ? 0 : call.record,
      [](const Entry* entry, std::uint32_t record) { return entry->record < record; });
  for (auto at = start; at != same_id.end(); ++at) {
    const Entry& entry = **at;
    if (entry.kind == EntryKind::tool_result) return &entry;
    // The same id again is another call, and what follows is its result.
    const bool is_same_response = is_string(entry.message) && entry.message == call.message;
    const bool is_other = entry.record != call.record && !is_same_response;
    if (is_other && !is_replacement) return nullptr;
  }
  return nullptr;
}

// A rewind or another branch can leave a call and take its result off: no call that has a result
// in the session may go without.
void add_results(const Session& session, Selection& selection) {
  std::unordered_set<std::string_view> answered;
  Entries calls;
  for (const Selected& selected : selection.list()) {
    if (!is_string(selected.entry->call_id)) continue;
    if (selected.entry->kind == EntryKind::tool_result) answered.insert(selected.entry->call_id);
    if (selected.entry->kind == EntryKind::tool_call) calls.push_back(selected.entry);
  }
  std::erase_if(calls, [&](const Entry* call) { return answered.contains(call->call_id); });
  std::unordered_map<std::string_view, Entries> by_id;
  for (const Entry* call : calls) by_id[call->call_id];
  for (const Entry& entry : session.entries) {
    const auto found = by_id.find(entry.call_id);
    if (found != by_id.end()) found->second.push_back(&entry);
  }
  for (const Entry* call : calls) {
    const Entry* result = find_result(by_id[call->call_id], *call);
    if (result != nullptr && answered.insert(call->call_id).second) selection.add(*result);
  }
}

}  // namespace

Selection select(const Session& session, const Dialect& dialect) {
  Selection selection;
  if (dialect.select == nullptr) {
    for (const Entry& entry : session.entries) selection.add(entry);
    return selection;
  }
  dialect.select(session, selection);
  add_results(session, selection);
  return selection;
}

namespace {

// Everything that was said, in the order of the records. gemini-cli's rewinds hold all the same:
// the messages that they take off come again, changed.
Selection select_whole(const Session& session, const Dialect& dialect) {
  if (dialect.select == nullptr || dialect.has_updates) return select(session, dialect);
  const bool has_main =
      std::any_of(session.entries.begin(), session.entries.end(), [](const Entry& entry) {
        return entry.kind <= EntryKind::tool_result && (entry.flags & (kSidechain | kQueued)) == 0;
      });
  const EntryFlags elsewhere = kCopy | kReplacement | (has_main ? kSidechain : 0);
  const bool has_queue = &dialect == &kClaudeDialect;
  const auto idle = has_queue ? idle_queue_records(session) : std::unordered_set<std::size_t>();
  std::unordered_set<std::string_view> queued;
  Selection selection;
  for (const Entry& entry : session.entries) {
    if (entry.title != TitleRank::none || (entry.flags & elsewhere) != 0) continue;
    if (idle.contains(entry.record)) continue;
    // A prompt typed in mid-turn stands there when it was typed, and again when it was sent.
    if (entry.kind == EntryKind::user && (entry.flags & kQueued) != 0) {
      if (!queued.insert(entry.text).second) continue;
    } else if (entry.kind == EntryKind::user && queued.erase(entry.text) > 0) {
      continue;
    }
    selection.add(entry);
  }
  return selection;
}

void count(const HistoryOptions& options, History& history) {
  for (const HistoryMessage& message : history.messages) {
    history.tokens += options.count_tokens(message.json);
    if (message.stand_in) ++history.stand_ins;
  }
}

History give(const Session& session, const Dialect& dialect, const HistoryOptions& options,
             bool has_window) {
  const Selection selection =
      options.whole ? select_whole(session, dialect) : select(session, dialect);
  const Messages messages =
      join_messages(selection, options.unfinished, options.format == HistoryFormat::native);
  std::vector<std::size_t> kept;
  if (has_window) {
    kept = Window(session, dialect, options, messages.list).fit();
  } else {
    for (std::size_t i = 0; i < messages.list.size(); ++i) kept.push_back(i);
  }
  Renderer renderer(options.format, session, dialect);
  for (const std::size_t i : kept) renderer.add(messages.list[i]);
  History history;
  history.messages = renderer.finish();
  history.system = renderer.system_text();
  history.left_out = messages.list.size() - kept.size();
  history.dropped_calls = messages.dropped_calls;
  history.orphan_results = messages.orphan_results;
  history.repeats = messages.repeats;
  count(options, history);
  return history;
}

// What nanobot's rule selected, as a session of its own.
History give_nanobot(const Session& original, const HistoryOptions& options) {
  NanobotReplay replay = nanobot_history(original, options);
  History history;
  if (options.format == HistoryFormat::native && options.unfinished == Unfinished::keep) {
    history.messages = std::move(replay.messages);
    count(options, history);
  } else {
    Session session;
    for (const HistoryMessage& message : replay.messages) {
      session.first_entry.push_back(static_cast<std::uint32_t>(session.entries.size()));
      session.texts.push_back(message.json);
      const std::size_t first = session.entries.size();
      kNanobotDialect.read(message.json, session.entries);
      for (std::size_t i = first; i < session.entries.size(); ++i) {
        session.entries[i].record = static_cast<std::uint32_t>(session.texts.size() - 1);
      }
    }
    session.first_entry.push_back(static_cast<std::uint32_t>(session.entries.size()));
    history = give(session, kNanobotDialect, options, false);
    for (HistoryMessage& message : history.messages) {
      message.record = replay.messages[message.record].record;
    }
  }
  history.left_out = replay.left_out;
  return history;
}

}  // namespace

std::size_t estimate_tokens(std::string_view message_json) noexcept {
  Bytes bytes;
  count_bytes(message_json, bytes);
  return kMessageTokens + (bytes.ascii + 3) / 4 + (bytes.others + 1) / 2 +
         bytes.images * kImageTokens;
}

Result<History> make_history(const Session& session, const Dialect& dialect,
                             const HistoryOptions& options) {
  HistoryOptions settled = options;
  if (!settled.count_tokens) settled.count_tokens = estimate_tokens;
  if (options.whole) return give(session, dialect, settled, false);
  if (&dialect == &kNanobotDialect) return give_nanobot(session, settled);
  if (options.strict_boundary) {
    return Status(Code::invalid, "a strict boundary is nanobot's: this session reads as " +
                                     std::string(dialect.name));
  }
  return give(session, dialect, settled, true);
}

Result<Retention> plan_retention(const Session& session, const Dialect& dialect,
                                 std::size_t max_messages, bool extend_to_user) {
  if (&dialect != &kNanobotDialect) {
    return Status(Code::invalid, "retention by nanobot's rule: this session reads as " +
                                     std::string(dialect.name));
  }
  return nanobot_retention(session, max_messages, extend_to_user);
}

}  // namespace everturn
