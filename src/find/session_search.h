// SPDX-License-Identifier: Apache-2.0
// The hits in one session. One thread each.
#ifndef EVERTURN_FIND_SESSION_SEARCH_H_
#define EVERTURN_FIND_SESSION_SEARCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "find/byte_scan.h"
#include "find/record_search.h"
#include "find/text_index.h"
#include "store/engine.h"
#include "views/survey.h"

namespace everturn {

class SessionSearch {
 public:
  // `query` must outlive this. Without an anchor every line is looked at.
  SessionSearch(const SearchQuery& query, Matcher matcher, const std::optional<Anchor>& anchor,
                std::size_t snippet_characters);

  // Searches the bytes of the file, and decodes the lines that may match; where the file is no
  // lines, or such a line is damaged, its records as Store::read gives them. The hits that were
  // given before a failure stand.
  Status search(ListedFile& file, const FoundSink& sink);
  // The same of these stretches of the file alone, in order, each of whole lines. Nothing that
  // matches stands elsewhere.
  Status search(ListedFile& file, const std::vector<Stretch>& stretches, const FoundSink& sink);
  // The same, without a look at the bytes: for tests, what the other must equal.
  Status search_records(ListedFile& file, const FoundSink& sink);

  // Of the last session, the damage that may hold a match: none comes from there.
  [[nodiscard]] const UnsearchedDamage& damage() const { return damage_; }

 private:
  // How the search of lines ended: at the end of the file, by the sink, or at a line that must be
  // read as a part of its session.
  enum class End : std::uint8_t { done, stopped, records };

  void begin_session(const ListedFile& file);
  Result<End> search_lines(ListedFile& file, const Stretch& stretch, const FoundSink& sink);
  Result<End> look_at_lines(ListedFile& file, std::string_view lines, std::uint64_t offset,
                            const FoundSink& sink);
  [[nodiscard]] std::string_view next_line(std::string_view lines, std::size_t from);
  Result<bool> learn_dialect(ListedFile& file, std::string_view lines, bool from_start);
  std::optional<bool> learn_dialect_from(std::string_view lines, bool is_whole);
  bool is_record(std::string_view line);
  Status search_records_from(ListedFile& file, std::uint64_t offset, const FoundSink& sink);
  void reserve(std::size_t capacity, std::size_t keep);

  std::optional<ByteScan> scan_;
  RecordSearch records_;
  JsonChecker checker_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  UnsearchedDamage damage_;
  std::uint64_t records_at_ = 0;  // where End::records was told
};

}  // namespace everturn

#endif  // EVERTURN_FIND_SESSION_SEARCH_H_
