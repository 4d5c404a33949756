// SPDX-License-Identifier: Apache-2.0
// What documents say of the code holds: a test that one names is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

// "Suite.Verdict" of every TEST, TEST_F and TEST_P.
std::set<std::string> names_of_tests() {
  static const std::regex declaration(R"(\nTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> names;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp() || !file.is_test()) continue;
    const std::sregex_iterator first(file.text.begin(), file.text.end(), declaration);
    for (auto match = first; match != std::sregex_iterator(); ++match) {
      names.insert((*match)[1].str() + "." + (*match)[2].str());
    }
  }
  return names;
}

TEST(Tidy, TestsThatDocumentsNameAreThere) {
  static const std::regex mention("`([A-Z]\\w+\\.[A-Z]\\w+)`");
  const std::set<std::string> names = names_of_tests();
  ASSERT_TRUE(names.contains("Tidy.TestsThatDocumentsNameAreThere"));
  Complaints complaints;
  std::size_t mentions = 0;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_prose()) continue;
    const std::vector<std::string_view> lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string line(lines[i]);
      const std::sregex_iterator first(line.begin(), line.end(), mention);
      for (auto match = first; match != std::sregex_iterator(); ++match, ++mentions) {
        const std::string name = (*match)[1].str();
        if (names.contains(name)) continue;
        complaints.add(file, i + 1, "names the test " + name + ", which is not there",
                       "write what it is called now, or what took its place");
      }
    }
  }
  EXPECT_GT(mentions, 0U);
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

}  // namespace
}  // namespace everturn::tidy
