// SPDX-License-Identifier: Apache-2.0
#include "find/index_tokens.h"

#include <algorithm>
#include <string>

#include "base/digest.h"
#include "find/anchor.h"

namespace everturn {
namespace {

constexpr std::size_t kBeginning = 3;  // characters

enum class Kind : std::uint64_t {
  word = 0x9E3779B97F4A7C15,
  beginning = 0xC2B2AE3D27D4EB4F,
  joined = 0x165667B19E3779F9
};

std::uint64_t token(Kind kind, std::string_view text) {
  return hash64(text) ^ static_cast<std::uint64_t>(kind);
}

// The first three characters; empty if there are fewer.
std::string_view beginning_of(std::string_view word) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kBeginning; ++i) {
    if (end == word.size()) return {};
    end += first_character(word.substr(end)).length;
  }
  return word.substr(0, end);
}

void add_word(std::string_view word, std::vector<std::uint64_t>& tokens) {
  tokens.push_back(token(Kind::word, word));
  const std::string_view beginning = beginning_of(word);
  if (!beginning.empty()) tokens.push_back(token(Kind::beginning, beginning));
}

void add_joined(std::string_view run, std::vector<std::uint64_t>& tokens) {
  while (!run.empty()) {
    const std::size_t one = first_character(run).length;
    const std::size_t two = one + first_character(run.substr(one)).length;
    tokens.push_back(token(Kind::joined, run.substr(0, one)));
    if (two > one) tokens.push_back(token(Kind::joined, run.substr(0, two)));
    run.remove_prefix(one);
  }
}

// Where the run of characters of `kind` that begins at `at` ends.
std::size_t end_of_run(std::string_view text, std::size_t at, CharacterClass kind) {
  while (at < text.size()) {
    const Character character = first_character(text.substr(at));
    if (character_class(character.code) != kind) break;
    at += character.length;
  }
  return at;
}

}  // namespace

void TokenReader::add_text(std::string_view text, std::vector<std::uint64_t>& tokens) {
  folded_.assign(text, true);
  const std::string_view folded = folded_.text();
  for (std::size_t at = 0; at < folded.size();) {
    const std::string_view rest = folded.substr(at);
    const Character character = first_character(rest);
    const CharacterClass kind = character_class(character.code);
    if (kind == CharacterClass::separator) {
      // A word may begin behind the colours of a terminal, and with their letters too.
      const std::size_t behind = at + control_sequence(rest);
      const std::size_t end = end_of_run(folded, behind, CharacterClass::word);
      if (behind > at && end > behind) add_word(folded.substr(behind, end - behind), tokens);
      at += character.length;
      continue;
    }
    const std::size_t end = end_of_run(folded, at, kind);
    const std::string_view run = folded.substr(at, end - at);
    if (kind == CharacterClass::word) {
      add_word(run, tokens);
    } else {
      add_joined(run, tokens);
    }
    at = end;
  }
}

void TokenReader::add_line(std::string_view line, std::vector<std::uint64_t>& tokens) {
  if (line.find('\\') == std::string_view::npos) return add_text(line, tokens);
  const std::string once = unescape(line);
  add_text(once, tokens);
  if (once.find('\\') != std::string::npos) add_text(unescape(once), tokens);
}

std::vector<std::uint64_t> required_tokens(const std::vector<Term>& terms) {
  std::vector<std::uint64_t> tokens;
  FoldedText folded;
  for (const Term& term : terms) {
    if (term.is_excluded || term.is_literal) continue;
    for (const Piece& piece : term.pieces) {
      folded.assign(piece.text, true);
      const bool goes_on = term.is_prefix && &piece == &term.pieces.back();
      if (!piece.is_word) {
        add_joined(folded.text(), tokens);
      } else if (!goes_on) {
        tokens.push_back(token(Kind::word, folded.text()));
      } else if (const auto beginning = beginning_of(folded.text()); !beginning.empty()) {
        tokens.push_back(token(Kind::beginning, beginning));
      }
    }
  }
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

}  // namespace everturn
