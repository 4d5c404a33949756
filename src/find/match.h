// SPDX-License-Identifier: Apache-2.0
// Does a text match a query? This function decides every hit; whatever else looks at bytes or at an
// index only proposes texts to it.
#ifndef EVERTURN_FIND_MATCH_H_
#define EVERTURN_FIND_MATCH_H_

#include <memory>
#include <string_view>
#include <vector>

#include "everturn/search.h"
#include "find/characters.h"
#include "find/query.h"

namespace re2 {
class RE2;
}

namespace everturn {

// A query, ready to be asked. A copy is cheap. One thread each.
class Matcher {
 public:
  // `invalid` tells what is wrong with the query.
  static Result<Matcher> compile(const SearchQuery& query);

  // `text` must be UTF-8. `highlights`, if not null, gets what matched, in order, without overlap.
  bool matches(std::string_view text, std::vector<TextRange>* highlights);

  // Of a regular expression none.
  [[nodiscard]] const std::vector<Term>& terms() const { return *terms_; }
  [[nodiscard]] bool exact_case() const { return exact_case_; }

 private:
  Matcher() = default;
  bool matches_regex(std::string_view text, std::vector<TextRange>* highlights) const;
  void add_highlights(const Term& term, std::vector<TextRange>& highlights) const;

  std::shared_ptr<const std::vector<Term>> terms_;
  std::shared_ptr<const re2::RE2> regex_;
  bool exact_case_ = false;
  FoldedText folded_;
};

inline constexpr std::size_t kHighlightsMax = 64;

// The first occurrence of `term` in `text`, which is folded, that begins at `from` or later; an
// empty range if there is none.
TextRange find_term(std::string_view text, const Term& term, std::size_t from);

}  // namespace everturn

#endif  // EVERTURN_FIND_MATCH_H_
