// SPDX-License-Identifier: Apache-2.0
#include "store/redact_line.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"

namespace everturn {
namespace {

constexpr int kLevels = 4;  // JSON in a string of JSON in a string ...

// Text, and where each of its bytes comes from in the line; one more for its end.
struct Mapped {
  std::string text;
  std::vector<std::size_t> origin;
};

struct Cut {
  std::size_t begin = 0;  // in the line
  std::size_t end = 0;
  std::string marker;
  std::string kind;
};

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(0, 4)) {
    unit <<= 4U;
    if (c >= '0' && c <= '9') {
      unit |= static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      unit |= static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

// What the escape at the start of `text` means, and how long it is; length 0: it is none.
struct Escape {
  std::string meaning;
  std::size_t length = 0;
};

Escape unicode_escape(std::string_view text) {
  const std::optional<std::uint32_t> first = hex4(text.substr(2));
  if (!first) return {};
  Escape escape;
  escape.length = 6;
  char32_t point = *first;
  const std::string_view rest = text.substr(6);
  const bool is_high = *first >= 0xD800 && *first <= 0xDBFF;
  if (is_high && rest.starts_with("\\u")) {
    const std::optional<std::uint32_t> second = hex4(rest.substr(2));
    if (second && *second >= 0xDC00 && *second <= 0xDFFF) {
      point = 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00);
      escape.length = 12;
    }
  }
  append_utf8(escape.meaning, point);
  return escape;
}

Escape escape_at(std::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return {};
  if (text[1] == 'u') return unicode_escape(text);
  constexpr std::string_view kKinds = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t kind = kKinds.find(text[1]);
  if (kind == std::string_view::npos) return {};
  return {std::string(1, kMeanings[kind]), 2};
}

// One level of escapes resolved; what is no escape stays.
Mapped unescaped(const Mapped& from) {
  Mapped to;
  const std::string_view text = from.text;
  for (std::size_t at = 0; at < text.size();) {
    const Escape escape = escape_at(text.substr(at));
    const std::string_view meaning = escape.length > 0 ? escape.meaning : text.substr(at, 1);
    to.text += meaning;
    to.origin.insert(to.origin.end(), meaning.size(), from.origin[at]);
    at += std::max<std::size_t>(escape.length, 1);
  }
  to.origin.push_back(from.origin.back());
  return to;
}

Mapped mapped(std::string_view line, std::size_t begin, std::size_t end) {
  Mapped text;
  text.text = line.substr(begin, end - begin);
  for (std::size_t i = begin; i <= end; ++i) text.origin.push_back(i);
  return text;
}

class LineRedactor {
 public:
  LineRedactor(std::string_view line, const RedactFinder& find) : line_(line), find_(find) {}

  std::vector<Cut> run() {
    JsonFault fault;
    JsonTolerance tolerated;
    const std::optional<std::size_t> object =
        parse_json_object_tolerantly(line_, &fault, &tolerated);
    const bool is_object =
        object && line_.find_first_not_of(" \t\r", *object) == std::string_view::npos;
    if (is_object) {
      look_at_tokens();
    } else {
      look_at_levels(mapped(line_, 0, line_.size()));
    }
    std::sort(cuts_.begin(), cuts_.end(),
              [](const Cut& a, const Cut& b) { return a.begin < b.begin; });
    return std::move(cuts_);
  }

 private:
  void look_at_tokens() {
    for (std::size_t at = 0; at < line_.size();) {
      const char c = line_[at];
      if (c == '"') {
        const std::size_t end = string_end(at + 1);
        look_at_levels(unescaped(mapped(line_, at + 1, end)));
        at = end + 1;
      } else if ((c >= '0' && c <= '9') || c == '-') {
        const std::size_t end =
            std::min(line_.find_first_not_of("0123456789+-.eE", at), line_.size());
        look_at_number(at, end);
        at = end;
      } else {
        ++at;
      }
    }
  }

  [[nodiscard]] std::size_t string_end(std::size_t at) const {
    while (at < line_.size() && line_[at] != '"') at += line_[at] == '\\' ? 2 : 1;
    return std::min(at, line_.size());
  }

  // A number gives way to a string, for a part of it would be no number.
  void look_at_number(std::size_t begin, std::size_t end) {
    const std::vector<RedactMatch> matches = find_in(line_.substr(begin, end - begin));
    if (matches.empty()) return;
    const std::string kind(matches.front().kind);
    cuts_.push_back({begin, end, "\"[redacted:" + kind + "]\"", kind});
  }

  void look_at_levels(Mapped text) {
    for (int level = 0; level < kLevels; ++level) {
      for (const RedactMatch& match : find_in(text.text)) {
        add(text.origin[match.begin], text.origin[match.end], match.kind);
      }
      if (text.text.find('\\') == std::string::npos) return;
      text = unescaped(text);
    }
  }

  std::vector<RedactMatch> find_in(std::string_view text) {
    std::vector<RedactMatch> matches;
    find_(text, matches);
    std::erase_if(matches, [&](const RedactMatch& match) {
      return match.begin >= match.end || match.end > text.size();
    });
    return matches;
  }

  void add(std::size_t begin, std::size_t end, std::string_view kind) {
    for (Cut& cut : cuts_) {
      if (begin >= cut.end || end <= cut.begin) continue;
      // The same text on another level, or a part of what goes already.
      cut.begin = std::min(cut.begin, begin);
      cut.end = std::max(cut.end, end);
      return;
    }
    cuts_.push_back({begin, end, "[redacted:" + std::string(kind) + "]", std::string(kind)});
  }

  std::string_view line_;
  const RedactFinder& find_;
  std::vector<Cut> cuts_;
};

}  // namespace

std::optional<std::string> redact_line(std::string_view line, const RedactFinder& find,
                                       RedactCounts& counts) {
  const std::vector<Cut> cuts = LineRedactor(line, find).run();
  if (cuts.empty()) return std::nullopt;
  std::string clean;
  std::size_t at = 0;
  for (const Cut& cut : cuts) {
    ++counts[cut.kind];
    if (cut.end <= at) continue;  // grown together with the one before
    if (cut.begin >= at) clean += std::string(line.substr(at, cut.begin - at)) + cut.marker;
    at = cut.end;
  }
  return clean + std::string(line.substr(at));
}

}  // namespace everturn
