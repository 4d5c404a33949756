// SPDX-License-Identifier: Apache-2.0
// A session in another format, in pieces.
#ifndef EVERTURN_VIEWS_EXPORT_H_
#define EVERTURN_VIEWS_EXPORT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"

namespace everturn {

enum class ExportFormat : std::uint8_t {
  jsonl,      // the whole records, byte for byte, one a line
  nanobot,    // a session file that nanobot loads
  openai,     // {"messages":[...]} for the Chat Completions interface: all that was said
  anthropic,  // {"system":...,"messages":[...]} for the Messages interface
  md,         // Markdown; what was said stands in fences
  html,       // one file for a browser: no scripts, nothing from elsewhere
};
// By its name as above.
std::optional<ExportFormat> export_format_of(std::string_view name);

struct ExportOptions {
  ExportFormat format = ExportFormat::jsonl;
  std::string dialect;  // empty: recognised
};

// What an export came to.
struct Exported {
  ReadReport report;
  bool shows_damage = false;       // the damage stands in what was written
  std::vector<std::string> notes;  // each a sentence
};

// `write` takes the next piece; false: there is no use in going on, and that is no error.
Result<Exported> export_session(Store& store, std::string_view key, const ExportOptions& options,
                                const std::function<bool(std::string_view)>& write);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_EXPORT_H_
