// SPDX-License-Identifier: Apache-2.0
// everturn redact: takes secrets, or what a pattern matches, out of sessions for good.
#include "everturn/redact.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/user.h"
#include "views/redact_finders.h"

namespace everturn::cli {
namespace {

struct RedactArguments {
  std::vector<std::string> keys;
  std::optional<std::string> match;
  bool secrets = false;
  bool all = false;
  bool everywhere = false;
  bool force = false;
  bool apply = false;
};

Result<RedactFinder> make_finder(const RedactArguments& arguments) {
  if (!arguments.match && !arguments.secrets) {
    return Status(Code::invalid, "redact needs --match REGEX or --secrets");
  }
  if (!arguments.match) return secret_finder();
  Result<RedactFinder> pattern = pattern_finder(*arguments.match);
  if (!pattern) return pattern.status().within("--match");
  if (!arguments.secrets) return pattern;
  return either_finder(secret_finder(), *std::move(pattern));
}

// "2 anthropic_key, 1 match": never what was found.
std::string counts_text(const RedactCounts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
  }
  return text;
}

std::string counts_json(const RedactCounts& counts) {
  JsonObject object;
  for (const auto& [kind, count] : counts) object.add_number(kind, count);
  return object.text();
}

void print(const RedactReport& report, bool applied, Context& context) {
  Output& output = context.output();
  for (const RedactPlace& place : report.places) {
    if (context.json()) {
      context.print(JsonObject("everturn.redact/1")
                        .add("where", place.where)
                        .add_bool("session", place.is_session)
                        .add_raw("counts", counts_json(place.counts)));
    } else {
      output.write(printable(place.where) + ": " + counts_text(place.counts) + "\n");
    }
  }
  if (context.json()) {
    context.print(JsonObject("everturn.redact_done/1")
                      .add_bool("applied", applied)
                      .add_number("places", report.places.size())
                      .add_raw("counts", counts_json(report.counts))
                      .add_number("files_removed", report.files_removed));
    return;
  }
  if (report.places.empty()) return output.say("nothing matches");
  if (!applied) {
    output.note("note: nothing was changed; --apply does it, for good");
    return;
  }
  output.say("taken out: " + counts_text(report.counts));
  if (report.files_removed > 0) {
    output.say(counted(report.files_removed, "file") +
               " of quarantine, cache and leftovers removed");
  }
}

Result<int> run_redact(const RedactArguments& arguments, Context& context) {
  if (arguments.keys.empty() != arguments.all) {
    return Status(Code::invalid, "redact takes sessions, or --all");
  }
  RedactOptions how;
  how.find = TRY(make_finder(arguments));
  how.apply = arguments.apply;
  how.everywhere = arguments.everywhere;
  how.force = arguments.force;
  how.who = who();
  Store* store = TRY(context.store());
  const StopSignals signals;
  const Result<RedactReport> report = redact(*store, arguments.keys, how);
  if (arguments.apply) CHECK_OK(forget_in_agents(*store, context));
  if (!report) return with_list_hint(context, report.status().within("redact"));
  print(*report, arguments.apply, context);
  for (const std::string& problem : report->problems) {
    context.report(Status(Code::unavailable, "left as it is: " + problem));
  }
  if (!report->problems.empty()) return static_cast<int>(Code::unavailable);
  if (arguments.apply && !report->places.empty() && !arguments.everywhere) {
    context.output().note(
        "note: trash, quarantine and leftovers may still hold the text; --everywhere purges them "
        "too");
  }
  return report->places.empty() ? kExitNothing : kExitOk;
}

}  // namespace

void add_redact(Command& root, Context& context) {
  auto arguments = std::make_shared<RedactArguments>();
  Command command =
      root.add_command("redact", "Take secrets out of sessions, for good", kLookAfterGroup);
  command.any_arguments("SESSION", arguments->keys, "The sessions' keys");
  command.flag("--all", arguments->all, "Every session of the store");
  command.flag("--secrets", arguments->secrets, "Keys and tokens of the kinds that doctor counts");
  command.option("--match", "REGEX", arguments->match, "What this matches (RE2's syntax)");
  command.flag("--everywhere", arguments->everywhere, "Also trash, quarantine and leftovers");
  command.flag("--force", arguments->force,
               "Go on although another program has the file open, in a folder of its own");
  command.flag("--apply", arguments->apply, "Do it; else it only counts");
  command.footer(
      "Each place becomes [redacted:KIND]; all other bytes stay. Text is matched as it reads, in\n"
      "whatever form JSON escapes it, in member names and in JSON inside of strings too; one that\n"
      "is split over two strings is not found. What matched is never shown, and no copy is kept:\n"
      "this cannot be undone. Catalog and search index are made anew. With --everywhere, repairs "
      "of these sessions can no longer be "
      "undone\n"
      "either. Backups, and the blocks that the old files had on the disk, are not touched.\n"
      "Exit status 1: nothing matches.\n"
      "\n"
      "Examples:\n"
      "  everturn redact telegram:12345 --secrets\n"
      "  everturn redact --all --match 'hunter[0-9]+' --everywhere --apply");
  command.action([arguments, &context] { return run_redact(*arguments, context); });
}

}  // namespace everturn::cli
