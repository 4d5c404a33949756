// SPDX-License-Identifier: Apache-2.0
// The project's own files as the tidy rules see them, and how a rule reports what breaks it.
#ifndef EVERTURN_TESTS_TIDY_SOURCE_TREE_H_
#define EVERTURN_TESTS_TIDY_SOURCE_TREE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::tidy {

struct SourceFile {
  std::string path;  // below the project's root, with '/': "src/fs/fs.h"
  std::string text;

  [[nodiscard]] bool is_below(std::string_view folder) const;  // "src/" or "src/fs/posix_"
  [[nodiscard]] bool is_cpp() const;                           // .h or .cc
  [[nodiscard]] bool is_header() const;                        // .h
  [[nodiscard]] bool is_test() const;   // *_test.cc, *_test_*, and all below tests/
  [[nodiscard]] bool is_code() const;   // C++, CMake, and scripts: what people write and review
  [[nodiscard]] bool is_prose() const;  // Markdown
  [[nodiscard]] std::string_view room() const;  // "fs" for src/fs/fs.h, else empty
};

// Every text file of the project, read once, ordered by path; not .git, not what a build makes.
const std::vector<SourceFile>& source_tree();

// The lines of a text without their '\n'.
std::vector<std::string_view> lines_of(std::string_view text);

// Where `word` stands in `text` as a whole word (no letter, digit or '_' beside it).
bool has_word(std::string_view text, std::string_view word);

// What one rule found; empty when the rule holds.
class Complaints {
 public:
  // Line 0: the file as a whole.
  void add(const SourceFile& file, std::size_t line, std::string_view problem,
           std::string_view remedy);
  void add(std::string_view place, std::string_view problem, std::string_view remedy);
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Complains of each line that `breaks`, in each file that `concerns` picks.
Complaints check_lines(const std::function<bool(const SourceFile&)>& concerns,
                       const std::function<bool(std::string_view line)>& breaks,
                       std::string_view problem, std::string_view remedy);

}  // namespace everturn::tidy

#endif  // EVERTURN_TESTS_TIDY_SOURCE_TREE_H_
