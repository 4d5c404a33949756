// SPDX-License-Identifier: Apache-2.0
// everturn verify: compares sessions with their seals, and with heads that were kept elsewhere.
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/each_session.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kFindingsShown = 20;

struct VerifyArguments {
  std::vector<std::string> names;
  bool all = false;
  std::optional<std::string> head;
};

// "12 lines, 3.4 KiB, all of it".
std::string sealed_text(const SealReport& report) {
  std::string text = report.is_alarm() ? "what fits its seals: " : "";
  text += counted(report.sealed_lines, "line") + ", " + size_text(report.sealed_bytes);
  text += report.unsealed_bytes == 0 && report.sealed_bytes == report.bytes
              ? ", all of it"
              : " of " + size_text(report.bytes);
  if (report.is_copy) text += " (the file is a copy of the one that was sealed)";
  return text;
}

void print_unsealed(const SealReport& report, Output& output) {
  for (const SealRange& range : report.unsealed) {
    output.write("  unsealed: bytes " + std::to_string(range.begin) + " to " +
                 std::to_string(range.end) + "\n");
  }
  if (report.crash_tail_bytes > 0) {
    output.write("  crash tail: " + counted(report.crash_tail_bytes, "byte") +
                 " above the last seal were cut off in writing; nothing that was sealed is lost\n");
  }
}

void print_head(const SealReport& report, Output& output) {
  if (report.head_verdict == HeadVerdict::fits) {
    output.write("  head: fits, the session begins with exactly what it was taken of\n");
  }
  if (report.head_verdict != HeadVerdict::differs) return;
  output.write("  " + output.paint(Style::red, "head: differs") +
               ", what it was taken of is no longer there\n");
  for (const SealLink& link : report.links) {
    output.write("  by its seals, a chain began " + iso_utc_time(link.at_ns) + ": " +
                 printable(link.why) + "\n");
  }
}

void print(const std::string& name, const SealReport& report, Context& context) {
  Output& output = context.output();
  if (output.is_quiet() && !report.is_alarm()) return;
  const std::string status(seal_status_name(report));
  const std::string shown = output.paint(report.is_alarm()  ? Style::red
                                         : report.has_seals ? Style::green
                                                            : Style::dim,
                                         status);
  output.write(output.paint(Style::bold, printable(name)) + ": " + shown +
               (report.has_seals ? ": " + sealed_text(report) : std::string()) + "\n");
  if (!report.has_seals && !report.links.empty()) {
    output.write("  another file stands in the place of the one that was sealed\n");
  }
  for (std::size_t i = 0; i < report.findings.size() && i < kFindingsShown; ++i) {
    const SealFinding& finding = report.findings[i];
    output.write("  " + std::string(seal_fault_name(finding.fault)) + " at byte " +
                 std::to_string(finding.offset) + ": " + finding.detail + "\n");
  }
  if (report.finding_count > kFindingsShown) {
    output.write("  " + counted(report.finding_count - kFindingsShown, "place") + " more\n");
  }
  if (report.has_seals) print_unsealed(report, output);
  print_head(report, output);
}

Result<SealReport> verify_one(const VerifyArguments& arguments, const FoundSession& session,
                              Context& context) {
  Progress progress(context.output());
  VerifyOptions how;
  how.head = arguments.head.value_or("");
  how.progress = [&](std::uint64_t bytes) {
    progress.show("verifying " + printable(session.key) + ": " + size_text(bytes));
    return StopSignals::received() == 0;
  };
  return session.store->verify(session.key, how);
}

Result<std::vector<FoundSession>> sessions_to_verify(const VerifyArguments& arguments,
                                                     Context& context) {
  std::vector<FoundSession> sessions;
  for (const std::string& name : arguments.names) {
    sessions.push_back(TRY(find_session(context, name)));
  }
  if (!arguments.all) return sessions;
  Store* store = TRY(context.store());
  for (const SessionInfo& session : TRY(store->list())) sessions.push_back({store, session.key});
  return sessions;
}

Result<int> run_verify(const VerifyArguments& arguments, Context& context) {
  if (arguments.all == !arguments.names.empty()) {
    return Status(Code::invalid, "verify takes sessions, or else --all");
  }
  if (arguments.head && arguments.names.size() != 1) {
    return Status(Code::invalid, "--head is of one session: name only that one");
  }
  const StopSignals signals;
  int exit_status = kExitOk;
  for (const FoundSession& session : TRY(sessions_to_verify(arguments, context))) {
    if (StopSignals::received() != 0) break;
    const Result<SealReport> report = verify_one(arguments, session, context);
    if (!report.ok()) {
      context.report(with_list_hint(context, report.status()));
      if (exit_status == kExitOk) exit_status = static_cast<int>(report.status().code());
      continue;
    }
    if (context.json()) {
      context.print(verify_object(session.key, *report));
    } else {
      print(session.key, *report, context);
    }
    // An alarm counts for more than a session that could not be read.
    if (report->is_alarm()) exit_status = static_cast<int>(Code::damaged);
  }
  return exit_status;
}

}  // namespace

void add_verify(Command& root, Context& context) {
  auto arguments = std::make_shared<VerifyArguments>();
  Command command =
      root.add_command("verify", "Prove that sessions are what was written", kLookAfterGroup);
  command.any_arguments("SESSION", arguments->names, kSessionHelp);
  command.flag("--all", arguments->all, "Every session of the store");
  command.option("--head", "HEAD", arguments->head,
                 "Compare with what `everturn seal head` printed once, kept elsewhere");
  command.footer(
      "Compares each session with its seals, hashes of its lines that are written behind each\n"
      "sync, and names the first line that was altered, removed, inserted, reordered or cut off.\n"
      "What no seal covers is `unsealed`, and a crash tail above the last seal is normal: neither\n"
      "is an alarm. Who can write to the store can forge its seals too; a head that is kept\n"
      "elsewhere finds that out.\n"
      "Exit status: 0 if nothing speaks against a session, 5 if something does.");
  command.action([arguments, &context] { return run_verify(*arguments, context); });
}

}  // namespace everturn::cli
