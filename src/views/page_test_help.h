// SPDX-License-Identifier: Apache-2.0
// A page of a few records.
#ifndef EVERTURN_VIEWS_PAGE_TEST_HELP_H_
#define EVERTURN_VIEWS_PAGE_TEST_HELP_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "everturn/page.h"
#include "views/test_help.h"

namespace everturn::views_test {

inline PageOptions options_of(PageFormat format, bool full = false,
                              const std::string& dialect = "") {
  PageOptions options;
  options.format = format;
  options.name = "k";
  options.full = full;
  options.dialect = dialect;
  return options;
}

// `damage`: by the number of the record that it stands before.
inline std::string page_of(const Lines& lines, PageOptions options = {},
                           const std::map<std::size_t, Damage>& damage = {}) {
  std::string text;
  Page page(std::move(options), [&](std::string_view piece) {
    text += piece;
    return true;
  });
  for (const std::string& line : lines) page.look(line);
  page.begin();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (damage.contains(i)) page.add_damage(damage.at(i));
    page.add(lines[i]);
  }
  page.end();
  return text;
}

}  // namespace everturn::views_test

#endif  // EVERTURN_VIEWS_PAGE_TEST_HELP_H_
