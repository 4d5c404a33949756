// SPDX-License-Identifier: Apache-2.0
// The words of text as the search index knows them: what must be among them for a text to match.
// Pure; any thread.
#ifndef EVERTURN_FIND_INDEX_TOKENS_H_
#define EVERTURN_FIND_INDEX_TOKENS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "find/characters.h"
#include "find/query.h"

namespace everturn {

// Hashes of tokens: each word, the first three characters of each, and of the scripts without
// spaces each character and each two that follow one another.
class TokenReader {
 public:
  // Adds the tokens of a line of a session file: of its strings, and of the strings in them where
  // they hold JSON themselves.
  void add_line(std::string_view line, std::vector<std::uint64_t>& tokens);

 private:
  void add_text(std::string_view text, std::vector<std::uint64_t>& tokens);

  FoldedText folded_;
};

// The tokens that every line has on which a record matches; none if nothing can be told.
std::vector<std::uint64_t> required_tokens(const std::vector<Term>& terms);

}  // namespace everturn

#endif  // EVERTURN_FIND_INDEX_TOKENS_H_
