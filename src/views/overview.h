// SPDX-License-Identifier: Apache-2.0
// What a listing shows of a session, from a few records of its beginning and its end: the title,
// and where its agent was at work. One thread.
#ifndef EVERTURN_VIEWS_OVERVIEW_H_
#define EVERTURN_VIEWS_OVERVIEW_H_

#include <string>
#include <string_view>

#include "everturn/views.h"

namespace everturn {

struct Overview {
  std::string_view dialect;
  std::string title;    // "" if there is none
  std::string project;  // the working directory in which the session began
  std::string branch;   // of git, the last that is named
};

class OverviewReader {
 public:
  // In the order of the session; there may be gaps.
  void add(std::string_view record);
  [[nodiscard]] Overview finish();

 private:
  Transcript transcript_;
  Overview overview_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_OVERVIEW_H_
