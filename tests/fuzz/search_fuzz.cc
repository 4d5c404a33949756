// SPDX-License-Identifier: Apache-2.0
// Any query over any text: a bad query is refused; what matches is proposed by the byte scan and
// by the index, however it is spelled; highlights and snippets are whole characters in order.
// Input: two bytes of choices, the query up to a line end, then the text.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "find/byte_scan.h"
#include "find/index_tokens.h"
#include "find/match.h"
#include "find/snippet.h"
#include "find/token_filter.h"

namespace everturn {
namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// `text` as a JSON string, every `step`th character as an escape.
std::string spelled(std::string_view text, unsigned step) {
  std::string json = "\"";
  unsigned number = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string plain = quote_json(text.substr(0, character.length));
    if (step != 0 && ++number % step == 0 && character.code < 0x10000) {
      char escape[16];
      std::snprintf(escape, sizeof escape, step % 2 == 0 ? "\\u%04x" : "\\u%04X",
                    static_cast<unsigned>(character.code));
      json += escape;
    } else {
      json += plain.substr(1, plain.size() - 2);
    }
    text.remove_prefix(character.length);
  }
  return json + "\"";
}

void check_ranges(std::string_view text, const std::vector<TextRange>& ranges) {
  std::size_t end = 0;
  for (const TextRange& range : ranges) {
    expect(range.begin >= end && range.begin < range.end && range.end <= text.size(), "a range");
    expect(is_utf8(text.substr(range.begin, range.end - range.begin)), "half a character");
    end = range.end;
  }
}

void check_proposals(const SearchQuery& query, const std::string& line) {
  const Result<std::vector<Term>> terms = parse_terms(query);
  expect(terms.ok(), "a query that matches is none");
  if (const std::optional<Anchor> anchor = choose_anchor(*terms, query.exact_case)) {
    ByteScan scan(*anchor);
    expect(!scan.next_line(line, 0).empty(), "not proposed by the scan");
  }
  std::vector<std::uint64_t> tokens;
  TokenReader().add_line(line, tokens);
  expect(may_hold(make_filter(tokens, 7), required_tokens(*terms), 7), "not in the index");
}

void check(std::uint8_t choice, std::uint8_t step, std::string_view query_text,
           std::string_view text) {
  SearchQuery query;
  query.text = query_text;
  query.mode = static_cast<SearchMode>(choice % 3);
  query.exact_case = (choice & 4) != 0;
  std::vector<TextRange> ranges;
  const Result<bool> found = matches(text, query, &ranges);
  if (!found.ok()) {
    expect(found.status().code() == Code::invalid, "another code");
    return;
  }
  if (!*found) return;
  check_ranges(text, ranges);
  const Snippet snippet = make_snippet(text, ranges, choice);
  expect(is_utf8(snippet.text), "a snippet that is no text");
  check_ranges(snippet.text, snippet.highlights);
  if (query.mode == SearchMode::regex) return;
  std::string line = spelled(text, step % 8U);
  if (step >= 128) line = spelled("{\"a\":" + line + "}", (step / 8U) % 8U);
  check_proposals(query, "{\"content\":" + line + "}\n");
}

}  // namespace
}  // namespace everturn

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t line_end = input.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const std::string text = everturn::replace_invalid_utf8(input.substr(line_end + 1));
  everturn::check(data[0], data[1], input.substr(0, line_end), text);
  return 0;
}
