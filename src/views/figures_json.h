// SPDX-License-Identifier: Apache-2.0
// Figures as JSON. Pure functions, any thread.
#ifndef EVERTURN_VIEWS_FIGURES_JSON_H_
#define EVERTURN_VIEWS_FIGURES_JSON_H_

#include <cstdint>
#include <string>

#include "base/json_object.h"
#include "everturn/page.h"

namespace everturn {

// What Stats counted, and what it does not know.
struct CountedSessions {
  Figures figures;
  std::uint64_t sub_agents = 0;
  std::uint64_t damage_count = 0;
  std::uint64_t damage_bytes = 0;
};

std::string usage_json(const Usage& usage);
// Of schema everturn.stats/1.
JsonObject stats_object(const CountedSessions& counted);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_FIGURES_JSON_H_
