// SPDX-License-Identifier: Apache-2.0
// everturn stats: what sessions hold and have used, in figures.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/plot.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "everturn/page.h"
#include "views/figures_json.h"

namespace everturn::cli {
namespace {

struct StatsArguments {
  std::vector<std::string> names;
};

constexpr std::size_t kToolsShown = 15;

// Sessions to count: oldest first, so that of copies the first is taken for the original.
struct Counted {
  std::vector<FoundSession> sessions;
  std::uint64_t sub_agents = 0;
};

Status add_all(Store& store, Context& context, Counted& counted) {
  std::vector<SessionInfo> list = TRY(sessions_by_age(store, context));
  std::reverse(list.begin(), list.end());
  for (SessionInfo& info : list) {
    if (!info.part_of.empty()) ++counted.sub_agents;
    counted.sessions.push_back({&store, std::move(info.key)});
  }
  return {};
}

// The session, and what its sub-agents wrote.
Status add_named(const std::string& name, Context& context, Counted& counted) {
  FoundSession found = TRY(find_session(context, name));
  const Version version = TRY(found.store->version(found.key));
  if (version == Version::none()) {
    return with_list_hint(context,
                          {Code::not_found, printable(name) + ": there is no such session"});
  }
  std::vector<SessionInfo> list = TRY(found.store->list());
  counted.sessions.push_back(found);
  for (SessionInfo& info : list) {
    if (info.part_of != found.key) continue;
    ++counted.sub_agents;
    counted.sessions.push_back({found.store, std::move(info.key)});
  }
  return {};
}

// Failures are told and gone past; `exit_status` then is that of the first.
CountedSessions count(const Counted& counted, Context& context, int& exit_status) {
  Stats stats;
  CountedSessions total;
  total.sub_agents = counted.sub_agents;
  Progress progress(context.output());
  std::size_t done = 0;
  for (const FoundSession& session : counted.sessions) {
    if (StopSignals::received() != 0) break;
    progress.show("reading " + std::to_string(++done) + " of " +
                  std::to_string(counted.sessions.size()) + ": " + printable(session.key));
    stats.begin_session();
    ReadOptions how;
    how.with_metadata = true;
    const Result<ReadReport> report =
        read_session(context, session, how, [&](const Record& record) {
          return stats.add(record.bytes) && StopSignals::received() == 0;
        });
    if (report.ok()) {
      total.damage_count += report->damage_count;
      total.damage_bytes += report->damage_bytes;
    } else {
      context.report(report.status().within(printable(session.key)));
      if (exit_status == kExitOk) exit_status = static_cast<int>(report.status().code());
    }
  }
  total.figures = stats.figures();
  return total;
}

// "1,234,567".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > (number < 0 ? 4U : 3U);) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string row(std::string_view name, const std::string& value) {
  return std::string(name) + std::string(14 - std::min<std::size_t>(13, name.size()), ' ') + value +
         "\n";
}

std::string usage_text(const Usage& usage) {
  return "input " + grouped(usage.input) + ", output " + grouped(usage.output) + ", cache read " +
         grouped(usage.cache_read) + ", cache write " + grouped(usage.cache_write);
}

std::vector<std::pair<std::string, std::uint64_t>> largest_first(
    const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

std::string overview_text(const CountedSessions& total) {
  const Figures& figures = total.figures;
  std::string sessions = std::to_string(figures.sessions - total.sub_agents);
  if (total.sub_agents > 0) sessions += ", and " + counted(total.sub_agents, "sub-agent");
  std::string dialects;
  for (const auto& [name, count] : figures.dialects) {
    dialects += (dialects.empty() ? "" : ", ") + name + " " + std::to_string(count);
  }
  if (!dialects.empty()) sessions += " (" + dialects + ")";
  std::string records = grouped(static_cast<std::int64_t>(figures.records));
  if (figures.copies > 0) {
    records += ", of them " + grouped(static_cast<std::int64_t>(figures.copies)) +
               " copies of earlier ones, which are counted no further";
  }
  std::string text = row("sessions", sessions) + row("records", records);
  text += row("turns", grouped(static_cast<std::int64_t>(figures.turns)));
  text += row("responses", grouped(static_cast<std::int64_t>(figures.responses)));
  text += row("compactions", grouped(static_cast<std::int64_t>(figures.compactions)));
  text += row("tokens", usage_text(figures.usage));
  return text;
}

// A table of its own for each; each is left out if it has nothing to tell.
void print_models(const Figures& figures, Output& output) {
  if (figures.models.size() < 2) return;
  output.write("\n");
  Table table(
      {{"MODEL"}, {"INPUT", true}, {"OUTPUT", true}, {"CACHE READ", true}, {"CACHE WRITE", true}});
  for (const auto& [name, usage] : figures.models) {
    table.add({name.empty() ? "(not named)" : printable(name), grouped(usage.input),
               grouped(usage.output), grouped(usage.cache_read), grouped(usage.cache_write)});
  }
  table.print(output);
}

void print_tools(const Figures& figures, Output& output) {
  if (figures.tools.empty()) return;
  output.write("\n");
  Table table({{"TOOL"}, {"CALLS", true}});
  const auto tools = largest_first(figures.tools);
  for (std::size_t i = 0; i < std::min(tools.size(), kToolsShown); ++i) {
    table.add({printable(tools[i].first), std::to_string(tools[i].second)});
  }
  table.print(output);
  if (tools.size() > kToolsShown) {
    output.note("note: " + counted(tools.size() - kToolsShown, "tool") + " more; --json has all");
  }
}

void print_sizes(const Figures& figures, Output& output) {
  if (figures.bytes == 0) return;
  output.write("\n");
  Table table({{"WHAT"}, {"BYTES", true}, {"SHARE", true}});
  for (const auto& [kind, bytes] : largest_first(figures.sizes)) {
    table.add({kind, size_cell(bytes, output), std::to_string(bytes * 100 / figures.bytes) + " %"});
  }
  table.print(output);
}

void print_activity(const Figures& figures, Output& output) {
  std::map<std::string, std::uint64_t> turns;
  for (const auto& [day, of_day] : figures.days) turns[day] = of_day.turns;
  const std::vector<Bar> bars = bars_by_time(turns);
  if (bars.empty()) return;
  output.write("\nturns, local time\n" + plot_text(bars, output.terminal_width()));
}

Result<int> run_stats(const StatsArguments& arguments, Context& context) {
  const StopSignals signals;
  Counted counted_sessions;
  for (const std::string& name : arguments.names) {
    CHECK_OK(add_named(name, context, counted_sessions));
  }
  if (arguments.names.empty()) {
    Store* store = TRY(context.reading_store());
    CHECK_OK(add_all(*store, context, counted_sessions));
  }
  int exit_status = kExitOk;
  const CountedSessions total = count(counted_sessions, context, exit_status);
  Output& output = context.output();
  if (context.json()) {
    context.print(stats_object(total));
    return exit_status;
  }
  output.write(overview_text(total));
  print_models(total.figures, output);
  print_tools(total.figures, output);
  print_sizes(total.figures, output);
  print_activity(total.figures, output);
  if (!output.flush()) return exit_status;
  if (total.damage_count > 0) {
    output.note("note: " + counted(total.damage_count, "damaged place") + ", " +
                counted(total.damage_bytes, "byte") + ", not counted; `" +
                context.command_hint("doctor") + "` tells more");
  }
  return exit_status;
}

}  // namespace

void add_stats(Command& root, Context& context) {
  auto arguments = std::make_shared<StatsArguments>();
  Command command =
      root.add_command("stats", "Count tokens, turns, tool calls, sizes and activity", kReadGroup);
  command.any_arguments("SESSION", arguments->names,
                        std::string(kSessionHelp) + "; without one, all there are");
  command.footer(
      "A response counts once, however many records, forks, resumed copies and sub-agents repeat\n"
      "it. Sub-agents count with their session. What is written twice without an id, as nanobot\n"
      "writes, counts twice.\n"
      "\n"
      "Examples:\n"
      "  everturn stats\n"
      "  everturn stats @1\n"
      "  everturn stats --json | jq .tokens");
  command.action([arguments, &context] { return run_stats(*arguments, context); });
}

}  // namespace everturn::cli
