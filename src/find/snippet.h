// SPDX-License-Identifier: Apache-2.0
// The piece of a text that shows why it was found. Any thread.
#ifndef EVERTURN_FIND_SNIPPET_H_
#define EVERTURN_FIND_SNIPPET_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/search.h"

namespace everturn {

struct Snippet {
  std::string text;                   // a line
  std::vector<TextRange> highlights;  // in it
};

// About `characters` of `text` around the first of `highlights`, which are in order; with "..."
// where something was left out, and each run of white space as one space.
Snippet make_snippet(std::string_view text, const std::vector<TextRange>& highlights,
                     std::size_t characters);

}  // namespace everturn

#endif  // EVERTURN_FIND_SNIPPET_H_
