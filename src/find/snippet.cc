// SPDX-License-Identifier: Apache-2.0
#include "find/snippet.h"

#include <algorithm>

#include "find/characters.h"

namespace everturn {
namespace {

constexpr std::string_view kLeftOut = "...";

bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// `count` characters back from `at`.
std::size_t step_back(std::string_view text, std::size_t at, std::size_t count) {
  while (at > 0 && count-- > 0) at -= last_character(text.substr(0, at)).length;
  return at;
}

std::size_t step_on(std::string_view text, std::size_t at, std::size_t count) {
  while (at < text.size() && count-- > 0) at += first_character(text.substr(at)).length;
  return at;
}

// A beginning between words, if one is near.
std::size_t at_word(std::string_view text, std::size_t from, std::size_t until) {
  constexpr std::size_t kNear = 16;
  if (from == 0) return 0;
  for (std::size_t at = from; at < std::min(until, from + kNear); ++at) {
    if (is_space(text[at])) return at + 1;
  }
  return from;
}

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

}  // namespace

Snippet make_snippet(std::string_view text, const std::vector<TextRange>& highlights,
                     std::size_t characters) {
  const TextRange first = highlights.empty() ? TextRange{} : highlights.front();
  const std::size_t back = step_back(text, first.begin, characters / 3);
  const std::size_t begin = at_word(text, back, first.begin);
  const std::size_t end = step_on(text, begin, characters);
  Snippet snippet;
  if (!is_blank(text.substr(0, begin))) snippet.text = kLeftOut;
  auto range = highlights.begin();
  for (std::size_t at = begin; at < end; ++at) {
    const bool starts = range != highlights.end() && range->begin == at;
    if (starts) snippet.highlights.push_back({snippet.text.size(), snippet.text.size()});
    if (!is_space(text[at])) {
      snippet.text += text[at];
    } else if (!snippet.text.empty() && !snippet.text.ends_with(' ')) {
      snippet.text += ' ';
    }
    if (range == highlights.end() || at < range->begin) continue;
    snippet.highlights.back().end = snippet.text.size();
    if (at + 1 == range->end) ++range;
  }
  if (snippet.text.ends_with(' ')) snippet.text.pop_back();
  for (TextRange& one : snippet.highlights) {
    one.begin = std::min(one.begin, snippet.text.size());
    one.end = std::min(one.end, snippet.text.size());
  }
  std::erase_if(snippet.highlights, [](const TextRange& one) { return one.begin >= one.end; });
  if (!is_blank(text.substr(end))) snippet.text += kLeftOut;
  return snippet;
}

}  // namespace everturn
