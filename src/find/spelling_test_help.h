// SPDX-License-Identifier: Apache-2.0
// For tests: JSON strings as nobody writes them and anybody may.
#ifndef EVERTURN_FIND_SPELLING_TEST_HELP_H_
#define EVERTURN_FIND_SPELLING_TEST_HELP_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/utf8.h"
#include "find/characters.h"

namespace everturn {

class Spelling {
 public:
  explicit Spelling(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  // `text` with some of its letters in another case.
  std::string in_some_case(std::string_view text) {
    std::string cased;
    while (!text.empty()) {
      const Character character = first_character(text);
      const char32_t folded = fold_case(character.code);
      if (folded < 0x80 && below(3) == 0) {
        const auto variants = case_variants(folded);
        append_utf8(cased, variants[below(variants.size())]);
      } else {
        cased += text.substr(0, character.length);
      }
      text.remove_prefix(character.length);
    }
    return cased;
  }

  // `text` as a JSON string, each character spelled in one of the ways there are.
  std::string quoted(std::string_view text) {
    std::string json = "\"";
    const std::uint64_t eagerness = 1 + below(8);
    while (!text.empty()) {
      const Character character = first_character(text);
      const std::string plain = quote_json(text.substr(0, character.length));
      if (below(eagerness) == 0) {
        append_escapes(json, character.code);
      } else if (character.code == '/' && below(2) == 0) {
        json += "\\/";
      } else {
        json += plain.substr(1, plain.size() - 2);
      }
      text.remove_prefix(character.length);
    }
    return json + "\"";
  }

 private:
  static std::string escapes(char32_t code, bool upper) {
    std::string json = "\"";
    const auto one = [&](unsigned unit) {
      const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
      json += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) json += digits[(unit >> shift) & 0xFU];
    };
    if (code > 0xFFFF) {
      one(0xD800 + ((static_cast<unsigned>(code) - 0x10000) >> 10U));
      one(0xDC00 + ((static_cast<unsigned>(code) - 0x10000) & 0x3FFU));
    } else {
      one(static_cast<unsigned>(code));
    }
    return json + "\"";
  }
  void append_escapes(std::string& json, char32_t code) {
    const std::string quoted = escapes(code, below(2) == 0);
    json += quoted.substr(1, quoted.size() - 2);
  }

  std::mt19937_64 random_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_SPELLING_TEST_HELP_H_
