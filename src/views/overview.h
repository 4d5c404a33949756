// SPDX-License-Identifier: Apache-2.0
// What a listing shows of a session, from a few records of its beginning and its end: the title,
// the last prompt, and where its agent was at work. One thread.
#ifndef EVERTURN_VIEWS_OVERVIEW_H_
#define EVERTURN_VIEWS_OVERVIEW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/title.h"

namespace everturn {

struct Overview {
  std::string_view dialect;       // of those that last as long as the program
  std::string title;              // "" if there is none
  std::string preview;            // the last prompt, on one line; "" if there is none
  std::string project;            // the working directory in which the session began
  std::string branch;             // of git, the last that is named
  std::int64_t created_ns = 0;    // the first time that a record names; 0 if none does
  std::int64_t last_time_ns = 0;  // the last
};
// A title or preview is cut to so many characters; the last one then is an ellipsis.
inline constexpr std::size_t kShownCharacters = 200;

// `text` on one line, with single blanks, cut to kShownCharacters.
std::string as_one_line(std::string_view text);

// Of one session after the other, with begin() in between. Keeps its memory, and what the system
// said of the local time, so the zone of the process must not change meanwhile.
class OverviewReader {
 public:
  // Forgets what was added.
  void begin();
  // In the order of the session; there may be gaps.
  void add(std::string_view record);
  // The same for a record that holds something that a person typed; others are not taken: false.
  bool add_prompt(std::string_view record);
  // Something that a person typed has been seen.
  [[nodiscard]] bool has_prompt() const { return !last_prompt_.empty(); }
  // So has what somebody told a sub-agent.
  [[nodiscard]] bool has_sub_agent_prompt() const { return has_sub_agent_prompt_; }
  // So far; "generic" until enough records were seen to tell.
  [[nodiscard]] std::string_view dialect() const;
  // Of this record, which is not added, what would be Overview::last_time_ns; "" if it tells none.
  [[nodiscard]] std::string_view raw_time_of(std::string_view record);
  // As if a record of that time were added.
  void set_last_time(std::string_view raw_time) { look_at_time(raw_time); }
  // Of what was added, once; then begin().
  [[nodiscard]] Overview finish();

 private:
  void vote(std::string_view record);
  void settle();
  void settle_on(const Dialect& dialect);
  void look(std::string_view record);
  bool find_prompt();
  void take(std::string_view record);
  void look_at_time(std::string_view raw_time);
  [[nodiscard]] std::int64_t time_of(std::string_view raw_time);

  const Dialect* dialect_ = nullptr;
  std::vector<int> votes_;          // by the number of the dialect
  std::vector<std::string> first_;  // until the dialect is known
  std::vector<Entry> entries_;
  TitleFinder titles_;
  TimeReader times_;
  std::string last_prompt_;
  std::string last_time_;  // raw
  bool has_sub_agent_prompt_ = false;
  Overview overview_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_OVERVIEW_H_
