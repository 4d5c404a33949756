// SPDX-License-Identifier: Apache-2.0
#include "find/match.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/try.h"
#include "base/utf8.h"

namespace everturn {
namespace {

// string_view::find goes byte by byte.
std::size_t find_bytes(std::string_view text, std::string_view bytes, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, bytes.data(), bytes.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool is_word(Character character) {
  return character.length > 0 && character_class(character.code) == CharacterClass::word;
}

bool begins_word(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  return !is_word(last_character(before)) || ends_with_control_sequence(before);
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (true) {
    const Character character = first_character(text.substr(at));
    if (!is_word(character)) return at;
    at += character.length;
  }
}

std::size_t skip_separators(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const Character character = first_character(rest);
    if (character_class(character.code) != CharacterClass::separator) break;
    at += std::max(character.length, control_sequence(rest));
  }
  return at;
}

// Where the occurrence of `piece` at `at` ends; npos if it is none.
std::size_t end_of_piece(std::string_view text, const Piece& piece, std::size_t at,
                         bool may_go_on) {
  const std::size_t end = at + piece.text.size();
  if (!piece.is_word) return end;
  if (!begins_word(text, at)) return std::string_view::npos;
  const std::size_t word_end = end_of_word(text, end);
  return word_end == end || may_go_on ? word_end : std::string_view::npos;
}

// Where `term` ends, if its first piece stands at `at`.
std::size_t end_of_term(std::string_view text, const Term& term, std::size_t at) {
  if (term.is_literal) return at + term.pieces.front().text.size();
  std::size_t end = at;
  for (const Piece& piece : term.pieces) {
    const bool is_first = &piece == &term.pieces.front();
    const bool is_last = &piece == &term.pieces.back();
    const std::size_t begin = is_first ? at : skip_separators(text, end);
    if (!is_first && !text.substr(begin).starts_with(piece.text)) return std::string_view::npos;
    end = end_of_piece(text, piece, begin, is_last && term.is_prefix);
    if (end == std::string_view::npos) return end;
  }
  return end;
}

std::string regex_fault(const re2::RE2& regex) {
  std::string fault = "the regular expression: " + regex.error();
  if (!regex.error_arg().empty() && regex.error().find(regex.error_arg()) == std::string::npos) {
    fault += ": " + regex.error_arg();
  }
  return printable(fault) + "; its syntax is RE2's";
}

Result<std::shared_ptr<const re2::RE2>> compile_regex(const SearchQuery& query) {
  if (query.text.empty()) return Status(Code::invalid, "the regular expression is empty");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!query.exact_case ? false : true);
  auto regex = std::make_shared<const re2::RE2>("(?m:" + query.text + ")", options);
  if (!regex->ok()) {
    // Told of what the caller wrote, not of what was put around it.
    const re2::RE2 alone(query.text, options);
    return Status(Code::invalid, regex_fault(alone.ok() ? *regex : alone));
  }
  return regex;
}

void merge(std::vector<TextRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const TextRange& a, const TextRange& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const TextRange& range : ranges) {
    if (kept > 0 && range.begin <= ranges[kept - 1].end) {
      ranges[kept - 1].end = std::max(ranges[kept - 1].end, range.end);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(std::min(kept, kHighlightsMax));
}

}  // namespace

TextRange find_term(std::string_view text, const Term& term, std::size_t from) {
  const std::string& first = term.pieces.front().text;
  while (true) {
    const std::size_t at = find_bytes(text, first, from);
    if (at == std::string_view::npos) return {};
    const std::size_t end = end_of_term(text, term, at);
    if (end != std::string_view::npos) return {at, end};
    from = at + 1;
  }
}

Result<Matcher> Matcher::compile(const SearchQuery& query) {
  Matcher matcher;
  matcher.exact_case_ = query.exact_case;
  auto terms = std::make_shared<std::vector<Term>>();
  if (query.mode == SearchMode::regex) {
    matcher.regex_ = TRY(compile_regex(query));
  } else {
    *terms = TRY(parse_terms(query));
  }
  matcher.terms_ = std::move(terms);
  return matcher;
}

bool Matcher::matches_regex(std::string_view text, std::vector<TextRange>* highlights) const {
  re2::StringPiece found;
  const re2::StringPiece all(text.data(), text.size());
  std::size_t from = 0;
  bool is_match = false;
  while (from <= text.size() &&
         regex_->Match(all, from, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
    is_match = true;
    if (highlights == nullptr || highlights->size() == kHighlightsMax) break;
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    if (!found.empty()) highlights->push_back({begin, begin + found.size()});
    from = begin + found.size();
    if (found.empty()) from += std::max<std::size_t>(1, first_character(text.substr(from)).length);
  }
  return is_match;
}

void Matcher::add_highlights(const Term& term, std::vector<TextRange>& highlights) const {
  const std::string_view text = folded_.text();
  TextRange found = find_term(text, term, 0);
  for (std::size_t count = 0; found.end > 0 && count < kHighlightsMax; ++count) {
    highlights.push_back(
        {folded_.original_offset(found.begin), folded_.original_offset(found.end)});
    found = find_term(text, term, found.end);
  }
}

bool Matcher::matches(std::string_view text, std::vector<TextRange>* highlights) {
  if (highlights != nullptr) highlights->clear();
  if (regex_ != nullptr) return matches_regex(text, highlights);
  folded_.assign(text, !exact_case_);
  for (const Term& term : *terms_) {
    const bool is_there = find_term(folded_.text(), term, 0).end > 0;
    if (is_there == term.is_excluded) return false;
  }
  if (highlights == nullptr) return true;
  for (const Term& term : *terms_) {
    if (!term.is_excluded) add_highlights(term, *highlights);
  }
  merge(*highlights);
  return true;
}

Result<bool> matches(std::string_view text, const SearchQuery& query,
                     std::vector<TextRange>* highlights) try {
  Matcher matcher = TRY(Matcher::compile(query));
  if (is_utf8(text)) return matcher.matches(text, highlights);
  return Status(Code::invalid,
                "the text is not UTF-8 at byte " + std::to_string(utf8_valid_prefix(text)));
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
}

}  // namespace everturn
