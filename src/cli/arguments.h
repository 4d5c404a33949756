// SPDX-License-Identifier: Apache-2.0
// From the text of an argument to its value. `invalid` says what was expected. Pure.
#ifndef EVERTURN_CLI_ARGUMENTS_H_
#define EVERTURN_CLI_ARGUMENTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "everturn/session.h"

namespace everturn::cli {

// "1000", "64K", "64M", "2G": bytes, in powers of 1024.
Result<std::uint64_t> parse_size(std::string_view text);
// "5", "0.25": seconds, up to a day.
Result<std::chrono::milliseconds> parse_seconds(std::string_view text);
// "power", "kernel", "interval:250" (milliseconds).
Result<Durability> parse_level(std::string_view text);
// "missing", "never", "must".
Result<Create> parse_create(std::string_view text);
// "none", or a token.
Result<Version> parse_version(std::string_view text);
// The token, or "none" for a session that does not exist.
std::string version_text(const Version& version);

// The place of `word` among `words`, for an option that takes one of them.
Result<std::size_t> choose(const std::string& option, const std::string& word,
                           const std::vector<std::string_view>& words);
// Ok for one of dialect_names().
Status check_dialect(const std::string& name);

// The options of a command that writes.
struct WriteArguments {
  std::optional<std::string> level;
  std::optional<std::string> expect;
  std::optional<std::string> once;
  std::optional<std::string> once_member;
  std::optional<std::string> create;

  void declare_expect(Command& command);
  void declare_level(Command& command);
  void declare_once(Command& command);
  void declare_create(Command& command);
  [[nodiscard]] Result<WriteOptions> read() const;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_ARGUMENTS_H_
