// SPDX-License-Identifier: Apache-2.0
// What records mean: transcripts of several agents read as entries, and the history that can be
// sent to a model. Pure functions over records: no disk, no locks. Reading never fails: what a
// dialect does not know is shown as `other`, and counted as drift. Running out of memory is
// `unavailable` where there is a Result, and ends the program elsewhere.
//
//   Transcript transcript;
//   (*store)->read(key, {.with_metadata = true},
//                  [&](const Record& r) { transcript.add(r.bytes); return true; });
//   Result<History> history = transcript.history({.format = HistoryFormat::openai});
//   for (const HistoryMessage& message : history->messages) send(message.json);
#ifndef EVERTURN_VIEWS_H_
#define EVERTURN_VIEWS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn {

enum class EntryKind : std::uint8_t {
  user,         // somebody's words, or what stands for them
  assistant,    // the model's words
  thinking,     // what the model thought first
  tool_call,    // `name`, `call_id`, `text`: the arguments
  tool_result,  // `call_id`, `text`
  system,
  summary,   // stands for what came before it, or is a title of it
  metadata,  // about the session, not of it
  other,     // not known to the dialect; `name` is its type, if it has one
};
std::string_view entry_kind_name(EntryKind kind);

// What else is known of an entry; flags to be or-ed.
using EntryFlags = std::uint32_t;
inline constexpr EntryFlags kImage = 1U << 0;        // `raw` is an image block
inline constexpr EntryFlags kFailed = 1U << 1;       // a tool result that is an error
inline constexpr EntryFlags kSidechain = 1U << 2;    // of a sub-agent
inline constexpr EntryFlags kInjected = 1U << 3;     // by the program, not typed by a person
inline constexpr EntryFlags kNotReplayed = 1U << 4;  // the agent itself never sends it
inline constexpr EntryFlags kCopy = 1U << 5;         // repeats what stands elsewhere in the session
inline constexpr EntryFlags kReplacement = 1U << 6;  // of a list that replaces what came before
inline constexpr EntryFlags kBoundary = 1U << 7;     // compaction, rewind: changes what is replayed
inline constexpr EntryFlags kDrift = 1U << 8;        // the dialect expected something else
inline constexpr EntryFlags kItem = 1U << 9;         // one piece of a response, joined to the next
inline constexpr EntryFlags kQueued = 1U << 10;      // typed while the model was at work
inline constexpr EntryFlags kDelivery = 1U << 11;    // sent to the user without being asked
inline constexpr EntryFlags kNoParent = 1U << 12;    // says that it has no parent

// What a session may be called, best last.
enum class TitleRank : std::uint8_t { none, first_prompt, summary, last_prompt, generated, chosen };

// A piece of a record as its dialect reads it. All texts are JSON values as they stand in the
// record, quotes and escapes included, empty where there is none: nothing is decoded before it is
// asked for. They live as long as the record (in a Transcript: as long as it does).
struct Entry {
  EntryKind kind = EntryKind::other;
  TitleRank title = TitleRank::none;  // `text` is a title of this rank
  EntryFlags flags = 0;
  std::uint32_t record = 0;  // its number in the Transcript, from 0
  std::string_view raw;      // all that the entry was made of
  std::string_view text;     // a string, or a list of blocks, or an object; see json_text()
  std::string_view name;     // of the tool; the type of an `other`
  std::string_view call_id;  // joins tool_call and tool_result
  std::string_view id;       // of the record
  std::string_view parent;   // its id; see kNoParent
  std::string_view message;  // records with the same message id are one message
  std::string_view request;  // id of the request
  std::string_view time;     // ISO 8601 text, or a number, as the agent wrote it
  std::string_view model;
  std::string_view usage;  // see read_usage()
};

// The text of a JSON value: a string decoded, the texts of a list of blocks joined by newlines,
// anything else as compact JSON. Valid UTF-8.
std::string json_text(std::string_view raw_value) noexcept;

struct Usage {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write = 0;
};
// The token counts of a usage object by the names of any dialect; 0 where it names none.
Usage read_usage(std::string_view raw_usage) noexcept;

