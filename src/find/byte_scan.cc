// SPDX-License-Identifier: Apache-2.0
#include "find/byte_scan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace everturn {
namespace {

std::string utf8_of(char32_t code) {
  std::string bytes;
  append_utf8(bytes, code);
  return bytes;
}

// How often a byte stands in transcripts, roughly: 0 seldom, 9 everywhere.
int commonness(unsigned char byte) {
  constexpr std::string_view kEverywhere = "etaoinsrhldcu \"";
  constexpr std::string_view kOften = "mpgfybw_-.,:0123456789\\/{}";
  const char c = static_cast<char>(byte);
  if (kEverywhere.find(c) != std::string_view::npos) return 9;
  if (kOften.find(c) != std::string_view::npos) return 6;
  if (c >= 'a' && c <= 'z') return 4;
  // Lead bytes are shared by whole blocks of characters.
  return byte >= 0xC0 ? 5 : 2;
}

int commonness(const Probe& probe) {
  const auto other = static_cast<unsigned char>(probe.byte & ~static_cast<unsigned>(probe.ignored));
  return std::max(commonness(probe.byte), commonness(other));
}

// nullopt if the bytes differ in more than one bit: too many others would fit.
std::optional<Probe> probe_for(const std::set<unsigned char>& bytes, std::size_t offset) {
  unsigned differing = 0;
  for (const unsigned char byte : bytes) differing |= static_cast<unsigned>(byte ^ *bytes.begin());
  if ((differing & (differing - 1)) != 0) return std::nullopt;
  return Probe{offset, static_cast<unsigned char>(*bytes.begin() | differing),
               static_cast<unsigned char>(differing)};
}

// What a character's spellings are at one place: those of the length of the first, byte by byte,
// and the beginnings of the others.
struct Spellings {
  std::size_t length = 0;
  std::array<std::set<unsigned char>, 4> bytes;
  std::set<std::pair<unsigned char, unsigned char>> others;
};

Spellings spellings_of(const std::vector<char32_t>& variants) {
  Spellings spellings;
  spellings.length = utf8_of(variants.front()).size();
  for (const char32_t variant : variants) {
    const std::string bytes = utf8_of(variant);
    if (bytes.size() == spellings.length) {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        spellings.bytes.at(i).insert(static_cast<unsigned char>(bytes[i]));
      }
    } else {
      spellings.others.emplace(bytes.at(0), bytes.at(1));  // no ASCII letter folds to a longer one
    }
  }
  return spellings;
}

std::string_view line_around(std::string_view text, std::size_t from, std::size_t at) {
  const void* before = at > from ? ::memrchr(text.data() + from, '\n', at - from) : nullptr;
  const std::size_t begin =
      before == nullptr
          ? from
          : static_cast<std::size_t>(static_cast<const char*>(before) - text.data()) + 1;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  return text.substr(begin, end - begin);
}

}  // namespace

ByteScan::ByteScan(Anchor anchor) : anchor_(std::move(anchor)), slow_(anchor_), scan_(scan_32()) {
  if (scan_ == nullptr) scan_ = scan_16;
  is_fast_ = make_plan();
}

// False: the anchor's spellings are too many for the fast scan.
bool ByteScan::make_plan() {
  std::vector<Probe> probes;
  std::set<std::pair<unsigned char, unsigned char>> pairs;
  std::size_t offset = 0;
  for (const char32_t code : anchor_.characters) {
    const std::vector<char32_t> variants =
        anchor_.exact_case ? std::vector<char32_t>{code} : case_variants(code);
    spelled_.insert(variants.begin(), variants.end());
    const Spellings spellings = spellings_of(variants);
    for (std::size_t i = 0; i < spellings.length; ++i) {
      const std::set<unsigned char>& bytes = spellings.bytes.at(i);
      if (const std::optional<Probe> probe = probe_for(bytes, offset + i)) probes.push_back(*probe);
    }
    pairs.insert(spellings.others.begin(), spellings.others.end());
    offset += spellings.length;
  }
  // An escape of an escape: "\u005cu0041".
  for (const char c : std::string_view("\\u0123456789abcdefABCDEF")) {
    spelled_.insert(static_cast<unsigned char>(c));
  }
  has_surrogates_ =
      std::any_of(spelled_.begin(), spelled_.end(), [](char32_t code) { return code > 0xFFFF; });
  if (probes.empty() || pairs.size() > ScanPlan::kPairsMax) return false;
  std::stable_sort(probes.begin(), probes.end(),
                   [](const Probe& a, const Probe& b) { return commonness(a) < commonness(b); });
  plan_.first = probes.front();
  plan_.second = probes.size() > 1 ? probes[1] : probes.front();
  plan_.reach = std::max<std::size_t>({plan_.first.offset, plan_.second.offset, 1});
  for (const auto& [lead, next] : pairs) {
    plan_.pair_lead[plan_.pairs] = lead;
    plan_.pair_next[plan_.pairs++] = next;
  }
  return true;
}

