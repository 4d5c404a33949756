// SPDX-License-Identifier: Apache-2.0
// everturn history: what of a session can be sent to a model.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "cli/transcript_reading.h"
#include "everturn/views.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

struct HistoryArguments {
  std::string key;
  std::optional<std::string> format;
  std::optional<std::string> dialect;
  std::optional<std::string> unfinished;
  std::optional<std::string> boundary;
  std::optional<std::uint64_t> max_messages;
  std::optional<std::uint64_t> max_tokens;
  bool write_closers = false;
};

Result<HistoryOptions> history_options(const HistoryArguments& arguments) {
  constexpr std::array kFormats = {HistoryFormat::openai, HistoryFormat::responses,
                                   HistoryFormat::anthropic, HistoryFormat::native};
  constexpr std::array kUnfinished = {Unfinished::close, Unfinished::drop, Unfinished::keep};
  HistoryOptions options;
  options.format = kFormats.at(TRY(choose("--format", arguments.format.value_or("openai"),
                                          {"openai", "responses", "anthropic", "native"})));
  options.unfinished = kUnfinished.at(TRY(
      choose("--unfinished", arguments.unfinished.value_or("close"), {"close", "drop", "keep"})));
  options.strict_boundary =
      TRY(choose("--boundary", arguments.boundary.value_or("own"), {"own", "strict"})) == 1;
  options.max_messages = static_cast<std::size_t>(arguments.max_messages.value_or(0));
  options.max_tokens = static_cast<std::size_t>(arguments.max_tokens.value_or(0));
  return options;
}

std::string message_json(const HistoryMessage& message) {
  return JsonObject("everturn.message/1")
      .add_bool("stand_in", message.stand_in)
      .add_raw("message", message.json)
      .line();
}

void print_summary(const History& history, const TranscriptReport& report,
                   std::uint64_t written_closers, Context& context) {
  context.print(JsonObject("everturn.history/1")
                    .add("dialect", report.dialect)
                    .add_number("messages", history.messages.size())
                    .add_number("tokens", history.tokens)
                    .add_number("left_out", history.left_out)
                    .add_number("stand_ins", history.stand_ins)
                    .add_number("written_stand_ins", written_closers)
                    .add_number("dropped_calls", history.dropped_calls)
                    .add_number("orphan_results", history.orphan_results)
                    .add_number("repeats", history.repeats)
                    .add_number("drifted", report.drifted)
                    .add("system", history.system));
}

void tell(const History& history, const TranscriptReport& report, Context& context) {
  Output& output = context.output();
  if (history.stand_ins > 0) {
    output.note("note: " + counted(history.stand_ins, "message") +
                " put in where the session has none; --json marks them");
  }
  if (!history.system.empty()) {
    output.note("note: this format has no system message; --json gives its text");
  }
  if (report.drifted > 0) {
    output.note("note: " + counted(report.drifted, "record") + " not as " +
                std::string(report.dialect) + " writes them; --dialect chooses another reading");
  }
}

// Appends the stand-ins of the last response as they are; how many. Whoever wrote in between is not
// overruled: the version is that of the reading.
Result<std::uint64_t> write_closers(const Reading& reading, Transcript& transcript,
                                    Context& context) {
  const Closers closers = TRY(transcript.closers(posix_fs().now_ns()));
  if (closers.above > 0) {
    context.output().note("note: " + counted(closers.above, "open call") +
                          " above the last response: its result cannot be appended");
  }
  if (closers.records.empty()) return std::uint64_t{0};
  const std::vector<std::string_view> records(closers.records.begin(), closers.records.end());
  WriteOptions how;
  how.create = Create::never;
  how.expected = reading.version;
  TRY(reading.session.store->append(reading.session.key, records, how));
  for (const std::string_view record : records) transcript.add(record);
  context.output().note("note: " + counted(records.size(), "stand-in") + " written to " +
                        printable(reading.session.key));
  return static_cast<std::uint64_t>(records.size());
}

Result<int> run_history(const HistoryArguments& arguments, Context& context) {
  const HistoryOptions options = TRY(history_options(arguments));
  // With them: a stand-in must not take the place of a result that is only long.
  Reading reading = TRY(read_transcript(context, arguments.key, arguments.dialect, true));
  Transcript& transcript = reading.transcript;
  std::uint64_t written_closers = 0;
  if (arguments.write_closers) {
    written_closers = TRY(write_closers(reading, transcript, context));
  }
  const History history = TRY(transcript.history(options));
  Output& output = context.output();
  for (const HistoryMessage& message : history.messages) {
    const bool written = context.json() ? output.write(message_json(message))
                                        : output.write(message.json) && output.write("\n");
    if (!written) return kExitOk;  // main tells why
  }
  const TranscriptReport report = transcript.report();
  if (context.json()) {
    print_summary(history, report, written_closers, context);
  } else {
    tell(history, report, context);
  }
  return kExitOk;
}

}  // namespace

void add_history(Command& root, Context& context) {
  auto arguments = std::make_shared<HistoryArguments>();
  Command command =
      root.add_command("history", "Print what of a session can be sent to a model", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("--format", "FORMAT", arguments->format,
                 "openai (default), responses, anthropic, native");
  command.option("--max-messages", "N", arguments->max_messages, "At most so many messages");
  command.option("--max-tokens", "N", arguments->max_tokens, "At most so many tokens, estimated");
  command.option("--unfinished", "HOW", arguments->unfinished,
                 "Tool calls without a result: close (default), drop, keep");
  command.option("--boundary", "RULE", arguments->boundary,
                 "nanobot's sessions: own (default), strict: only what is not consolidated");
  command.flag("--write-closers", arguments->write_closers,
               "First append the stand-ins of the last response to the session");
  command.option("--dialect", "NAME", arguments->dialect,
                 "nanobot, claude, codex, pi, gemini, openai, generic; default: by content");
  command.footer(
      "One message a line, oldest first. It starts at a user turn where there is one; each tool\n"
      "call has its result, in order. A call without one gets a stand-in that says so. The last\n"
      "message is always there, however long.\n"
      "\n"
      "--write-closers makes the stand-ins of the last response records of the session, in its "
      "own\n"
      "agent's format, if nobody wrote meanwhile; in another agent's folder only with\n"
      "--write-foreign. Calls above it stay open: a result must follow its call.\n"
      "\n"
      "Examples:\n"
      "  everturn history telegram:12345 --format anthropic --max-tokens 100000\n"
      "  everturn history telegram:12345 --format native --unfinished keep   # as nanobot replays\n"
      "\n"
      "With --json: one object a message, and a last one with the counts.");
  command.action([arguments, &context] { return run_history(*arguments, context); });
}

}  // namespace everturn::cli
