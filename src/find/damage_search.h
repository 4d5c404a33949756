// SPDX-License-Identifier: Apache-2.0
// What the damage of a session may hold of what is looked for. No hit comes from it, for it is no
// record; but whoever finds nothing should know.
#ifndef EVERTURN_FIND_DAMAGE_SEARCH_H_
#define EVERTURN_FIND_DAMAGE_SEARCH_H_

#include <cstdint>

#include "everturn/search.h"
#include "find/byte_scan.h"
#include "store/engine.h"

namespace everturn {

// Of the damage that `report` has of `file`, and of its unfinished last line, the ranges that end
// behind `from` and that `scan` proposes; all that are no loss of bytes if it is null. Ranges that
// cannot be looked at count. `session` of the result is empty.
UnsearchedDamage search_damage(ListedFile& file, const ReadReport& report, std::uint64_t from,
                               ByteScan* scan);

}  // namespace everturn

#endif  // EVERTURN_FIND_DAMAGE_SEARCH_H_
