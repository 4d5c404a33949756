// SPDX-License-Identifier: Apache-2.0
// As much of C++ as the tidy rules need: what a file includes, which of it is code, and how long
// its functions are. Works on text, for files formatted by clang-format; it is not a parser.
#ifndef EVERTURN_TESTS_TIDY_CPP_TEXT_H_
#define EVERTURN_TESTS_TIDY_CPP_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::tidy {

struct Include {
  std::size_t line = 0;
  std::string target;   // "fs/fs.h" or "vector"
  bool angled = false;  // <vector>
};

std::vector<Include> includes_of(std::string_view text);

// The same text with comments and the insides of literals as spaces; lines stay where they are.
std::string without_comments_and_literals(std::string_view text);

struct Function {
  std::size_t line = 0;        // where its declaration starts
  std::size_t lines = 0;       // from there to the closing brace, both counted
  std::size_t body_lines = 0;  // between the lines of the braces
  bool is_test = false;        // TEST, TEST_F, TEST_P, TYPED_TEST
};

// Functions at namespace and at class level; a lambda counts as part of what it stands in.
std::vector<Function> functions_of(std::string_view text);

}  // namespace everturn::tidy

#endif  // EVERTURN_TESTS_TIDY_CPP_TEXT_H_
