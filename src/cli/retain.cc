// SPDX-License-Identifier: Apache-2.0
// everturn retain: keeps the newest messages of a session that nanobot or a store of ours wrote.
#include <memory>
#include <optional>
#include <string>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/transcript_reading.h"
#include "views/retain.h"

namespace everturn::cli {
namespace {

struct RetainArguments {
  std::string key;
  std::optional<std::uint64_t> keep;
  std::optional<std::string> archive;
  bool at_most = false;
  bool discard = false;
};

Status check(const RetainArguments& arguments) {
  if (!arguments.keep || *arguments.keep == 0) {
    return {Code::invalid, "retain needs --keep N, the number of messages to keep"};
  }
  if (arguments.archive && arguments.discard) {
    return {Code::invalid, "--archive keeps what goes, --discard does not: give one of them"};
  }
  return {};
}

void print(const RetainArguments& arguments, const Retention& plan, bool applied,
           Context& context) {
  const std::uint64_t lost = plan.dropped - plan.dropped_consolidated;
  if (context.json()) {
    context.print(JsonObject("everturn.retain/1")
                      .add("key", arguments.key)
                      .add_bool("applied", applied)
                      .add_number("kept", plan.kept.size())
                      .add_number("dropped", plan.dropped)
                      .add_number("dropped_consolidated", plan.dropped_consolidated)
                      .add("archive", arguments.archive.value_or("")));
    return;
  }
  Output& output = context.output();
  const std::string verb = applied ? "" : "would be ";
  output.write(counted(plan.kept.size(), "message") + " " + verb + "kept, " +
               std::to_string(plan.dropped) + " " + verb + "dropped, of them " +
               std::to_string(plan.dropped_consolidated) + " consolidated and " +
               std::to_string(lost) + " not\n");
  if (applied && arguments.archive) output.say("what went is in " + printable(*arguments.archive));
  if (!applied && plan.dropped > 0) {
    output.note("note: nothing was changed; --archive FILE does it and keeps what goes");
  }
}

Result<int> run_retain(const RetainArguments& arguments, Context& context) {
  CHECK_OK(check(arguments));
  const StopSignals signals;
  Reading reading = TRY(read_transcript(context, arguments.key, std::nullopt, false));
  const Retention plan = TRY(
      reading.transcript.retention(static_cast<std::size_t>(*arguments.keep), !arguments.at_most));
  const bool applies = (arguments.archive || arguments.discard) && plan.dropped > 0;
  if (applies) {
    CHECK_OK(retain(posix_fs(), *reading.session.store, reading.session.key, plan, reading.version,
                    arguments.archive.value_or("")));
  }
  print(arguments, plan, applies, context);
  return kExitOk;
}

}  // namespace

void add_retain(Command& root, Context& context) {
  auto arguments = std::make_shared<RetainArguments>();
  Command command =
      root.add_command("retain", "Keep only a session's newest messages", kLookAfterGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("--keep", "N", arguments->keep, "How many messages");
  command.option("--archive", "FILE", arguments->archive,
                 "Do it; what goes is in this new file before the session changes");
  command.flag("--discard", arguments->discard, "Do it, and keep nothing of what goes");
  command.flag("--at-most", arguments->at_most,
               "Never more than N, though the newest may have to go then");
  command.footer(
      "What is kept begins at a user's turn, or the delivery before it, and has no result without\n"
      "its call: more than N messages where the last turn is longer. Without --archive or\n"
      "--discard it only tells what would go, and how much of that was consolidated. Records that\n"
      "are no messages stay. For sessions in nanobot's format, by nanobot's own rule.\n"
      "\n"
      "Example:\n"
      "  everturn retain telegram:12345 --keep 500 --archive old.jsonl");
  command.action([arguments, &context] { return run_retain(*arguments, context); });
}

}  // namespace everturn::cli
