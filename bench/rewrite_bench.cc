// SPDX-License-Identifier: Apache-2.0
// Replacing a whole session.
#include <string>
#include <string_view>
#include <vector>

#include "bench/bare.h"
#include "bench/workplace.h"

namespace everturn::bench {
namespace {

std::string joined(const std::vector<std::string_view>& records) {
  std::string bytes;
  for (const std::string_view record : records) bytes.append(record).append("\n");
  return bytes;
}

void rewrite(Workplace& place, std::size_t count, std::size_t operations) {
  const std::string label = std::to_string(count);
  const BareReplacement bare(place.path("rewrite" + label));
  const std::string same_key = place.fresh_key("rewrite");
  const std::string other_key = place.fresh_key("rewrite");
  const std::vector<std::string_view> records = place.corpus.records(0, count);
  const std::vector<std::string_view> others = place.corpus.records(7, count);
  const std::string bytes = joined(records);
  WriteOptions same;
  WriteOptions other;
  same.expected = expect(place.store().save(same_key, records, {})).version;
  other.expected = expect(place.store().save(other_key, records, {})).version;
  bool flip = false;
  const std::vector<Lane> lanes = {
      {"floor", [&] { bare.replace(bytes); }, {}},
      {"the same records",
       [&] { same.expected = expect(place.store().save(same_key, records, same)).version; },
       {}},
      {"other records",
       [&] {
         flip = !flip;
         other.expected =
             expect(place.store().save(other_key, flip ? others : records, other)).version;
       },
       {}},
      {"kept lines",
       [&] {
         const std::string copy = place.fresh_key("fork");
         expect(place.store().fork(same_key, copy));
       },
       {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(15), operations);
  const std::string floor = " / write+fdatasync+rename+fsync";
  place.report.add("save " + label + " records" + floor, of[1], of[0], at_most(1.15));
  place.report.add("save " + label + " other records" + floor, of[2], of[0], {});
  place.report.add("fork " + label + " records" + floor, of[3], of[0], {});
}

}  // namespace

void bench_rewrite(Workplace& place) {
  rewrite(place, 1000, place.settings.scaled(20, 3));
  if (!place.settings.smoke) rewrite(place, 10000, 5);
}

}  // namespace everturn::bench
