// SPDX-License-Identifier: Apache-2.0
// everturn-lab: see on your own machine that an acknowledged turn survives.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/lab/campaign.h"
#include "tests/lab/child.h"
#include "tests/lab/report.h"
#include "tests/lab/tally_text.h"

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

struct Orders {
  std::vector<std::string> names;
  std::uint64_t seconds = 0;  // for each campaign; 0: as long as it takes
  std::uint64_t jobs = 1;     // campaigns at the same time
  std::string report;
  std::string figures;
};

// What is there so far, so that a run that is ended leaves it behind.
void write_pages(const std::vector<Ran>& ran, const Context& context, const Orders& orders) {
  if (!orders.report.empty()) write_report(ran, context, orders.report);
  if (!orders.figures.empty()) write_figures(ran, context, orders.figures);
}

// Runs campaigns in processes of their own, some at a time.
class Runs {
 public:
  Runs(const std::vector<const Campaign*>& wanted, const Context& context, const Orders& orders)
      : wanted_(wanted), context_(context), orders_(orders), ran_(wanted.size()) {}

  // Did every promise hold?
  bool run() {
    while (next_ < wanted_.size() || !running_.empty()) {
      if (next_ < wanted_.size() && running_.size() < orders_.jobs) {
        start();
      } else {
        wait();
      }
    }
    return holds_;
  }

 private:
  struct Running {
    std::size_t index;
    std::unique_ptr<Child> child;
  };

  void start() {
    const std::size_t index = next_++;
    running_.push_back({index, std::make_unique<Child>([&](int descriptor) {
                          const std::string text =
                              to_text(run_one(*wanted_[index], context_, orders_.seconds));
                          static_cast<void>(::write(descriptor, text.data(), text.size()));
                        })});
  }
  void wait() {
    std::vector<pollfd> ready;
    for (const Running& one : running_) ready.push_back({one.child->descriptor(), POLLIN, 0});
    poll(ready.data(), ready.size(), -1);
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (ready[i].revents == 0 || running_[i].child->receive()) continue;
      ran_[running_[i].index] = {wanted_[running_[i].index],
                                 parse_tally(running_[i].child->text())};
      tell(ran_[running_[i].index]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  void tell(const Ran& one) {
    std::fputs(text_of(one, context_).c_str(), stdout);
    std::fflush(stdout);
    holds_ = holds_ && one.tally.holds();
    std::vector<Ran> so_far;
    std::copy_if(ran_.begin(), ran_.end(), std::back_inserter(so_far),
                 [](const Ran& ran) { return ran.campaign != nullptr; });
    write_pages(so_far, context_, orders_);
  }

  const std::vector<const Campaign*>& wanted_;
  const Context& context_;
  const Orders& orders_;
  std::vector<Ran> ran_;
  std::vector<Running> running_;
  std::size_t next_ = 0;
  bool holds_ = true;
};

int run_campaigns(const Orders& orders, const Context& context) {
  std::vector<const Campaign*> wanted;
  for (const std::string& name : orders.names) {
    wanted.push_back(campaign_named(name));
    if (wanted.back() != nullptr) continue;
    std::fprintf(stderr, "everturn-lab: no campaign %s; see everturn-lab list\n", name.c_str());
    return 2;
  }
  if (orders.names.empty()) {
    for (const Campaign& campaign : campaigns()) wanted.push_back(&campaign);
  }
  const bool holds = Runs(wanted, context, orders).run();
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
  Orders orders;
  run->add_option("campaigns", orders.names, "names as `everturn-lab list` prints them");
  CLI::Option* const seed = run->add_option("--seed", context.seed, "as a failure prints it");
  run->add_flag("--full", context.full, "the long run");
  run->add_option("--seconds", orders.seconds, "a campaign begins no further part after this time");
  run->add_option("--jobs", orders.jobs, "campaigns at the same time")->check(CLI::Range(1, 64));
  run->add_option("--dir", context.directory, "a folder for temporary files");
  run->add_option("--only", context.only, "one case of one campaign, as a failure names it");
  run->add_option("--part", context.part, "only parts with this in their names: \"repair\"");
  run->add_option("--report", orders.report, "a Markdown file to write; a plot goes beside it");
  run->add_option("--figures", orders.figures, "a page that gets the figures between its marks");
  CLI11_PARSE(app, argc, argv);
  if (list->parsed()) return list_campaigns();
  if (seed->count() == 0) context.seed = std::random_device()() % 1'000'000;
  return run_campaigns(orders, context);
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
