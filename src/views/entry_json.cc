// SPDX-License-Identifier: Apache-2.0
#include "views/entry_json.h"

#include <array>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace everturn {
namespace {

std::vector<std::string> flag_names(EntryFlags flags) {
  constexpr std::array<std::pair<EntryFlags, std::string_view>, 12> kFlags = {
      {{kImage, "image"},
       {kFailed, "failed"},
       {kSidechain, "sidechain"},
       {kInjected, "injected"},
       {kNotReplayed, "not_replayed"},
       {kCopy, "copy"},
       {kReplacement, "replacement"},
       {kBoundary, "boundary"},
       {kDrift, "drift"},
       {kItem, "item"},
       {kQueued, "queued"},
       {kDelivery, "delivery"}}};
  std::vector<std::string> names;
  for (const auto& [flag, name] : kFlags) {
    if ((flags & flag) != 0) names.push_back(quote_json(name));
  }
  return names;
}

}  // namespace

JsonObject entry_object(const Entry& entry, std::size_t max_text) {
  std::string text = json_text(entry.text);
  const std::size_t text_bytes = text.size();
  if (text_bytes > max_text) {
    text.resize(max_text);
    text.resize(utf8_valid_prefix(text));
  }
  JsonObject object;
  object.add("kind", entry_kind_name(entry.kind))
      .add("name", json_text(entry.name))
      .add("call_id", json_text(entry.call_id))
      .add("time", json_text(entry.time))
      .add("model", json_text(entry.model))
      .add("text", text);
  if (text_bytes > max_text) object.add_number("text_bytes", text_bytes);
  object.add_list("flags", flag_names(entry.flags));
  return object;
}

JsonObject readable_object(std::string_view dialect, const Record& record) {
  std::vector<std::string> entries;
  for (const Entry& entry : read_entries(dialect, record.bytes)) {
    entries.push_back(entry_object(entry).text());
  }
  JsonObject object("everturn.readable/1");
  object.add("position", record.position.to_string())
      .add("dialect", dialect)
      .add_list("entries", entries);
  return object;
}

}  // namespace everturn
