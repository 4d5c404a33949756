// SPDX-License-Identifier: Apache-2.0
// What a record says: its entries, by the dialect of the agent that wrote it. Pure functions.
// Reading never fails: what a dialect does not know is shown as `other`, and counted as drift.
#ifndef EVERTURN_ENTRY_H_
#define EVERTURN_ENTRY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
inline constexpr EntryFlags kEmbedded = 1U << 13;  // with kSidechain: in a record of the main chain

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

}  // namespace everturn

#endif  // EVERTURN_ENTRY_H_
