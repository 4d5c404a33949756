// SPDX-License-Identifier: Apache-2.0
// What must stand in a line, in one spelling or another, for a record on it to match a query. Looks
// at bytes alone: it may propose too much, never too little.
//
// An anchor is a run of characters that a term asks for. None of them has an escape of its own in
// JSON (\n, \", \\, \/), and none is put between the texts of a record when they are joined. So
// they stand in the line one behind the other, each as it is, in any of its cases, or as \uXXXX;
// where a string holds JSON itself, with more backslashes.
#ifndef EVERTURN_FIND_ANCHOR_H_
#define EVERTURN_FIND_ANCHOR_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "find/characters.h"
#include "find/query.h"

namespace everturn {

struct Anchor {
  std::u32string characters;  // folded
  bool exact_case = false;
};

// The run that is rarest by a guess; nullopt where no term has one.
std::optional<Anchor> choose_anchor(const std::vector<Term>& terms, bool exact_case);

// `json` with its escapes resolved, wherever they stand.
std::string unescape(std::string_view json);

// Does `line` hold the anchor, in whatever spelling? Goes character by character.
class SlowFinder {
 public:
  explicit SlowFinder(const Anchor& anchor);
  bool is_in(std::string_view line);

 private:
  bool is_in_text(std::string_view text);

  std::string bytes_;
  bool exact_case_;
  FoldedText folded_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_ANCHOR_H_
