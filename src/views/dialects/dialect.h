// SPDX-License-Identifier: Apache-2.0
// What a dialect is: one file a dialect, one row in table.cc. A dialect never fails, and keeps no
// state between records: what depends on other records is its `select`.
#ifndef EVERTURN_VIEWS_DIALECTS_DIALECT_H_
#define EVERTURN_VIEWS_DIALECTS_DIALECT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/views.h"
#include "views/session.h"

namespace everturn {

// How what a session has used is counted.
enum class UsageRule : std::uint8_t {
  responses,  // each response once
  turns,      // each report of a turn; a fork begins with its parent's, which are not its own
};

struct Dialect {
  std::string_view name;
  // How much one record looks like it: 0 (not at all) to 100 (nobody else writes that).
  int (*recognizes)(std::string_view record);
  // Adds the entries of one record, at least one. Any bytes will do.
  void (*read)(std::string_view record, std::vector<Entry>& entries);
  // The entries that the agent would send, in order; null: all of them as they stand.
  void (*select)(const Session& session, Selection& selection);
  // The record that gives the tool call `call` the result `text` (a JSON string).
  std::string (*closer)(const Entry& call, std::string_view text);
  UsageRule usage = UsageRule::responses;
  // A later record with the same id takes the place of an earlier one.
  bool has_updates = false;
};

extern const Dialect kNanobotDialect;
extern const Dialect kClaudeDialect;
extern const Dialect kCodexDialect;
extern const Dialect kPiDialect;
extern const Dialect kGeminiDialect;
extern const Dialect kOpenaiDialect;
extern const Dialect kGenericDialect;

std::span<const Dialect* const> all_dialects();
// The dialect of that name, else generic.
const Dialect& find_dialect(std::string_view name);
const Dialect& recognize(std::span<const std::string_view> first_records);

// True if a raw value is the string `text`, which must need no escapes.
inline bool is_text(std::string_view raw, std::string_view text) {
  return raw.size() == text.size() + 2 && raw.front() == '"' && raw.substr(1, text.size()) == text;
}
inline bool is_string(std::string_view raw) { return raw.starts_with('"'); }
inline bool is_object(std::string_view raw) { return raw.starts_with('{'); }
inline bool is_array(std::string_view raw) { return raw.starts_with('['); }
// A command that a person ran in the agent, without the model: `text` is an object with `command`,
// `output` and `exitCode`.
inline bool is_shell_command(const Entry& entry) {
  return entry.kind == EntryKind::user && is_object(entry.text) &&
         is_text(entry.name, "bashExecution");
}
// A raw value that says something: not missing, null or "".
inline bool is_given(std::string_view raw) {
  return !raw.empty() && raw != "null" && raw != "\"\"";
}
// Gives each entry from `first` on what the whole record says: ids, times, flags.
void share(std::vector<Entry>& entries, std::size_t first, const Entry& common);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_DIALECT_H_
