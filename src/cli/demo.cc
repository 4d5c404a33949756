// SPDX-License-Identifier: Apache-2.0
// everturn demo: shows in a temporary folder what the store promises, and counts.
#include "cli/demo.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/browser.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

using demo::DamageReport;
using demo::KillReport;
using demo::PowerReport;
using demo::PowerReports;
using demo::RepairDemoReport;
using demo::Stage;
using demo::TemporaryFolder;

constexpr int kNameWidth = 18;

struct DemoArguments {
  std::optional<std::uint64_t> seed;
  bool keep = false;
  bool page = false;
  bool no_page = false;
};

std::string padded_left(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string padded_right(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

void say_heading(const std::string& text, Output& output) {
  output.say("");
  output.say(output.paint(Style::bold, text));
}

// Green where nothing is lost, red where something is.
std::string verdict(std::uint64_t lost, const std::string& text, const Output& output) {
  return output.paint(lost == 0 ? Style::green : Style::red, text);
}

// Part 1.

void say_kills(const KillReport& report, Output& output) {
  output.say("acknowledged " + std::to_string(report.acknowledged) + ", loaded " +
             std::to_string(report.found) + ", " +
             verdict(report.lost(), "lost " + std::to_string(report.lost()), output));
  if (report.extra > 0) {
    output.say(counted(report.extra, "more record") +
               " came through whole, although the writer was killed before it\n"
               "could report.");
  }
  if (report.damage > 0) {
    output.say(counted(report.damage, "write") + " stopped in the middle; the rest of it is told.");
  }
  if (report.doubled > 0) {
    output.say(verdict(1, counted(report.doubled, "record") + " stood there twice", output));
  }
}

std::string kills_json(const KillReport& report) {
  return JsonObject()
      .add_number("writers", report.writers)
      .add_number("sessions", report.sessions)
      .add_number("kills", report.kills)
      .add_number("acknowledged", report.acknowledged)
      .add_number("loaded", report.found)
      .add_number("lost", report.lost())
      .add_number("extra", report.extra)
      .add_number("doubled", report.doubled)
      .add_number("damage", report.damage)
      .add_number("elapsed_ms", report.elapsed_ms)
      .text();
}

// Part 2.

std::string power_row(const std::string& name, const std::vector<std::string>& cells) {
  constexpr std::size_t kCellWidth = 13;
  std::string row = padded_right(name, kNameWidth);
  for (const std::string& cell : cells) row += padded_left(cell, kCellWidth);
  return row;
}

void say_power_row(const PowerReport& report, Output& output) {
  const std::string row =
      power_row(report.name, {std::to_string(report.cuts), std::to_string(report.acknowledged),
                              std::to_string(report.lost), std::to_string(report.empty)});
  output.say(verdict(report.lost, row, output));
}

void say_power(const PowerReports& reports, Output& output) {
  output.say(
      output.paint(Style::dim, power_row("", {"power cuts", "acknowledged", "lost", "emptied"})));
  say_power_row(reports.everturn, output);
  say_power_row(reports.rival, output);
  output.say("A cut can leave many disks: " + std::to_string(reports.everturn.outcomes) + " and " +
             std::to_string(reports.rival.outcomes) +
             " were read, and of each cut the\n"
             "worst counts. Emptied: cuts after which no record may be readable. Some file\n"
             "systems sync such a rename by themselves; no standard asks them to.");
}

std::string power_json(const PowerReport& report) {
  return JsonObject()
      .add("store", report.id)
      .add_number("power_cuts", report.cuts)
      .add_number("acknowledged", report.acknowledged)
      .add_number("lost", report.lost)
      .add_number("empty_or_unreadable", report.empty)
      .add_number("outcomes", report.outcomes)
      .add_number("outcomes_with_loss", report.bad_outcomes)
      .add_number("outcomes_empty_or_unreadable", report.empty_outcomes)
      .text();
}

// Part 3.

Style style_of(char letter) {
  switch (letter) {
    case 'W':
    case '#':
      return Style::green;
    case 'G':
      return Style::cyan;
    case 'B':
      return Style::yellow;
    case '0':
      return Style::blue;
    case ' ':
      return Style::plain;
    default:
      return Style::red;
  }
}

// Blocks where colours show, letters where they do not.
std::string painted_strip(const std::string& strip, const Output& output) {
  std::string text;
  for (const char letter : strip) {
    const std::string plain(1, letter);
    const std::string block = letter == ' ' ? " " : "\u2588";
    const bool has_color = output.paint(Style::bold, plain) != plain;
    text += has_color ? output.paint(style_of(letter), block) : plain;
  }
  return text;
}

void say_strip(const std::string& name, const std::string& strip, const std::string& count,
               Output& output) {
  output.say("  " + padded_right(name, kNameWidth) + painted_strip(strip, output) +
             (count.empty() ? "" : padded_left(count, 12)));
}

void say_legend(Output& output) {
  std::string legend;
  for (const auto& [letter, meaning] : std::initializer_list<std::pair<char, const char*>>{
           {'W', "whole"}, {'G', "glued"}, {'0', "NUL bytes"}, {'B', "bad byte"}, {'T', "torn"}}) {
    legend += "  " + painted_strip(std::string(1, letter), output) + " " + meaning;
  }
  output.say(legend);
}

void say_damage(const DamageReport& report, Output& output) {
  const std::string of_whole = " of " + std::to_string(report.whole);
  say_strip("the file", report.file_strip, "", output);
  say_strip("Everturn", report.loaded_strip, std::to_string(report.loaded) + of_whole, output);
  say_strip("skips bad lines", report.skipping_strip, std::to_string(report.skipping) + of_whole,
            output);
  say_strip("all or nothing", report.strict_strip, std::to_string(report.strict) + of_whole,
            output);
  say_legend(output);
  output.say("Listed: " + printable(report.listed.key) + ", " +
             counted(report.listed.records, "record") + ", " +
             counted(report.listed.damage_count, "damaged range") + ". Loaded, the damage told:");
  for (const Damage& one : report.damage) {
    output.say("  " + counted(one.length, "byte") + " at " + std::to_string(one.offset) + ": " +
               std::string(damage_reason_name(one.reason)));
  }
  if (report.invented > 0) {
    output.say(verdict(1, counted(report.invented, "record") + " that nobody wrote", output));
  }
}

std::string damage_report_json(const DamageReport& report) {
  std::vector<std::string> damage;
  for (const Damage& one : report.damage) damage.push_back(damage_json(one));
  return JsonObject()
      .add_number("written", report.written)
      .add_number("whole", report.whole)
      .add_number("loaded", report.loaded)
      .add_number("salvaged", report.salvaged)
      .add_number("invented", report.invented)
      .add_number("kept_by_skipping_bad_lines", report.skipping)
      .add_number("kept_by_all_or_nothing", report.strict)
      .add_number("listed_records", report.listed.records)
      .add_number("listed_damage", report.listed.damage_count)
      .add("strip", report.file_strip)
      .add_list("damage", damage)
      .text();
}

// Part 4.

void say_repair(const RepairDemoReport& report, Output& output) {
  // A comma a line: the sentence is longer than a line.
  std::string rest = report.summary;
  for (std::size_t comma = rest.find(", "); !rest.empty(); comma = rest.find(", ")) {
    output.say("  " + printable(rest.substr(0, comma)));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 2);
  }
  output.say(
      "Repaired: " + counted(report.records_repaired, "record") + ", each a line of its own; " +
      verdict(report.damage_repaired, counted(report.damage_repaired, "damaged range"), output));
  const bool equal = report.sha256_before == report.sha256_undone;
  output.say("SHA-256 before  " + report.sha256_before);
  output.say("        undone  " + verdict(equal ? 0 : 1, report.sha256_undone, output));
}

std::string repair_json(const RepairDemoReport& report) {
  return JsonObject()
      .add("summary", report.summary)
      .add_number("records_before", report.records_before)
      .add_number("records_repaired", report.records_repaired)
      .add_number("damage_repaired", report.damage_repaired)
      .add_number("strict_lines_repaired", report.strict_repaired)
      .add("sha256_before", report.sha256_before)
      .add("sha256_repaired", report.sha256_repaired)
      .add("sha256_undone", report.sha256_undone)
      .add_bool("undone_equal", report.sha256_before == report.sha256_undone)
      .text();
}

// All of it.

bool holds(const KillReport& report) { return report.lost() == 0 && report.doubled == 0; }
bool holds(const PowerReports& reports) { return reports.everturn.lost == 0; }
bool holds(const RepairDemoReport& report) {
  return report.damage_repaired == 0 && report.records_repaired == report.records_before &&
         report.sha256_before == report.sha256_undone &&
         report.sha256_before != report.sha256_repaired;
}
bool holds(const DamageReport& report) {
  return report.loaded == report.whole && report.invented == 0 &&
         report.listed.records == report.loaded + report.salvaged &&
         report.listed.damage_count == report.damage.size();
}

class Demo {
 public:
  Demo(Stage stage, Context& context) : stage_(std::move(stage)), context_(context) {}

  Result<int> run() {
    const auto start = std::chrono::steady_clock::now();
    CHECK_OK(run_kills());
    CHECK_OK(run_power());
    CHECK_OK(run_damage());
    CHECK_OK(run_repair());
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    object_.add_number("elapsed_ms", static_cast<std::uint64_t>(elapsed.count()))
        .add_bool("holds", holds_);
    if (context_.json()) context_.print(object_);
    return holds_ ? kExitOk : static_cast<int>(Code::damaged);
  }

 private:
  void begin(const std::string& heading, const std::string& sentence) {
    if (context_.json()) return;
    say_heading(heading, context_.output());
    context_.output().say(sentence);
    context_.output().flush();
  }

  Status run_kills() {
    object_.add_number("seed", stage_.seed);
    if (!context_.json()) {
      context_.output().say("everturn demo --seed " + std::to_string(stage_.seed));
    }
    begin("1. Kill the writers",
          "Four processes append to two sessions and report what was acknowledged. Twenty\n"
          "times, a random one is killed (SIGKILL) and started again.");
    const KillReport report = TRY(demo::kill_writers(stage_));
    end(report, "kills", kills_json(report), say_kills);
    return {};
  }

  Status run_power() {
    begin("2. Cut the power",
          "Everturn, and a store that rewrites its file each turn (temporary file, rename,\n"
          "no sync) as many agents do. The same turns on a simulated disk that may lose\n"
          "whatever was not synced.");
    const PowerReports reports = TRY(demo::cut_power(stage_));
    const std::vector<std::string> rows = {power_json(reports.everturn), power_json(reports.rival)};
    const std::string json =
        JsonObject().add_number("turns", reports.turns).add_list("stores", rows).text();
    end(reports, "power", json, say_power);
    return {};
  }

  Status run_damage() {
    begin("3. Damage a transcript",
          "A line end is taken out, one record becomes NUL bytes, one gets a bad byte, one\n"
          "is cut off. Then three readers: what does each keep of the records still whole?");
    const DamageReport report = TRY(demo::damage_transcript(stage_));
    end(report, "damage", damage_report_json(report), say_damage);
    return {};
  }

  Status run_repair() {
    begin("4. Repair it, and take it back",
          "everturn repair --apply, and everturn repair --undo with the receipt.");
    const RepairDemoReport report = TRY(demo::repair_and_undo(stage_));
    end(report, "repair", repair_json(report), say_repair);
    return {};
  }

  template <class Report>
  void end(const Report& report, std::string_view name, const std::string& json,
           void (*say)(const Report&, Output&)) {
    holds_ = holds_ && holds(report);
    object_.add_raw(name, json);
    if (!context_.json()) say(report, context_.output());
    context_.output().flush();
  }

  Stage stage_;
  Context& context_;
  JsonObject object_{"everturn.demo/1"};
  bool holds_ = true;
};

Result<int> count_losses(const DemoArguments& arguments, const std::string& folder,
                         Context& context) {
  constexpr std::uint64_t kSeeds = 1'000'000;
  const StopSignals signals;
  const std::uint64_t seed = arguments.seed.value_or(posix_fs().random() % kSeeds);
  return Demo({folder, seed, signals, context.output()}, context).run();
}

// Unasked only where somebody is there to look.
Status look_at_page(const DemoArguments& arguments, const std::string& folder, Context& context) {
  Output& output = context.output();
  const bool opens = output.is_terminal() && has_desktop();
  const bool is_wanted = arguments.page || (opens && !arguments.no_page && !context.json());
  return is_wanted ? demo::show_page(folder, output, opens) : Status();
}

void say_what_next(const DemoArguments& arguments, Output& output) {
  output.say("");
  if (!arguments.page) output.say("everturn demo --page shows it in a browser.");
  output.say("now yours: everturn doctor");
}

Result<int> run_demo(const DemoArguments& arguments, Context& context) {
  TemporaryFolder folder = TRY(TemporaryFolder::make());
  Result<int> result = count_losses(arguments, folder.path(), context);
  if (result.ok()) {
    const Status shown = look_at_page(arguments, folder.path(), context);
    if (!shown.ok()) result = shown;
  }
  if (result.ok() && !context.json()) say_what_next(arguments, context.output());
  if (arguments.keep) {
    folder.keep();
    context.output().note("kept: " + printable(folder.path()));
  } else if (const Status removed = folder.remove(); !removed.ok()) {
    context.output().note("note: " + removed.message());
  }
  return result;
}

}  // namespace

void add_demo(Command& root, Context& context) {
  auto arguments = std::make_shared<DemoArguments>();
  Command command = root.add_command(
      "demo", "See it lose nothing: killed writers, power cuts, damage, repair", kLookAfterGroup);
  command.option("--seed", "N", arguments->seed, "Repeat what can be repeated of an earlier run");
  command.flag("--keep", arguments->keep, "Leave the temporary folder there, to look at");
  command.flag("--page", arguments->page,
               "Then show the damaged transcript in a browser, and a session whose writer is "
               "killed; so it does on a desktop anyway");
  command.flag("--no-page", arguments->no_page, "Not on a desktop either");
  command.footer(
      "Takes about 10 seconds, needs nothing, and works in a temporary folder (under $TMPDIR or\n"
      "/tmp) that is removed at the end. Your own store is not touched. The numbers are counted,\n"
      "and decide the exit status: 5 if Everturn lost anything.");
  command.action([arguments, &context] { return run_demo(*arguments, context); });
}

}  // namespace everturn::cli
