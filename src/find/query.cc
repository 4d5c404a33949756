// SPDX-License-Identifier: Apache-2.0
#include "find/query.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "find/characters.h"

namespace everturn {
namespace {

constexpr std::size_t kQueryBytes = 4096;

bool is_space(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f' ||
         byte == '\v';
}

// A word or a phrase as it stands in the query.
struct Written {
  std::string_view text;
  bool is_excluded = false;
  bool is_prefix = false;
};

class QueryReader {
 public:
  explicit QueryReader(std::string_view text) : text_(text) {}

  // nullopt at the end.
  Result<std::optional<Written>> next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (at_ == text_.size()) return std::optional<Written>();
    Written written;
    const bool has_more = at_ + 1 < text_.size() && !is_space(text_[at_ + 1]);
    if (text_[at_] == '-' && has_more && starts_word(at_ + 1)) {
      written.is_excluded = true;
      ++at_;
    }
    if (text_[at_] == '"') {
      CHECK_OK(read_quoted(written));
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '"') ++at_;
      written.text = text_.substr(begin, at_ - begin);
      if (written.text.size() > 1 && written.text.ends_with('*')) {
        written.text.remove_suffix(1);
        written.is_prefix = true;
      }
    }
    return std::optional<Written>(written);
  }

 private:
  // "->" and "--" are symbols to be found, "-word" excludes.
  [[nodiscard]] bool starts_word(std::size_t at) const {
    if (text_[at] == '"') return true;
    return character_class(first_character(text_.substr(at)).code) != CharacterClass::separator;
  }
  Status read_quoted(Written& written) {
    const std::size_t begin = at_ + 1;
    const std::size_t end = text_.find('"', begin);
    if (end == std::string_view::npos) {
      return {Code::invalid, "the query has a quote at byte " + std::to_string(at_) +
                                 " that is never closed; close it, or leave it out"};
    }
    written.text = text_.substr(begin, end - begin);
    at_ = end + 1;
    if (at_ < text_.size() && text_[at_] == '*') {
      written.is_prefix = true;
      ++at_;
    }
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string folded(std::string_view text, bool fold) {
  FoldedText copy;
  copy.assign(text, fold);
  return std::string(copy.text());
}

// Cuts a text into runs of words and of joined characters.
std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  CharacterClass last = CharacterClass::separator;
  while (!text.empty()) {
    const Character character = first_character(text);
    const CharacterClass kind = character_class(character.code);
    if (kind != CharacterClass::separator) {
      if (kind != last) pieces.push_back({{}, kind == CharacterClass::word});
      pieces.back().text += text.substr(0, character.length);
    }
    last = kind;
    text.remove_prefix(character.length);
  }
  return pieces;
}

Term term_of(const Written& written, const SearchQuery& query) {
  Term term;
  term.is_excluded = written.is_excluded;
  term.is_prefix = written.is_prefix;
  const std::string text = folded(written.text, !query.exact_case);
  if (query.mode == SearchMode::words) term.pieces = pieces_of(text);
  if (term.pieces.empty()) {
    term.is_literal = true;
    term.pieces.push_back({text, false});
  }
  return term;
}

}  // namespace

Result<std::vector<Term>> parse_terms(const SearchQuery& query) {
  if (query.text.size() > kQueryBytes) {
    return Status(Code::invalid, "the query is longer than " + std::to_string(kQueryBytes) +
                                     " bytes; search for less of it");
  }
  const std::size_t valid = utf8_valid_prefix(query.text);
  if (valid < query.text.size()) {
    return Status(Code::invalid, "the query is not UTF-8 at byte " + std::to_string(valid));
  }
  std::vector<Term> terms;
  QueryReader reader(query.text);
  while (const std::optional<Written> written = TRY(reader.next())) {
    if (written->text.empty()) continue;
    terms.push_back(term_of(*written, query));
  }
  const bool finds =
      std::any_of(terms.begin(), terms.end(), [](const Term& term) { return !term.is_excluded; });
  if (finds) return terms;
  return Status(Code::invalid, terms.empty()
                                   ? "the query is empty: give a word to look for"
                                   : "the query only excludes: give also a word to look for");
}

}  // namespace everturn
