// SPDX-License-Identifier: Apache-2.0
// Reading a session: all of it, and its end.
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "base/session_name.h"
#include "bench/bare.h"
#include "bench/workplace.h"

namespace everturn::bench {
namespace {

constexpr std::uint64_t kLast = 50;

std::string file_of(const Workplace& place, const std::string& key) {
  return place.store_path() + "/" + session_file_name(key, false);
}

// Bytes of the records that were given.
std::uint64_t read_bytes(Workplace& place, const std::string& key, const ReadOptions& how) {
  std::uint64_t bytes = 0;
  expect(place.store().read(key, how, [&](const Record& record) {
    bytes += record.bytes.size();
    return true;
  }));
  return bytes;
}

void load(Workplace& place, std::size_t count, std::size_t operations) {
  const std::string key = place.session_of(count);
  const std::string path = file_of(place, key);
  BareReader bare;
  const std::vector<Lane> lanes = {{"floor", [&] { bare.read_all(path); }, {}},
                                   {"read",
                                    [&] {
                                      if (read_bytes(place, key, {}) == 0)
                                        give_up("nothing was read");
                                    },
                                    {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(15), operations);
  // As rates: 0.9 of the floor's speed is 1 / 0.9 of its time.
  place.report.add("load " + std::to_string(count) + " records / simdjson DOM streamed", of[1],
                   of[0], at_most(1 / 0.9));
}

ReadOptions last_records() {
  ReadOptions how;
  how.last = kLast;
  return how;
}

ReadOptions newest_first() {
  ReadOptions how;
  how.backwards = true;
  how.limit = kLast;
  return how;
}

// The most memory since the last call, in MiB; 0 where the system does not tell.
double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  double mib = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) mib = std::stod(line.substr(6)) / 1024;
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return mib;
}

}  // namespace

void bench_load(Workplace& place) {
  load(place, 1000, place.settings.scaled(50, 3));
  if (place.settings.smoke) return;
  load(place, 10000, 10);
  load(place, 100000, 2);
}

void bench_last(Workplace& place) {
  const std::string key = place.session_of(place.settings.scaled(100000, 1000));
  const std::string path = file_of(place, key);
  BareReader bare;
  const std::vector<Lane> lanes = {
      {"floor", [&] { bare.read_last(path, kLast); }, {}},
      {"last", [&] { read_bytes(place, key, last_records()); }, {}},
      {"newest first", [&] { read_bytes(place, key, newest_first()); }, {}}};
  const std::vector<Series> of =
      alternate(lanes, place.settings.rounds_or(15), place.settings.scaled(300, 20));
  place.report.add("last 50 of 100,000 / bare backward read", of[1], of[0], at_most(1.3));
  place.report.add("last 50 of 100,000, its time", of[1], of[0], product_at_most(60));
  place.report.add("50 newest first / bare backward read", of[2], of[0], {});
}

void bench_large(Workplace& place) {
  if (!place.settings.large) return;
  const std::string key = place.session_of(1000000);
  const std::string path = file_of(place, key);
  BareReader bare;
  peak_memory_mib();
  const double before_mib = peak_memory_mib();
  read_bytes(place, key, {});
  const double after_mib = peak_memory_mib();
  place.report.add({"memory to read 1,000,000 records",
                    "MiB",
                    after_mib - before_mib,
                    before_mib,
                    {},
                    product_at_most(16)});
  const std::vector<Lane> lanes = {{"floor", [&] { bare.read_last(path, kLast); }, {}},
                                   {"last", [&] { read_bytes(place, key, last_records()); }, {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(15), 300);
  place.report.add("last 50 of 1,000,000 / bare backward read", of[1], of[0], at_most(1.3));
}

}  // namespace everturn::bench
