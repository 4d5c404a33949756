// SPDX-License-Identifier: Apache-2.0
#include "find/find_json.h"

#include <string>
#include <vector>

namespace everturn {

void add_counts(JsonObject& object, const SessionRow& row) {
  const SessionInfo& session = row.session;
  if (!session.checked) return;
  object.add_number("records", session.records)
      .add_number("damage_count", session.damage_count)
      .add_number("damage_bytes", session.damage_bytes)
      .add_number("in_flight_bytes", session.in_flight_bytes)
      .add_number("salvaged", session.salvaged);
  if (row.health == Health::unread || row.health == Health::unreadable) return;
  object.add_number("note_count", session.note_count)
      .add_number("turns", row.turns)
      .add_signed("input_tokens", row.tokens.input)
      .add_signed("output_tokens", row.tokens.output)
      .add_signed("cache_read_tokens", row.tokens.cache_read)
      .add_signed("cache_write_tokens", row.tokens.cache_write);
}

JsonObject hit_object(const SearchHit& hit) {
  std::vector<std::string> ranges;
  for (const TextRange& range : hit.highlights) {
    ranges.push_back("[" + std::to_string(range.begin) + "," + std::to_string(range.end) + "]");
  }
  JsonObject object("everturn.hit/1");
  object.add("session", hit.session)
      .add("position", hit.position.to_string())
      .add("kind", entry_kind_name(hit.kind))
      .add("name", hit.name)
      .add("time", hit.time)
      .add_bool("sub_agent", (hit.flags & kSidechain) != 0)
      .add("snippet", hit.snippet)
      .add_list("highlights", ranges);
  return object;
}

JsonObject unsearched_object(const Unsearched& one) {
  JsonObject object("everturn.unsearched/1");
  object.add("session", one.session)
      .add("code", code_name(one.status.code()))
      .add("message", one.status.message());
  return object;
}

JsonObject unsearched_damage_object(const UnsearchedDamage& one) {
  JsonObject object("everturn.unsearched_damage/1");
  object.add("session", one.session)
      .add_number("ranges", one.ranges)
      .add_number("bytes", one.bytes)
      .add_number("offset", one.offset);
  return object;
}

}  // namespace everturn
