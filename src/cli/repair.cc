// SPDX-License-Identifier: Apache-2.0
// everturn repair: shows what is to be done to a damaged session, does it, and takes it back.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kStepsShown = 50;

struct RepairArguments {
  std::vector<std::string> targets;
  bool apply = false;
  bool partial = false;
  bool in_place = false;
  bool force = false;
  std::optional<std::string> to;
  std::optional<std::string> undo;
  bool receipts = false;
};

// A session of the store, or else a file.
struct Target {
  std::string name;
  bool is_file = false;
};

Result<Target> find_target(const std::string& name, Context& context) {
  if (looks_like_path(name)) return Target{name, true};
  Store* store = TRY(context.store());
  const Result<Version> version = store->version(name);
  if (version.ok() && *version != Version::none()) return Target{name, false};
  if (::access(name.c_str(), F_OK) == 0) return Target{name, true};
  if (!version.ok()) return version.status();
  // A session of an agent is repaired as the file that it is.
  const FoundSession found = TRY(find_session(context, name));
  if (found.store != store) {
    for (const SessionInfo& session : TRY(found.store->list())) {
      if (session.key == found.key) return Target{session.file_name, true};
    }
  }
  return with_list_hint(
      context, {Code::not_found, printable(name) + ": there is no such session, and no such "
                                                   "file"});
}

std::string undo_command(const Target& target, const RepairReport& report, const Context& context) {
  const std::string& receipt = target.is_file ? report.receipt_path : report.receipt_id;
  return context.command_hint("repair --undo " + shell_word(receipt));
}

void print_json(const Target& target, const RepairReport& report, bool applied, Context& context) {
  JsonObject object = repair_object(target.is_file ? "path" : "key", target.name, report, applied);
  if (!report.receipt_id.empty()) {
    object.add("receipt", report.receipt_id)
        .add("receipt_path", report.receipt_path)
        .add("version", version_text(report.version))
        .add("undo", undo_command(target, report, context));
  }
  context.print(object);
}

void print_steps(const RepairReport& report, Output& output) {
  Table table({{"OFFSET", true}, {"BYTES", true}, {"ACTION"}, {"REASON"}, {"WHAT IT IS"}});
  const std::size_t shown =
      output.is_terminal() ? std::min(report.steps.size(), kStepsShown) : report.steps.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const RepairStep& step = report.steps[i];
    table.add({std::to_string(step.offset), std::to_string(step.length),
               std::string(repair_action_name(step.action)), step.reason, printable(step.detail)});
  }
  if (shown > 0) table.print(output);
  if (report.step_count > shown) {
    output.note(counted(report.step_count - shown, "step") + " more");
  }
}

// The command line that does what was planned.
std::string apply_command(const RepairArguments& arguments, const Target& target,
                          const Context& context) {
  std::string command = "repair --apply ";
  if (arguments.partial) command += "--partial ";
  if (arguments.in_place) command += "--in-place ";
  return context.command_hint(command + shell_word(target.name));
}

// Is it what a crash leaves, or was something damaged that had been durable?
void print_standing(const RepairReport& report, Context& context) {
  Output& output = context.output();
  if (report.alarm_count > 0) {
    output.note(output.paint_error(Style::red, "alarm: ") +
                counted(report.alarm_count, "damaged range") + " below byte " +
                std::to_string(report.watermark) +
                ", where everything was durable once and is not what was sealed");
  } else if (report.watermark > 0 && report.step_count > 0) {
    output.note("no damage of what was durable (everything before byte " +
                std::to_string(report.watermark) + "): as crashes leave it");
  }
}

void print_plan(const RepairArguments& arguments, const Target& target, const RepairReport& report,
                Context& context) {
  Output& output = context.output();
  output.write(output.paint(Style::bold, printable(target.name)) + ": " + report.summary + "\n");
  print_steps(report, output);
  output.flush();
  print_standing(report, context);
  if (!report.has_work()) return;
  output.note("nothing is changed yet; " + apply_command(arguments, target, context) + " does it");
}

void print_done(const RepairArguments& arguments, const Target& target, const RepairReport& report,
                Context& context) {
  Output& output = context.output();
  output.say(printable(target.name) + ": " + report.summary);
  if (arguments.to) output.say("written to " + printable(*arguments.to));
  if (report.receipt_id.empty()) return;
  print_standing(report, context);
  output.say("set aside in " + printable(report.receipt_path));
  output.say("undo: " + undo_command(target, report, context));
}

