// SPDX-License-Identifier: Apache-2.0
#include "views/redact_finders.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "views/secrets.h"

namespace everturn {
namespace {

// From its first line to its last, as far as they stand in this text.
void take_whole_key(std::string_view text, RedactMatch& match) {
  constexpr std::string_view kEnd = "-----END ";
  constexpr std::string_view kDashes = "-----";
  const std::size_t begin = text.rfind("-----BEGIN ", match.begin);
  if (begin != std::string_view::npos) match.begin = begin;
  match.end = text.size();
  const std::size_t last_line = text.find(kEnd, match.begin);
  if (last_line == std::string_view::npos) return;
  const std::size_t dashes = text.find(kDashes, last_line + kEnd.size());
  if (dashes != std::string_view::npos) match.end = dashes + kDashes.size();
}

void find_all_secrets(std::string_view text, std::vector<RedactMatch>& matches) {
  // Some are told by the quote before them.
  std::string quoted = "\"";
  quoted += text;
  quoted += '"';
  find_secrets(quoted, [&](SecretKind kind, std::size_t begin, std::size_t end) {
    RedactMatch match{begin - std::min<std::size_t>(begin, 1), std::min(end - 1, text.size()),
                      secret_kind_name(kind)};
    if (kind == SecretKind::private_key) take_whole_key(text, match);
    if (!matches.empty() && match.begin < matches.back().end) return;
    matches.push_back(match);
  });
}

}  // namespace

RedactFinder secret_finder() { return find_all_secrets; }

Result<RedactFinder> pattern_finder(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  const auto compiled = std::make_shared<RE2>(pattern, options);
  if (!compiled->ok()) {
    return Status(Code::invalid, "no regular expression: " + compiled->error());
  }
  if (RE2::FullMatch("", *compiled)) {
    return Status(Code::invalid, "the regular expression matches the empty text; make it narrower");
  }
  return RedactFinder([compiled](std::string_view text, std::vector<RedactMatch>& matches) {
    const re2::StringPiece all(text.data(), text.size());
    re2::StringPiece found;
    std::size_t at = 0;
    while (at <= text.size() && compiled->Match(all, at, text.size(), RE2::UNANCHORED, &found, 1)) {
      const auto begin = static_cast<std::size_t>(found.data() - text.data());
      if (!found.empty()) matches.push_back({begin, begin + found.size(), "match"});
      at = begin + std::max<std::size_t>(found.size(), 1);
    }
  });
}

RedactFinder either_finder(RedactFinder one, RedactFinder other) {
  return [one = std::move(one), other = std::move(other)](std::string_view text,
                                                          std::vector<RedactMatch>& matches) {
    one(text, matches);
    std::vector<RedactMatch> more;
    other(text, more);
    for (const RedactMatch& match : more) {
      const bool overlaps =
          std::any_of(matches.begin(), matches.end(), [&match](const RedactMatch& known) {
            return match.begin < known.end && known.begin < match.end;
          });
      if (!overlaps) matches.push_back(match);
    }
    std::sort(matches.begin(), matches.end(),
              [](const RedactMatch& a, const RedactMatch& b) { return a.begin < b.begin; });
  };
}

}  // namespace everturn
