// SPDX-License-Identifier: Apache-2.0
// JSON as text: walking arrays, squeezing out the white space. The input must be valid JSON; given
// something else the functions return something, and read only within it. Pure; any thread.
#ifndef EVERTURN_VIEWS_JSON_TEXT_H_
#define EVERTURN_VIEWS_JSON_TEXT_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace everturn {

// Visits the elements of a raw array, in order, as they stand. `visit` returns false to stop.
void for_each_element(std::string_view raw_array,
                      const std::function<bool(std::string_view raw_value)>& visit);

// `json` without the white space between its tokens. Strings and numbers keep their bytes.
std::string compact_json(std::string_view json);

// compact_json() with null for NaN, Infinity and -Infinity, which Python writes and JSON has not.
std::string strict_json(std::string_view json);

// `text` as a raw JSON value: itself, compact, if it is exactly one JSON value, else nullopt.
std::optional<std::string> as_json_value(std::string_view text);

// `text` made safe for terminals as base/utf8.h's printable() does it, but with its layout:
// newlines and tabs stay, and the carriage return in front of a newline goes.
std::string printable_lines(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_JSON_TEXT_H_