Result<int> repair_one(const RepairArguments& arguments, const std::string& name,
                       Context& context) {
  const Target target = TRY(find_target(name, context));
  RepairOptions how;
  how.partial = arguments.partial;
  how.in_place = arguments.in_place;
  how.force = arguments.force;
  how.to = arguments.to.value_or("");
  const bool apply = arguments.apply || arguments.to;
  Result<RepairReport> report = [&]() -> Result<RepairReport> {
    Progress progress(context.output());
    progress.show((apply ? "repairing " : "reading ") + printable(name));
    const StoreOptions& options = context.store_options();
    if (target.is_file) {
      return apply ? repair_file(target.name, how, options)
                   : plan_file_repair(target.name, how, options);
    }
    Store* store = TRY(context.store());
    return apply ? store->repair(name, how) : store->plan_repair(name, how);
  }();
  if (!report.ok()) return report.status();
  if (context.json()) {
    print_json(target, *report, apply, context);
  } else if (apply) {
    print_done(arguments, target, *report, context);
  } else {
    print_plan(arguments, target, *report, context);
  }
  return !apply && report->has_work() ? static_cast<int>(Code::damaged) : kExitOk;
}

Result<int> run_undo(const RepairArguments& arguments, Context& context) {
  const std::string& receipt = *arguments.undo;
  const std::string to = arguments.to.value_or("");
  if (receipt.find('/') != std::string::npos) {
    CHECK_OK(undo_file_repair(receipt, to, context.store_options()));
  } else {
    Store* store = TRY(context.store());
    CHECK_OK(store->undo_repair(receipt, to).within("undo the repair " + printable(receipt)));
  }
  if (context.json()) {
    context.print(JsonObject("everturn.undo/1").add("receipt", receipt).add("to", to));
  } else {
    context.output().say(to.empty() ? "the session is as it was before that repair, with what was "
                                      "added since behind it"
                                    : "what it was before that repair is in " + printable(to));
  }
  return kExitOk;
}

Result<int> run_receipts(Context& context) {
  Store* store = TRY(context.store());
  const std::vector<RepairReceipt> receipts = TRY(store->receipts());
  Table table({{"RECEIPT"}, {"REPAIRED"}, {"BYTES", true}, {"SESSION"}, {"WHAT WAS DONE"}});
  for (const RepairReceipt& receipt : receipts) {
    if (context.json()) {
      context.print(receipt_object(receipt));
      continue;
    }
    table.add({receipt.id, iso_utc_time(receipt.repaired_ns),
               size_cell(receipt.bytes, context.output()), printable(receipt.key),
               printable(receipt.summary)});
  }
  if (!context.json() && !receipts.empty()) table.print(context.output());
  return receipts.empty() ? kExitNothing : kExitOk;
}

Result<int> run_repair(const RepairArguments& arguments, Context& context) {
  const int asked =
      (arguments.undo ? 1 : 0) + (arguments.receipts ? 1 : 0) + (arguments.targets.empty() ? 0 : 1);
  if (asked != 1) {
    return Status(Code::invalid,
                  "repair takes sessions or files, or --undo RECEIPT, or --receipts");
  }
  if (arguments.to && arguments.targets.size() > 1) {
    return Status(Code::invalid, "--to is the new file of one session: name only that one");
  }
  const StopSignals signals;
  if (arguments.undo) return run_undo(arguments, context);
  if (arguments.receipts) return run_receipts(context);
  int exit_status = kExitOk;
  for (const std::string& name : arguments.targets) {
    if (StopSignals::received() != 0) break;
    const Result<int> done = repair_one(arguments, name, context);
    if (!done.ok()) context.report(done.status());
    const int status = done.ok() ? *done : static_cast<int>(done.status().code());
    if (exit_status == kExitOk || !done.ok()) exit_status = status;
  }
  return exit_status;
}

}  // namespace

void add_repair(Command& root, Context& context) {
  auto arguments = std::make_shared<RepairArguments>();
  Command command = root.add_command("repair", "Make a damaged session or file whole lines again",
                                     kLookAfterGroup);
  command.any_arguments("SESSION|FILE", arguments->targets,
                        "Keys of sessions, or paths of JSONL files, whoever wrote them");
  command.flag("--apply", arguments->apply, "Do it; without it the plan is shown");
  command.flag("--partial", arguments->partial,
               "Keep records that were cut off: closed, and marked \"everturn_partial\":true");
  command.flag("--in-place", arguments->in_place,
               "Overwrite damage with spaces, so that offsets stay, also while a program has the "
               "file open");
  command.flag("--force", arguments->force,
               "Although a program has the file open for writing; what it writes later is lost");
  command.option("--to", "FILE", arguments->to,
                 "Write the result to this new file and leave the session alone");
  command.option("--undo", "RECEIPT", arguments->undo,
                 "Put back what that repair took out, byte for byte");
  command.flag("--receipts", arguments->receipts, "List the repairs of this store");
  command.footer(
      "Every record that is whole is kept, in order and byte for byte. What is taken out lies in\n"
      "quarantine before anything changes. Exit status of a plan: 5 if there is something to do.\n"
      "  everturn repair telegram:12345            what would be done\n"
      "  everturn repair --apply telegram:12345    does it, and prints how to undo it\n"
      "  everturn repair ~/.claude/projects/x/y.jsonl --to mended.jsonl");
  command.action([arguments, &context] { return run_repair(*arguments, context); });
}

}  // namespace everturn::cli
