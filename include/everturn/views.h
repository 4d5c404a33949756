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

#include "everturn/entry.h"
#include "everturn/status.h"

namespace everturn {

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
  // Also what a compaction or another branch left behind, in the order of the file: everything that
  // was said. No limits then.
  bool whole = false;
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

// Results for the calls that have none, as records of the session.
struct Closers {
  std::vector<std::string> records;  // to be appended, in order
  // Calls above the last response: a result at the end of the session would not follow them.
  std::uint64_t above = 0;
};

// What a recent suffix would keep. Records that are no messages are in neither list.
struct Retention {
  std::vector<std::uint32_t> kept;  // numbers of records, in order
  std::vector<std::uint32_t> gone;
  std::uint64_t dropped = 0;
  std::uint64_t dropped_consolidated = 0;  // of them, within what was consolidated
  std::uint64_t kept_consolidated = 0;     // what `last_consolidated` is afterwards
};

// A session as nanobot keeps it.
struct NanobotFile {
  std::vector<std::string> lines;  // the metadata first
  std::uint64_t left_out = 0;      // records that nanobot cannot read
};

struct TranscriptOptions {
  std::string dialect;  // empty: recognised
  // Records beyond this are forgotten from the front; a history then starts later.
  std::size_t max_bytes = 1ULL << 30;
  std::size_t max_records = 4'000'000;  // the same for their number: each takes 300 bytes more
};

struct TranscriptReport {
  std::string_view dialect;
  std::uint64_t records = 0;
  std::uint64_t forgotten = 0;                 // of them, over the limits
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
  // The stand-ins of the last response's calls. `now_ns`, since 1970, is the time they bear.
  [[nodiscard]] Result<Closers> closers(std::int64_t now_ns);
  // Of nanobot's own sessions the records as they stand, of others all that was said as its chat
  // messages. `key` names the session there.
  [[nodiscard]] Result<NanobotFile> as_nanobot(std::string_view key);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_H_
