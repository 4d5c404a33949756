// SPDX-License-Identifier: Apache-2.0
// Figures as JSON. Pure functions, any thread.
#ifndef EVERTURN_VIEWS_FIGURES_JSON_H_
#define EVERTURN_VIEWS_FIGURES_JSON_H_

#include <array>
#include <cstdint>
#include <string>

#include "base/json_object.h"
#include "everturn/page.h"
#include "views/examination.h"

namespace everturn {

// What Stats counted, and what it does not know.
struct CountedSessions {
  Figures figures;
  std::uint64_t sub_agents = 0;
  std::uint64_t damage_count = 0;
  std::uint64_t damage_bytes = 0;
};

std::string usage_json(const Usage& usage);
// Of an examination. Of the sizes, each name of size_part_name() with '_' for spaces and '-', the
// rest as "rest".
std::string finding_json(const Finding& finding);
std::string sizes_json(const std::array<std::uint64_t, kSizeParts>& sizes);
// Of schema everturn.stats/1.
JsonObject stats_object(const CountedSessions& counted);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_FIGURES_JSON_H_
