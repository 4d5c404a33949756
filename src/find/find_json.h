// SPDX-License-Identifier: Apache-2.0
// What finding gives, as JSON: one object on one line. Pure functions, any thread.
#ifndef EVERTURN_FIND_FIND_JSON_H_
#define EVERTURN_FIND_FIND_JSON_H_

#include "base/json_object.h"
#include "everturn/listing.h"
#include "everturn/search.h"

namespace everturn {

// Adds the counts of a session that was read whole: records, damage, turns, tokens.
void add_counts(JsonObject& object, const SessionRow& row);
// Of schema everturn.hit/1.
JsonObject hit_object(const SearchHit& hit);
// Of schema everturn.unsearched/1.
JsonObject unsearched_object(const Unsearched& one);
// Of schema everturn.unsearched_damage/1.
JsonObject unsearched_damage_object(const UnsearchedDamage& one);

}  // namespace everturn

#endif  // EVERTURN_FIND_FIND_JSON_H_
