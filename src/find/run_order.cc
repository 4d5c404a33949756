// SPDX-License-Identifier: Apache-2.0
#include "find/run_order.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "find/list_order.h"

namespace everturn {
namespace {

// The hashes that more than one entry has.
std::unordered_set<std::uint64_t> doubled_hashes(const std::vector<RunEntry>& entries) {
  std::vector<std::uint64_t> table(std::bit_ceil(entries.size() * 2 + 1));  // 0: free
  std::unordered_set<std::uint64_t> doubled;
  for (const RunEntry& entry : entries) {
    if (entry.is_gone) continue;
    const std::uint64_t hash = std::max<std::uint64_t>(entry.key_hash, 1);
    std::size_t at = hash & (table.size() - 1);
    while (table[at] != 0 && table[at] != hash) at = (at + 1) & (table.size() - 1);
    if (table[at] == hash) doubled.insert(entry.key_hash);
    table[at] = hash;
  }
  return doubled;
}

}  // namespace

void sort_by_place(ListSort sort, const CatalogRun& run, std::span<std::uint32_t> order) {
  std::vector<std::pair<SortPlace, std::uint32_t>> places;
  places.reserve(order.size());
  for (const std::uint32_t number : order) {
    places.emplace_back(place_of(sort, run.facts(number)), number);
  }
  std::sort(places.begin(), places.end(),
            [](const auto& one, const auto& other) { return one.first < other.first; });
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = places[i].second;
}

Order newest_first(const CatalogRun& run) {
  struct Place {
    std::int64_t modified_ns = 0;
    std::uint32_t number = 0;
  };
  const std::vector<RunEntry>& entries = run.entries();
  std::vector<Place> places;
  places.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_gone) {
      places.push_back({entries[i].modified_ns, static_cast<std::uint32_t>(i)});
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& one, const Place& other) {
    return one.modified_ns > other.modified_ns;
  });
  Order order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.number);
  // Those of one tick of the clock.
  for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    while (end < places.size() && places[end].modified_ns == places[begin].modified_ns) ++end;
    if (end - begin < 2) continue;
    const auto tied = std::span(order).subspan(begin, end - begin);
    std::sort(tied.begin(), tied.end(), [&](std::uint32_t one, std::uint32_t other) {
      const int keys = entries[one].key.compare(entries[other].key);
      return keys != 0 ? keys < 0 : run.name(one) < run.name(other);
    });
  }
  return order;
}

std::vector<std::uint32_t> ranks_of(const Order& newest, const std::vector<RunEntry>& entries) {
  std::vector<std::uint32_t> ranks(entries.size());
  std::uint32_t rank = 0;
  for (const std::uint32_t number : newest) {
    if (!entries[number].is_part) ranks[number] = ++rank;
  }
  return ranks;
}

void mark_second_files(CatalogRun& run) {
  std::vector<RunEntry>& entries = run.entries();
  const std::unordered_set<std::uint64_t> doubled = doubled_hashes(entries);
  if (doubled.empty()) return;
  std::vector<std::pair<RowFacts, std::uint32_t>> files;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].is_gone || !doubled.contains(entries[i].key_hash)) continue;
    files.emplace_back(run.facts(i), i);
  }
  std::sort(files.begin(), files.end(), [](const auto& one, const auto& other) {
    const RowFacts& a = one.first;
    const RowFacts& b = other.first;
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.name < b.name;
  });
  std::unordered_set<std::string_view> keys;
  for (const auto& [facts, number] : files) {
    entries[number].is_second = !keys.insert(facts.key).second;
  }
}

}  // namespace everturn
