// SPDX-License-Identifier: Apache-2.0
// The hits on one record, and what of them says nothing new in its session. One thread.
#ifndef EVERTURN_FIND_RECORD_SEARCH_H_
#define EVERTURN_FIND_RECORD_SEARCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "everturn/search.h"
#include "find/match.h"
#include "views/dialects/dialect.h"

namespace everturn {

// A hit, and what a sub-agent's is known by in the session that it worked for, where a copy of it
// may stand: a hash, else 0.
struct Found {
  SearchHit hit;
  std::uint64_t sub_agent = 0;
};
// False stops.
using FoundSink = std::function<bool(Found)>;

// What the hits of a session said so far. An utterance may be written down again: as it grows, when
// it is sent after it was typed, or because it is still the title.
class Repeats {
 public:
  // True if `entry`, of the record at `position`, says what an earlier hit has said.
  bool has(const Entry& entry, std::string_view text, const Position& position);

 private:
  std::unordered_set<std::uint64_t> said_;
  std::unordered_set<std::uint64_t> queued_;
  // The last text of a message, of this kind, in this record.
  std::string message_;
  EntryKind kind_ = EntryKind::other;
  Position position_;
  std::string text_;
};

class RecordSearch {
 public:
  RecordSearch(const SearchQuery& query, Matcher matcher, std::size_t snippet_characters)
      : query_(query), matcher_(std::move(matcher)), snippet_characters_(snippet_characters) {}

  void begin_session(const SessionInfo& session);
  void set_dialect(const Dialect& dialect) { dialect_ = &dialect; }
  [[nodiscard]] const Dialect* dialect() const { return dialect_; }

  [[nodiscard]] bool is_raw() const { return query_.raw; }

  // The entries of a record, until the next call.
  std::vector<Entry>& read(std::string_view record);
  // Gives the hits on the record that was read last. False once the sink has stopped.
  bool find(std::string_view record, const Position& position, const FoundSink& sink);

 private:
  [[nodiscard]] bool may_be_hit(const Entry& entry) const;
  [[nodiscard]] Found found(const Entry& entry, const std::string& text, const Position& position);
  bool find_raw(std::string_view record, const Position& position, const FoundSink& sink);

  const SearchQuery& query_;
  Matcher matcher_;
  const std::size_t snippet_characters_;
  std::string key_;
  bool is_sub_agent_ = false;
  const Dialect* dialect_ = nullptr;
  std::vector<Entry> entries_;
  std::vector<TextRange> ranges_;
  Repeats repeats_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_RECORD_SEARCH_H_
