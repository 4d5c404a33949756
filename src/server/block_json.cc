// SPDX-License-Identifier: Apache-2.0
#include "server/block_json.h"

#include <array>

#include "base/json_object.h"
#include "base/utf8.h"
#include "views/figures_json.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

std::string_view kind_name(BlockKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {
      "words", "thinking", "call", "result", "image", "summary", "aside", "unknown", "damage"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view speaker_name(Speaker speaker) {
  constexpr std::array<std::string_view, 5> kNames = {"", "user", "assistant", "system", "program"};
  return kNames.at(static_cast<std::size_t>(speaker));
}

std::size_t text_limit(Detail detail) { return detail == Detail::brief ? kBriefText : kBlockText; }

void add_text(JsonObject& object, const std::string& text, Detail detail) {
  const std::size_t limit = text_limit(detail);
  if (text.size() <= limit) {
    object.add("text", text);
    return;
  }
  std::string start = text.substr(0, limit);
  start.resize(utf8_valid_prefix(start));
  object.add("text", start).add_number("text_bytes", text.size());
}

std::string result_json(const BlockResult& result, Detail detail) {
  JsonObject object;
  add_text(object, result.text, detail);
  return object.add_bool("failed", result.is_failed).add("summary", result_summary(result)).text();
}

std::string types_json(const std::map<std::string, std::uint64_t>& types) {
  JsonObject object;
  for (const auto& [type, count] : types) object.add_number(type, count);
  return object.text();
}

void add_parts(JsonObject& object, const Block& block, Detail detail) {
  if (!block.summary.empty()) object.add("summary", block.summary);
  if (block.kind == BlockKind::call && block.input.size() <= text_limit(detail)) {
    object.add("input", block.input);
  }
  if (block.result) object.add_raw("result", result_json(*block.result, detail));
  if (!block.image_url.empty() && detail == Detail::usual) {
    object.add("image_url", block.image_url);
  }
  if (!block.types.empty()) object.add_raw("types", types_json(block.types));
  if (block.kind == BlockKind::damage) object.add_raw("damage", damage_json(block.damage));
}

}  // namespace

std::string block_json(const Block& block, Detail detail) {
  JsonObject object;
  object.add("kind", kind_name(block.kind))
      .add("speaker", speaker_name(block.speaker))
      .add("position", block.position.to_string());
  const auto add_given = [&object](std::string_view name, const std::string& text) {
    if (!text.empty()) object.add(name, text);
  };
  add_given("time", block.time);
  add_given("model", block.model);
  add_given("name", block.name);
  add_given("call_id", block.call_id);
  if (!block.text.empty()) add_text(object, block.text, detail);
  add_parts(object, block, detail);
  if (block.is_sub_agent) object.add_bool("sub_agent", true);
  if (block.is_queued) object.add_bool("queued", true);
  if (block.is_unsent) object.add_bool("unsent", true);
  const Usage& usage = block.usage;
  if (usage.input + usage.output + usage.cache_read + usage.cache_write > 0) {
    object.add_raw("tokens", usage_json(usage));
  }
  return object.text();
}

std::string turn_json(const Turn& turn) {
  return JsonObject()
      .add_number("record", turn.record)
      .add("position", turn.position.to_string())
      .add("time", turn.time)
      .add("text", turn.text)
      .text();
}

}  // namespace everturn::server
