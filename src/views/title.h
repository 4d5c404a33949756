// SPDX-License-Identifier: Apache-2.0
// What a session may be called, found while its entries go by. One thread.
#ifndef EVERTURN_VIEWS_TITLE_H_
#define EVERTURN_VIEWS_TITLE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "everturn/views.h"

namespace everturn {

// True for what a person typed; not what programs write in a user's name, nor a command.
bool is_prompt(std::string_view text);
// The first line that says something, without the space around it; "" if there is none.
std::string first_line_of(std::string_view text);

// Keeps copies of the few texts that may be the title, and 8 bytes for each id.
class TitleFinder {
 public:
  void add(const Entry& entry);
  // Forgets what was added.
  void clear();
  // The best by rank, the last of its rank (of prompts the first); "" if there is none. An empty
  // one takes back what was chosen before.
  [[nodiscard]] std::string title() const;

 private:
  struct Summary {
    std::string text;         // raw
    bool names_leaf = false;  // of this id:
    std::uint64_t leaf = 0;
  };
  // The raw text of the last summary that is of this session.
  [[nodiscard]] std::string_view summary() const;

  std::array<std::string, 3> last_;  // raw: last_prompt, generated, chosen
  std::vector<Summary> summaries_;
  std::string first_prompt_;
  std::unordered_set<std::uint64_t> ids_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_TITLE_H_
