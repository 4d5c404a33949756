// SPDX-License-Identifier: Apache-2.0
// UTF-8: is it valid, mend it, show it. Valid means RFC 3629: shortest form, no surrogates, at most
// U+10FFFF. All functions are pure and may be called from any thread.
#ifndef EVERTURN_BASE_UTF8_H_
#define EVERTURN_BASE_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace everturn {

bool is_utf8(std::string_view text);

// How far `text` begins with a character: `length` bytes are the longest beginning of a valid one,
// 1 to 4; 0 if the first byte begins none, or `text` is empty. `whole` tells whether they are all
// of it.
struct Utf8Step {
  std::size_t length = 0;
  bool whole = false;
};
Utf8Step utf8_step(std::string_view text);

// The offset of the first byte that does not belong to a valid character, or the size if all do.
std::size_t utf8_valid_prefix(std::string_view text);

// The number of the character in the first `length` bytes of `text`, which must be a valid one.
char32_t utf8_code_point(std::string_view text, std::size_t length);

// Appends the character to `text`; what is not one (a surrogate, above U+10FFFF) becomes U+FFFD.
void append_utf8(std::string& text, char32_t code_point);

// `text` with U+FFFD in place of each maximal bad part (a beginning of a character that does not go
// on, or a single byte that begins none), as Unicode recommends and Python's errors="replace" does.
std::string replace_invalid_utf8(std::string_view text);

// `text` made safe for messages and terminals: control characters (C0, DEL, C1), line and paragraph
// separators and bidirectional controls become such as \u{1B}, bytes that are not UTF-8 such as
// \xFF.
std::string printable(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_BASE_UTF8_H_
