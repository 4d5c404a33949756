// SPDX-License-Identifier: Apache-2.0
#include "views/figures_json.h"

#include <algorithm>
#include <map>
#include <vector>

namespace everturn {
namespace {

std::string counts_json(const std::map<std::string, std::uint64_t>& counts) {
  JsonObject object;
  for (const auto& [name, count] : counts) object.add_number(name, count);
  return object.text();
}

std::vector<std::string> days_json(const Figures& figures) {
  std::vector<std::string> days;
  for (const auto& [day, of_day] : figures.days) {
    days.push_back(JsonObject()
                       .add("day", day)
                       .add_number("records", of_day.records)
                       .add_number("turns", of_day.turns)
                       .add_signed("output_tokens", of_day.output_tokens)
                       .text());
  }
  return days;
}

}  // namespace

std::string usage_json(const Usage& usage) {
  return JsonObject()
      .add_signed("input", usage.input)
      .add_signed("output", usage.output)
      .add_signed("cache_read", usage.cache_read)
      .add_signed("cache_write", usage.cache_write)
      .text();
}

JsonObject stats_object(const CountedSessions& counted) {
  const Figures& figures = counted.figures;
  JsonObject models;
  for (const auto& [name, usage] : figures.models) models.add_raw(name, usage_json(usage));
  JsonObject object("everturn.stats/1");
  object.add_number("sessions", figures.sessions - counted.sub_agents)
      .add_number("sub_agents", counted.sub_agents)
      .add_number("records", figures.records)
      .add_number("copies", figures.copies)
      .add_number("bytes", figures.bytes)
      .add_number("damage", counted.damage_count)
      .add_number("damage_bytes", counted.damage_bytes)
      .add_number("turns", figures.turns)
      .add_number("responses", figures.responses)
      .add_number("compactions", figures.compactions)
      .add_raw("tokens", usage_json(figures.usage))
      .add_raw("models", models.text())
      .add_raw("tools", counts_json(figures.tools))
      .add_raw("dialects", counts_json(figures.dialects))
      .add_raw("sizes", counts_json(figures.sizes))
      .add_list("days", days_json(figures));
  return object;
}

std::string sizes_json(const std::array<std::uint64_t, kSizeParts>& sizes) {
  JsonObject object;
  for (std::size_t i = 0; i < kSizeParts; ++i) {
    std::string name(size_part_name(static_cast<SizePart>(i)));
    std::replace(name.begin(), name.end(), ' ', '_');
    std::replace(name.begin(), name.end(), '-', '_');
    object.add_number(name == "the_rest" ? "rest" : name, sizes.at(i));
  }
  return object.text();
}

std::string finding_json(const Finding& finding) {
  return JsonObject()
      .add("grade", grade_name(finding.grade))
      .add("kind", finding.kind)
      .add_number("count", finding.count)
      .add_number("offset", finding.offset)
      .add("text", finding.text)
      .text();
}

}  // namespace everturn