// The names of the dialects: nanobot, claude, codex, pi, gemini, openai, generic.
std::vector<std::string_view> dialect_names() noexcept;
// The dialect that records look like; 16 are enough. Always one of dialect_names().
std::string_view recognize_dialect(std::span<const std::string_view> first_records) noexcept;
// The entries of one record, at least one. `dialect` one of dialect_names(), else generic.
std::vector<Entry> read_entries(std::string_view dialect, std::string_view record) noexcept;

enum class HistoryFormat : std::uint8_t {
  openai,     // Chat Completions messages
  responses,  // Responses API items
  anthropic,  // Messages API messages; system texts are in History::system
  native,     // the agent's own records, byte for byte; for nanobot what its get_history() gives
};
// A tool call that has no result in the session.
enum class Unfinished : std::uint8_t {
  close,  // gets a result that says so
  drop,   // is left out
  keep,   // stays as it is: no provider accepts that
};

struct HistoryOptions {
  HistoryFormat format = HistoryFormat::openai;
  Unfinished unfinished = Unfinished::close;
  std::size_t max_messages = 0;  // 0: no limit
  std::size_t max_tokens = 0;    // 0: no limit
  // The tokens of one message in its format. The default, estimate_tokens(), needs no tokenizer.
  std::function<std::size_t(std::string_view message_json)> count_tokens;
  // nanobot only: start behind what was consolidated. By default its own rule holds, which replays
  // at least the last 8 messages, back to a user turn.
  bool strict_boundary = false;
};

// One token for 4 ASCII bytes and for 2 others, 1,600 for an image, and 4 for each message.
std::size_t estimate_tokens(std::string_view message_json) noexcept;

struct HistoryMessage {
  std::string json;          // one line
  std::uint32_t record = 0;  // the first record it was made of
  bool stand_in = false;     // made up: the result of a call that has none
};

struct History {
  std::vector<HistoryMessage> messages;
  std::string system;          // texts of the system, where the format has no place for them
  std::size_t tokens = 0;      // by the estimate, or the caller's count
  std::uint64_t left_out = 0;  // messages that did not fit the limits
  std::uint64_t stand_ins = 0;
  std::uint64_t dropped_calls = 0;   // by Unfinished::drop
  std::uint64_t orphan_results = 0;  // results whose call is not there
  std::uint64_t repeats = 0;         // results and calls that were there twice
};

// What a recent suffix would keep.
struct Retention {
  std::vector<std::uint32_t> kept;  // numbers of records, in order
  std::uint64_t dropped = 0;
  std::uint64_t dropped_consolidated = 0;  // of them, within what was consolidated
};

struct TranscriptOptions {
  std::string dialect;  // empty: recognised
  // Records beyond this are forgotten from the front; a history then starts later.
  std::size_t max_bytes = 1ULL << 30;
};

struct TranscriptReport {
  std::string_view dialect;
  std::uint64_t records = 0;
  std::uint64_t forgotten = 0;                 // of them, over max_bytes
  std::uint64_t drifted = 0;                   // of them, not as the dialect expects
  std::map<std::string, std::uint64_t> drift;  // by type; the first 64 types
};

// A whole session through a dialect. One thread at a time. Keeps copies of the records.
class Transcript {
 public:
  explicit Transcript(TranscriptOptions options = {});
  ~Transcript();
  Transcript(Transcript&&) noexcept;
  Transcript& operator=(Transcript&&) noexcept;

  // The next record: one JSON object (anything else becomes an `other`).
  void add(std::string_view record) noexcept;
  // `count` records stood here and are damaged: numbers in the session that count records mean the
  // undamaged order.
  void add_lost(std::uint32_t count) noexcept;

  [[nodiscard]] std::span<const Entry> entries() noexcept;
  [[nodiscard]] TranscriptReport report() noexcept;
  // The best title by rank, the last of its rank (of prompts the first); "" if there is none.
  [[nodiscard]] std::string title() noexcept;
  // Each response counted once, whatever it was split into or copied to.
  [[nodiscard]] Usage usage() noexcept;
  [[nodiscard]] Result<History> history(const HistoryOptions& options = {});
  // nanobot only (else `invalid`): the suffix that its retention keeps.
  [[nodiscard]] Result<Retention> retention(std::size_t max_messages, bool extend_to_user = false);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_H_
