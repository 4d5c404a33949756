// SPDX-License-Identifier: Apache-2.0
// A session as the things that a person reads, in order: what was said, tool calls with their
// results, summaries, and damage in its place. Texts are decoded, and as they stand in the records:
// who shows them makes them safe. One thread.
#ifndef EVERTURN_VIEWS_BLOCKS_H_
#define EVERTURN_VIEWS_BLOCKS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "everturn/report.h"
#include "everturn/session.h"
#include "everturn/views.h"
#include "views/survey.h"

namespace everturn {

enum class BlockKind : std::uint8_t {
  words,     // of `speaker`
  thinking,  // `text` is empty where only the model's maker can read it
  call,      // of the tool `name` with the arguments `text`
  result,    // of a call that is not there, or stands far above
  image,     // `text` tells what it is; `image_url` has it
  summary,   // stands for what came before
  aside,     // records about the session; `types` has how many there are of each
  unknown,   // not known to the dialect: JSON
  damage,    // `damage`
};

enum class Speaker : std::uint8_t { nobody, user, assistant, system, program };

struct BlockResult {
  std::string text;
  bool is_failed = false;
};

struct Block {
  BlockKind kind = BlockKind::words;
  Speaker speaker = Speaker::nobody;
  bool is_sub_agent = false;
  bool is_queued = false;  // typed while the model was at work
  bool is_unsent = false;  // the agent never sends it
  std::string name;
  std::uint64_t record = 0;  // its number, and where it begins; a damaged range has neither
  Position position;
  std::string call_id;  // of a call, and of the result of one
  std::string input;    // of a call: its arguments as they stand, a JSON value
  Usage usage;          // of a response, with the first block of its last record
  std::string time;     // local, to the second, where it can be read
  std::string model;
  std::string text;
  std::string summary;                // of a call: what it is about, in a line
  std::string image_url;              // a picture of a safe type as a data: URL, or empty
  std::optional<BlockResult> result;  // of a call; of kind `result`
  std::map<std::string, std::uint64_t> types;
  Damage damage;

  [[nodiscard]] std::size_t bytes() const {
    return text.size() + input.size() + image_url.size() + (result ? result->text.size() : 0);
  }
};

// From records to blocks. A call waits for its result, up to a few MiB of what follows; otherwise
// nothing is kept.
class BlockReader {
 public:
  // False stops.
  using Sink = std::function<bool(const Block&)>;
  // `survey` must be settled; both must outlive this.
  BlockReader(const Survey& survey, Sink sink) : survey_(survey), sink_(std::move(sink)) {}

  // The record that the survey knows by that number. False once the sink has stopped.
  bool add(std::string_view record, std::uint64_t number, Position position = {});
  // `position`: of the record behind it, where that is known.
  bool add_damage(const Damage& damage, Position position = {});
  // A call waits for its result.
  [[nodiscard]] bool waits() const { return !waiting_.empty(); }
  // Gives what waits.
  bool flush();

 private:
  void add_entry(const Entry& entry);
  [[nodiscard]] std::string_view replacement_text() const;
  void add_words(const Entry& entry);
  void add_result(const Entry& entry);
  void add_shell_command(const Entry& entry);
  void add_aside(std::string_view type);
  void end_aside();
  bool is_repeated(const Entry& entry);
  bool without_what_was_said(EntryKind kind, std::string& text);
  Block block_of(const Entry& entry, BlockKind kind);
  Usage usage_of(const Entry& entry);
  void push(Block block);
  void give_first();
  void drain();

  const Survey& survey_;
  Sink sink_;
  bool goes_on_ = true;
  std::uint64_t number_ = 0;  // of the record at hand
  Position position_;
  std::vector<Entry> entries_;
  std::deque<Block> waiting_;
  std::uint64_t given_ = 0;  // blocks before waiting_
  std::size_t waiting_bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> open_;  // call ids and their blocks
  std::unordered_map<std::string, std::string> gone_;    // calls given without a result
  std::map<std::string, std::uint64_t> aside_;           // types of records
  std::uint64_t aside_record_ = 0;                       // the first of them
  Position aside_position_;
  std::string message_;                   // the last one, and what it has said
  std::optional<std::uint64_t> counted_;  // the last record whose usage was given
  std::unordered_set<std::uint64_t> said_;
  std::string last_said_;  // of that message: its last text, of this kind, in this record
  EntryKind said_kind_ = EntryKind::other;
  std::uint64_t said_record_ = 0;
  std::unordered_set<std::uint64_t> queued_;
};

// A result or a content as text: the texts of its blocks, what stands for its images, else JSON.
std::string readable_text(std::string_view raw_value);
// The arguments of a call: "name: value", a line each; else as they stand.
std::string readable_arguments(std::string_view raw_value);
// "image/png, 24 KiB".
std::string image_text(std::string_view raw_block);
// Nanoseconds since 1970, of a text or of seconds or milliseconds as a number.
std::optional<std::int64_t> entry_time(std::string_view raw_time);
// "2026-08-20 10:02:11", local; as it stands where it cannot be read.
std::string readable_time(std::string_view raw_time);

// For a line: what a call is about, by its raw arguments, and what came of it. Up to 100
// characters and a size, no line breaks.
std::string call_summary(std::string_view raw_value);
std::string result_summary(const BlockResult& result);
// The first `characters` of the first line of a text, with "..." if something was left out.
std::string cut_line(std::string_view text, std::size_t characters);
// "812 B", "1.4 KiB".
std::string readable_size(std::uint64_t bytes);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_BLOCKS_H_
