// SPDX-License-Identifier: Apache-2.0
#include "base/json_object.h"

#include "base/utf8.h"

namespace everturn {
namespace {

// "\u009b" for a character of up to 16 bits.
void append_escape(std::string& text, char32_t point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(point >> shift) & 0xF];
}

}  // namespace

std::string quote_json_to_show(std::string_view text) {
  std::string quoted = quote_json(text);
  if (printable(quoted) == quoted) return quoted;
  std::string safe;
  for (std::string_view rest = quoted; !rest.empty();) {
    const std::size_t length = utf8_step(rest).length;
    const std::string_view character = rest.substr(0, length);
    if (printable(character) == character) {
      safe += character;
    } else {
      append_escape(safe, utf8_code_point(rest, length));
    }
    rest.remove_prefix(length);
  }
  return safe;
}

}  // namespace everturn
