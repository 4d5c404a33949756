// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/json.h"
#include "views/dialects/dialect.h"
#include "views/json_text.h"

namespace everturn {
namespace {

constexpr std::array<const Dialect*, 7> kDialects = {
    &kNanobotDialect, &kClaudeDialect, &kCodexDialect,  &kPiDialect,
    &kGeminiDialect,  &kOpenaiDialect, &kGenericDialect};
constexpr std::size_t kRecordsLookedAt = 16;

}  // namespace

std::span<const Dialect* const> all_dialects() { return kDialects; }

const Dialect& find_dialect(std::string_view name) {
  const auto found = std::find_if(kDialects.begin(), kDialects.end(),
                                  [&](const Dialect* dialect) { return dialect->name == name; });
  return found == kDialects.end() ? kGenericDialect : **found;
}

const Dialect& recognize(std::span<const std::string_view> first_records) {
  const Dialect* best = &kGenericDialect;
  int best_score = 0;
  for (const Dialect* dialect : kDialects) {
    int score = 0;
    for (const std::string_view record :
         first_records.first(std::min(first_records.size(), kRecordsLookedAt))) {
      score += dialect->recognizes(record);
    }
    if (score <= best_score) continue;
    best = dialect;
    best_score = score;
  }
  return *best;
}

void share(std::vector<Entry>& entries, std::size_t first, const Entry& common) {
  for (std::size_t i = first; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    entry.flags |= common.flags;
    entry.id = common.id;
    entry.parent = common.parent;
    entry.message = common.message;
    entry.request = common.request;
    entry.time = common.time;
    entry.model = common.model;
    entry.usage = common.usage;
  }
}

std::vector<std::string_view> dialect_names() noexcept {
  std::vector<std::string_view> names;
  names.reserve(kDialects.size());
  for (const Dialect* dialect : kDialects) names.push_back(dialect->name);
  return names;
}

std::string_view recognize_dialect(std::span<const std::string_view> first_records) noexcept {
  return recognize(first_records).name;
}

std::vector<Entry> read_entries(std::string_view dialect, std::string_view record) noexcept {
  std::vector<Entry> entries;
  find_dialect(dialect).read(record, entries);
  return entries;
}

std::string_view entry_kind_name(EntryKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {"user",      "assistant",   "thinking",
                                                      "tool_call", "tool_result", "system",
                                                      "summary",   "metadata",    "other"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string json_text(std::string_view raw_value) noexcept {
  if (raw_value.empty() || raw_value == "null") return {};
  if (std::optional<std::string> text = decode_json_string(raw_value)) return *std::move(text);
  if (!is_array(raw_value)) return compact_json(raw_value);
  std::string joined;
  for_each_element(raw_value, [&](std::string_view block) {
    const std::string_view text =
        is_object(block) ? find_member(block, "text").value_or("") : block;
    const std::optional<std::string> decoded = decode_json_string(text);
    if (!joined.empty()) joined += '\n';
    joined += decoded ? *decoded : compact_json(block);
    return true;
  });
  return joined;
}

Usage read_usage(std::string_view raw_usage) noexcept {
  Usage usage;
  for_each_member(raw_usage, [&](std::string_view name, std::string_view value) {
    const std::int64_t count = decode_json_integer(value).value_or(0);
    if (name == "input_tokens" || name == "prompt_tokens" || name == "input") usage.input = count;
    if (name == "output_tokens" || name == "completion_tokens" || name == "output") {
      usage.output = count;
    }
    if (name == "cache_read_input_tokens" || name == "cached_input_tokens" || name == "cacheRead" ||
        name == "cached") {
      usage.cache_read = count;
    }
    if (name == "cache_creation_input_tokens" || name == "cache_write_input_tokens" ||
        name == "cacheWrite") {
      usage.cache_write = count;
    }
    return true;
  });
  return usage;
}

}  // namespace everturn
