// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/try.h"
#include "everturn/views.h"

namespace everturn::cli {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Status unexpected(std::string_view what, std::string_view text) {
  return {Code::invalid, std::string(what) + ", not \"" + std::string(text) + "\""};
}

// How many bits a size is shifted by its unit; nullopt for another letter.
std::optional<int> unit_shift(char unit) {
  switch (unit) {
    case 'k':
    case 'K':
      return 10;
    case 'm':
    case 'M':
      return 20;
    case 'g':
    case 'G':
      return 30;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  const Status failure = unexpected("needs a number of bytes, or such as 512K, 64M, 1G", text);
  if (text.empty()) return failure;
  const std::optional<int> shift = unit_shift(text.back());
  const auto number = parse_number<std::uint64_t>(shift ? text.substr(0, text.size() - 1) : text);
  if (!number || *number == 0 || *number > (UINT64_MAX >> shift.value_or(0))) return failure;
  return *number << shift.value_or(0);
}

Result<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  constexpr double kDay = 86400;
  const auto seconds = parse_number<double>(text);
  if (!seconds || !(*seconds >= 0) || *seconds > kDay) {
    return unexpected("needs a number of seconds from 0 to 86400", text);
  }
  return std::chrono::milliseconds(std::llround(*seconds * 1000));
}

Result<Durability> parse_level(std::string_view text) {
  constexpr std::string_view kInterval = "interval:";
  if (text == "power") return Durability{};
  if (text == "kernel") return Durability{Level::kernel, {}};
  if (text.starts_with(kInterval)) {
    const auto time_ms = parse_number<std::uint32_t>(text.substr(kInterval.size()));
    if (time_ms) return Durability{Level::interval, std::chrono::milliseconds(*time_ms)};
  }
  return unexpected("--level takes power, kernel or interval:MILLISECONDS", text);
}

Result<Create> parse_create(std::string_view text) {
  if (text == "missing") return Create::if_missing;
  if (text == "never") return Create::never;
  if (text == "must") return Create::must;
  return unexpected("--create takes missing, never or must", text);
}

Result<Version> parse_version(std::string_view text) {
  if (text == "none") return Version::none();
  Result<Version> version = Version::parse(text);
  if (version.ok()) return version;
  return unexpected("a version is what `everturn version` prints, or none", text);
}

std::string version_text(const Version& version) {
  return version == Version::none() ? "none" : version.to_string();
}

Result<std::size_t> choose(const std::string& option, const std::string& word,
                           const std::vector<std::string_view>& words) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string list;
  for (const std::string_view one : words) list += (list.empty() ? "" : ", ") + std::string(one);
  return Status(Code::invalid, option + " takes one of: " + list);
}

Status check_dialect(const std::string& name) {
  return choose("--dialect", name, dialect_names()).status();
}

void WriteArguments::declare_expect(Command& command) {
  command.option("--expect", "VERSION", expect,
                 "Only if this is the session's version, else exit 4; none: it must not exist");
}

void WriteArguments::declare_level(Command& command) {
  command.option("--level", "LEVEL", level,
                 "What acknowledged means: power (durable), kernel, interval:MS [power]");
}

void WriteArguments::declare_once(Command& command) {
  command.option("--once", "OPERATION", once,
                 "An id of this call: repeated with the same records, it adds nothing");
  command.option("--once-member", "NAME", once_member,
                 "A member that identifies a record: one that is there already is not added");
}

void WriteArguments::declare_create(Command& command) {
  command.option("--create", "WHEN", create,
                 "missing: create the session if need be; never; must: it must be new [missing]");
}

Result<WriteOptions> WriteArguments::read() const {
  WriteOptions options;
  if (level) options.durability = TRY(parse_level(*level));
  if (expect) options.expected = TRY(parse_version(*expect));
  if (create) options.create = TRY(parse_create(*create));
  options.once = {once.value_or(""), once_member.value_or("")};
  if (once && once_member) {
    return Status(Code::invalid, "--once and --once-member exclude each other");
  }
  return options;
}

}  // namespace everturn::cli
