// SPDX-License-Identifier: Apache-2.0
// everturn_bench: the store beside floors and rivals, in one process, in turn, as ratios.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/workplace.h"

namespace everturn::bench {
namespace {

struct Group {
  std::string_view name;
  void (*run)(Workplace&);
};

constexpr std::array<Group, 18> kGroups = {{{"durable", bench_durable},
                                            {"turn", bench_turn},
                                            {"one-shot", bench_one_shot},
                                            {"flat", bench_flat},
                                            {"unsynced", bench_unsynced},
                                            {"sessions", bench_many_sessions},
                                            {"shared", bench_shared_session},
                                            {"rewrite", bench_rewrite},
                                            {"load", bench_load},
                                            {"last", bench_last},
                                            {"large", bench_large},
                                            {"entries", bench_entries},
                                            {"list", bench_list},
                                            {"doctor", bench_doctor},
                                            {"seals", bench_seals},
                                            {"sealed-save", bench_sealed_save},
                                            {"verify", bench_verify},
                                            {"search", bench_search}}};

constexpr const char* kUsage =
    "everturn_bench [--smoke] [--large] [--json] [--only GROUP] [--rounds N] [--dir DIR]\n"
    "  --smoke     under 10 seconds: shows that everything runs, judges nothing\n"
    "  --large     also a session of 1 GB, and the doctor over 1 GB\n"
    "  --json      one JSON object a line\n"
    "  --only      durable, turn, one-shot, flat, unsynced, sessions, shared, rewrite, load, "
    "last,\n"
    "              entries, list, doctor, seals, sealed-save, verify, search\n"
    "  --rounds    rounds of each figure, at least 11 for a verdict worth the name\n"
    "  --dir       where to make the temporary folder: the disk that is measured. Default: .\n";

[[noreturn]] void fail_usage() {
  std::fputs(kUsage, stderr);
  std::exit(2);
}

Settings parse(int count, char** words) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const auto value = [&]() -> std::string {
      if (++i == count) fail_usage();
      return words[i];
    };
    if (word == "--smoke") {
      settings.smoke = true;
    } else if (word == "--large") {
      settings.large = true;
    } else if (word == "--json") {
      settings.json = true;
    } else if (word == "--only") {
      settings.only = value();
    } else if (word == "--rounds") {
      settings.rounds = std::strtoul(value().c_str(), nullptr, 10);
    } else if (word == "--dir") {
      settings.folder = value();
    } else {
      fail_usage();
    }
  }
  return settings;
}

int run(const Settings& settings) {
  Workplace place(settings);
  bool found = false;
  for (const Group& group : kGroups) {
    if (!settings.only.empty() && settings.only != group.name) continue;
    found = true;
    group.run(place);
  }
  if (!found) fail_usage();
  place.report.finish();
  return 0;
}

}  // namespace
}  // namespace everturn::bench

int main(int count, char** words) {
  return everturn::bench::run(everturn::bench::parse(count, words));
}
