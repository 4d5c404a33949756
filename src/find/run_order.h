// SPDX-License-Identifier: Apache-2.0
// The entries of a run in order: by their numbers, so that a hundred thousand are sorted without
// their rows. Pure; any thread.
#ifndef EVERTURN_FIND_RUN_ORDER_H_
#define EVERTURN_FIND_RUN_ORDER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "find/catalog_run.h"

namespace everturn {

using Order = std::vector<std::uint32_t>;

void sort_by_place(ListSort sort, const CatalogRun& run, std::span<std::uint32_t> order);
// All that are there, newest first, then by key and by name.
Order newest_first(const CatalogRun& run);
// A session's place among all, from 1, by the number of its entry; 0 for parts, which have none.
std::vector<std::uint32_t> ranks_of(const Order& newest, const std::vector<RunEntry>& entries);
// Of the files of a key the newest is the first; as Store::list tells it.
void mark_second_files(CatalogRun& run);

}  // namespace everturn

#endif  // EVERTURN_FIND_RUN_ORDER_H_
