// SPDX-License-Identifier: Apache-2.0
// everturn-lab: see on your own machine that an acknowledged turn survives.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include "tests/lab/campaign.h"
#include "tests/lab/report.h"

namespace everturn::lab {
namespace {

int list_campaigns() {
  for (const Campaign& campaign : campaigns()) {
    std::printf("%-14s %s%s\n", std::string(campaign.name).c_str(),
                std::string(campaign.what).c_str(), campaign.needs_root ? " (root)" : "");
  }
  return 0;
}

Tally run_one(const Campaign& campaign, Context context, std::uint64_t seconds) {
  const auto start = std::chrono::steady_clock::now();
  if (seconds > 0) context.end = start + std::chrono::seconds(seconds);
  Tally tally;
  if (campaign.needs_root && geteuid() != 0) {
    tally.skipped = "needs root, for loop devices and mounts";
  } else {
    try {
      tally = campaign.run(context);
    } catch (const std::exception& failure) {
      tally.first_failure = std::string("the lab itself failed: ") + failure.what();
    }
  }
  if (context.is_time_up()) {
    tally.notes.push_back("stopped after " + std::to_string(seconds) + " s, before its last part");
  }
  tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return tally;
}

const Campaign* campaign_named(const std::string& name) {
  for (const Campaign& campaign : campaigns()) {
    if (campaign.name == name) return &campaign;
  }
  return nullptr;
}

int run_campaigns(std::vector<std::string> names, const Context& context, std::uint64_t seconds,
                  const std::string& report) {
  if (names.empty()) {
    for (const Campaign& campaign : campaigns()) names.emplace_back(campaign.name);
  }
  std::vector<Ran> ran;
  bool holds = true;
  for (const std::string& name : names) {
    const Campaign* const campaign = campaign_named(name);
    if (campaign == nullptr) {
      std::fprintf(stderr, "everturn-lab: no campaign %s; see everturn-lab list\n", name.c_str());
      return 2;
    }
    ran.push_back({campaign, run_one(*campaign, context, seconds)});
    std::fputs(text_of(ran.back(), context).c_str(), stdout);
    std::fflush(stdout);
    holds = holds && ran.back().tally.holds();
  }
  if (!report.empty()) write_report(ran, context, report);
  std::puts(holds ? "every promise was kept" : "BROKEN PROMISES");
  return holds ? 0 : 1;
}

int run_lab(int argc, char** argv) {
  CLI::App app(
      "Everturn's crash lab: kills, errors, full disks and power cuts, and what survives.");
  app.require_subcommand(1);
  CLI::App* const list = app.add_subcommand("list", "the campaigns");
  CLI::App* const run = app.add_subcommand("run", "runs campaigns, all of them by default");
  Context context;
  std::vector<std::string> names;
  std::string report;
  std::uint64_t seconds = 0;
  run->add_option("campaigns", names, "names as `everturn-lab list` prints them");
  CLI::Option* const seed = run->add_option("--seed", context.seed, "as a failure prints it");
  run->add_flag("--full", context.full, "the long run");
  run->add_option("--seconds", seconds, "a campaign begins no further part after this time");
  run->add_option("--dir", context.directory, "a folder for temporary files");
  run->add_option("--only", context.only, "one case of one campaign, as a failure names it");
  run->add_option("--part", context.part, "only parts with this in their names: \"repair\"");
  run->add_option("--report", report, "a Markdown file to write; a plot goes beside it");
  CLI11_PARSE(app, argc, argv);
  if (list->parsed()) return list_campaigns();
  if (seed->count() == 0) context.seed = std::random_device()() % 1'000'000;
  return run_campaigns(names, context, seconds, report);
}

}  // namespace
}  // namespace everturn::lab

int main(int argc, char** argv) {
  try {
    return everturn::lab::run_lab(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "everturn-lab: %s\n", failure.what());
    return 2;
  }
}
