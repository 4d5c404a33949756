// SPDX-License-Identifier: Apache-2.0
// JSON as Python's standard library reads and writes it. For tests: small before fast.
#ifndef EVERTURN_TESTS_NANOBOT_PYTHON_JSON_H_
#define EVERTURN_TESTS_NANOBOT_PYTHON_JSON_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::nanobot_test {

// What Python makes of a line that is a JSON object.
struct PythonObject {
  // As json.dumps(..., ensure_ascii=False) writes it again: spaces behind "," and ":", of members
  // with one name the last. Numbers stay as they stand.
  std::string dumped;
  std::size_t depth = 0;        // levels of nesting, the object itself included
  std::size_t most_digits = 0;  // of an integer
  bool lone_surrogate = false;  // in a name or text: it cannot be encoded as UTF-8
  // Parsing it raises no error.
  [[nodiscard]] bool can_be_read() const;
  // Nor does copy.deepcopy() of the result.
  [[nodiscard]] bool can_be_copied() const;
};

// Nullopt if `line`, white space around it allowed, is not a JSON object. Python's additions to
// JSON (NaN, Infinity) count as not JSON here.
std::optional<PythonObject> parse_as_python(std::string_view line);
// The `dumped` of a line that must be a JSON object.
std::string python_dumps(std::string_view line);

// The lines of a file opened in text mode: "\n", "\r" and "\r\n" end a line. White space around
// each is stripped.
std::vector<std::string> python_lines(std::string_view text);

// True for what datetime.isoformat() writes of a time without a zone, and fromisoformat() reads.
bool is_naive_iso_time(std::string_view text);

}  // namespace everturn::nanobot_test

#endif  // EVERTURN_TESTS_NANOBOT_PYTHON_JSON_H_
