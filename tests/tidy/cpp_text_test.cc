// SPDX-License-Identifier: Apache-2.0
// The measuring tools of the other rules, on texts whose measure is known.
#include "tests/tidy/cpp_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::size_t> lengths_in(std::string_view text) {
  std::vector<std::size_t> lengths;
  for (const Function& function : functions_of(text)) lengths.push_back(function.lines);
  return lengths;
}

TEST(CppText, FunctionsAreMeasuredFromDeclarationToClosingBrace) {
  EXPECT_THAT(lengths_in("namespace a {\n\nint f(int x,\n      int y) {\n  return x;\n}\n}\n"),
              ElementsAre(4));
}

TEST(CppText, MembersOfAClassAreFunctionsOfTheirOwn) {
  EXPECT_THAT(lengths_in("class [[nodiscard]] A {\n public:\n  int f() {\n    return 1;\n  }\n"
                         "  int g() const { return 2; }\n  int x_ = 0;\n};\n"),
              ElementsAre(3, 1));
}

TEST(CppText, BlocksAndLambdasBelongToTheirFunction) {
  EXPECT_THAT(lengths_in("void f() {\n  if (a) {\n    b([] {\n      c();\n    });\n  }\n}\n"),
              ElementsAre(7));
}

TEST(CppText, MemberInitialisersDoNotSplitAConstructor) {
  EXPECT_THAT(lengths_in("A::A()\n    : a_{1},\n      b_{2} {\n  go();\n}\n"), ElementsAre(5));
}

TEST(CppText, TablesAndMacrosAreNoFunctions) {
  EXPECT_THAT(lengths_in("const int k[] = {\n    1,\n};\n#define X(a) \\\n  { a }\nenum E {\n};\n"),
              IsEmpty());
}

TEST(CppText, BracesInLiteralsAndCommentsDoNotCount) {
  EXPECT_THAT(lengths_in("void f() {\n  g(\"{\", '{', R\"x({)x\");  // {\n  /* { */\n}\n"),
              ElementsAre(4));
}

TEST(CppText, TestBodiesAreToldFromFunctions) {
  const std::vector<Function> found = functions_of("TEST(A, B) {\n  x();\n  y();\n}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].is_test);
  EXPECT_EQ(found[0].body_lines, 2U);
}

TEST(CppText, IncludesOfBothKindsAreFound) {
  const std::vector<Include> found =
      includes_of("\n#include <vector>\n#include \"fs/fs.h\"  // x\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].angled);
  EXPECT_EQ(found[0].target, "vector");
  EXPECT_EQ(found[1].target, "fs/fs.h");
  EXPECT_EQ(found[1].line, 3U);
}

TEST(CppText, WordsAreFoundWholeOnly) {
  EXPECT_TRUE(has_word("std::fopen(x)", "fopen"));
  EXPECT_FALSE(has_word("my_fopen(x), fopens", "fopen"));
}

}  // namespace
}  // namespace everturn::tidy