bool ByteScan::is_pair(std::string_view text, std::size_t at) const {
  if (at + 1 >= text.size()) return false;
  for (std::size_t i = 0; i < plan_.pairs; ++i) {
    if (static_cast<unsigned char>(text[at]) == plan_.pair_lead[i] &&
        static_cast<unsigned char>(text[at + 1]) == plan_.pair_next[i]) {
      return true;
    }
  }
  return false;
}

bool ByteScan::is_stop(std::string_view text, std::size_t at) const {
  const auto fits = [&](const Probe& probe) {
    if (at + probe.offset >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[at + probe.offset]);
    return (byte | probe.ignored) == probe.byte;
  };
  if (fits(plan_.first) && fits(plan_.second)) return true;
  return text.substr(at).starts_with("\\u") || is_pair(text, at);
}

ScanStop ByteScan::next_stop(std::string_view text, std::size_t from) const {
  ScanStop stop = scan_(text.data(), from, text.size(), plan_);
  while (!stop.found && stop.offset < text.size()) {
    if (is_stop(text, stop.offset)) {
      stop.found = true;
    } else {
      ++stop.offset;
    }
  }
  return stop;
}

bool ByteScan::stands_at(std::string_view text, std::size_t at) const {
  for (const char32_t wanted : anchor_.characters) {
    const Character character = first_character(text.substr(at));
    const char32_t code = anchor_.exact_case ? character.code : fold_case(character.code);
    if (character.length == 0 || code != wanted) return false;
    at += character.length;
  }
  return true;
}

// May the escape \uXXXX be a spelling of one of the anchor's characters?
bool ByteScan::matters(std::string_view escape) const {
  unsigned code = 0;
  if (escape.size() < 6) return false;
  const char* end = escape.data() + 6;
  if (std::from_chars(escape.data() + 2, end, code, 16).ptr != end) return false;
  if (code >= 0xD800 && code < 0xE000) return has_surrogates_;
  return spelled_.contains(code);
}

ByteScan::Verdict ByteScan::look_at(std::string_view text, std::size_t at) const {
  if (stands_at(text, at)) return Verdict::line;
  if (is_pair(text, at)) return Verdict::look;
  const std::string_view rest = text.substr(at);
  return rest.starts_with("\\u") && matters(rest) ? Verdict::look : Verdict::no;
}

std::string_view ByteScan::next_line_slowly(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const std::string_view line = line_around(text, from, from);
    if (slow_.is_in(line)) return line;
    from += line.size() + 1;
  }
  return text.substr(text.size());
}

std::string_view ByteScan::next_line(std::string_view text, std::size_t from) {
  if (!is_fast_) return next_line_slowly(text, from);
  std::size_t begin = from;  // of a line at or before `from`
  while (from < text.size()) {
    const ScanStop stop = next_stop(text, from);
    if (!stop.found) break;
    const Verdict verdict = look_at(text, stop.offset);
    from = stop.offset + 1;
    if (verdict == Verdict::no) continue;
    const std::string_view line = line_around(text, begin, stop.offset);
    if (verdict == Verdict::line || slow_.is_in(line)) return line;
    from = begin = static_cast<std::size_t>(line.data() - text.data()) + line.size() + 1;
  }
  return text.substr(text.size());
}

}  // namespace everturn
