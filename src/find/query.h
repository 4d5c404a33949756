// SPDX-License-Identifier: Apache-2.0
// What a query asks for, word by word. Pure; any thread.
#ifndef EVERTURN_FIND_QUERY_H_
#define EVERTURN_FIND_QUERY_H_

#include <string>
#include <string_view>
#include <vector>

#include "everturn/search.h"
#include "everturn/status.h"

namespace everturn {

// A run of characters of one class, folded unless the case is to be exact.
struct Piece {
  std::string text;
  bool is_word = false;  // it begins and ends where a word does
};

struct Term {
  // One after the other, with separators between them or nothing. A literal term has one piece.
  std::vector<Piece> pieces;
  bool is_prefix = false;    // the last word goes on
  bool is_literal = false;   // found anywhere, as it stands
  bool is_excluded = false;  // must not be there
};

// The terms of a query of mode `words` or `substring`, at least one of them not excluded. `invalid`
// names the place, in bytes from 0.
Result<std::vector<Term>> parse_terms(const SearchQuery& query);

}  // namespace everturn

#endif  // EVERTURN_FIND_QUERY_H_
