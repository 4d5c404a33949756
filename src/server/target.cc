// SPDX-License-Identifier: Apache-2.0
#include "server/target.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"

namespace everturn::server {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

Status wrong(const std::string& name, const std::string& wanted) {
  return {Code::invalid, "the parameter " + name + " " + wanted};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool is_query) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && is_query) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      decoded += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos || !is_utf8(decoded)) return std::nullopt;
  return decoded;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    std::optional<std::string> name = percent_decoded(one.substr(0, equals), true);
    std::optional<std::string> value =
        percent_decoded(one.substr(std::min(equals + 1, one.size())), true);
    if (!name || !value) {
      return Status(Code::invalid, "the query is not percent-encoded UTF-8: " + printable(one));
    }
    const std::string shown = printable(*name);
    if (!query.values_.emplace(*std::move(name), *std::move(value)).second) {
      return wrong(shown, "is there twice");
    }
  }
  return query;
}

std::optional<std::string> Query::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<std::uint64_t>> Query::number(const std::string& name) const {
  const std::optional<std::string> value = text(name);
  if (!value) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  const char* end = value->data() + value->size();
  const auto result = std::from_chars(value->data(), end, number);
  if (value->empty() || result.ec != std::errc() || result.ptr != end) {
    return wrong(name, "needs a whole number, not \"" + printable(*value) + "\"");
  }
  return std::optional<std::uint64_t>(number);
}

Result<bool> Query::flag(const std::string& name, bool otherwise) const {
  const std::optional<std::string> value = text(name);
  if (!value) return otherwise;
  if (*value == "true" || *value == "1" || value->empty()) return true;
  if (*value == "false" || *value == "0") return false;
  return wrong(name, "takes true or false");
}

Result<std::size_t> Query::choice(const std::string& name,
                                  const std::vector<std::string_view>& words,
                                  std::size_t otherwise) const {
  const std::optional<std::string> value = text(name);
  if (!value) return otherwise;
  const auto found = std::find(words.begin(), words.end(), *value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return wrong(name, "takes one of: " + list);
}

Result<Target> parse_target(std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  if (!path.starts_with('/')) {
    return Status(Code::invalid, "the target of the request is no absolute path");
  }
  Target parsed;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    std::optional<std::string> segment = percent_decoded(path.substr(0, end), false);
    if (!segment) {
      return Status(Code::invalid, "the path is not percent-encoded UTF-8");
    }
    parsed.path.push_back(*std::move(segment));
    path.remove_prefix(end);
    if (path == "/") parsed.path.emplace_back();
    if (!path.empty()) path.remove_prefix(1);
  }
  parsed.query = TRY(Query::parse(target.substr(std::min(mark + 1, target.size()))));
  return parsed;
}

}  // namespace everturn::server
