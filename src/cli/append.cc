// SPDX-License-Identifier: Apache-2.0
// everturn append: JSONL from standard input, as one batch or line by line.
#include <memory>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/input.h"
#include "cli/signals.h"
#include "views/nanobot_limits.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  echo '{\"role\":\"user\",\"content\":\"hi\"}' | everturn append telegram:12345\n"
    "  my-agent | everturn append --each telegram:12345    # \"ok POSITION\" once a line is "
    "durable\n"
    "  everturn append telegram:12345 --once turn-17 < turn.jsonl    # safe to repeat\n"
    "\n"
    "Blank lines are skipped. One line that is not a record, and nothing is written (exit 2);\n"
    "with --each the lines before it stay written. A signal ends it after the operation in "
    "progress.";

struct AppendArguments {
  std::string key;
  WriteArguments write;
  std::optional<std::string> for_program;
  bool each = false;
  bool padded = false;

  [[nodiscard]] bool for_nanobot() const { return for_program == "nanobot"; }
};

std::string durability_text(Level reached) {
  return reached == Level::power ? "durable"
                                 : "not yet durable (" + std::string(level_name(reached)) + ")";
}

void print_reply(const std::string& key, const Appended& reply, Context& context) {
  if (context.json()) {
    context.print(appended_object(key, reply));
    return;
  }
  const std::string found = reply.already_there == 0
                                ? ""
                                : " (" + std::to_string(reply.already_there) + " already there)";
  context.output().say(counted(reply.records, "record") + " appended to " + printable(key) + found +
                       ", " + durability_text(reply.reached) + ", version " +
                       version_text(reply.version));
}

void note_blank_lines(std::uint64_t count, Context& context) {
  if (count > 0) context.output().note("note: " + counted(count, "blank line") + " skipped");
}

Result<std::unique_ptr<Writer>> open_writer(const AppendArguments& arguments,
                                            const WriteOptions& how, Store& store) {
  WriterOptions options;
  options.create = how.create;
  options.tail = arguments.padded ? Tail::padded : Tail::plain;
  return store.open_writer(arguments.key, options);
}

// Nothing on standard input: an empty reply, but a version that is not the expected one is told.
Result<Appended> append_nothing(const AppendArguments& arguments, const WriteOptions& how,
                                Store& store) {
  Appended reply;
  reply.version = TRY(store.version(arguments.key));
  if (how.expected && !(*how.expected == reply.version)) {
    return Status(Code::conflict, "append to " + printable(arguments.key) + ": its version is " +
                                      version_text(reply.version));
  }
  return reply;
}

Result<Appended> append_batch(const AppendArguments& arguments, const WriteOptions& how,
                              const InputRecords& records, Store& store) {
  if (records.lines.empty()) return append_nothing(arguments, how, store);
  if (!arguments.padded) return store.append(arguments.key, records.views(), how);
  const std::unique_ptr<Writer> writer = TRY(open_writer(arguments, how, store));
  const Appended reply = TRY(writer->append(records.views(), how));
  CHECK_OK(writer->close());
  return reply;
}

Result<int> run_batch(const AppendArguments& arguments, const WriteOptions& how,
                      const StopSignals& signals, Context& context) {
  Store* store = TRY(context.store());
  CHECK_OK(refuse_agents_session(context, *store, arguments.key));
  const Result<InputRecords> records =
      read_records(signals, context.store_options().max_record_bytes, arguments.for_nanobot());
  if (!records.ok()) {
    return Status(records.status().code(), "append to " + printable(arguments.key) + ": " +
                                               records.status().message() +
                                               "; nothing was written");
  }
  if (records->stopped) {
    context.output().note("note: ended by a signal; nothing was written");
    return kExitOk;  // main turns it into the signal's status
  }
  note_blank_lines(records->blank_lines, context);
  Appended reply = TRY(append_batch(arguments, how, *records, *store));
  if (how.durability.level == Level::interval) {
    // The process ends here, and with it the background that would do it.
    CHECK_OK(store->flush());
    reply.reached = Level::power;
  }
  print_reply(arguments.key, reply, context);
  return kExitOk;
}

// append --each: one Writer, one acknowledgement a line.
class LineByLine {
 public:
  LineByLine(const AppendArguments& arguments, WriteOptions how, Context& context)
      : arguments_(arguments), how_(std::move(how)), context_(context) {}

  Status run(const StopSignals& signals) {
    Store* store = TRY(context_.store());
    CHECK_OK(refuse_agents_session(context_, *store, arguments_.key));
    writer_ = TRY(open_writer(arguments_, how_, *store));
    LineReader reader(signals, context_.store_options().max_record_bytes);
    const Status status = append_lines(reader).within("append to " + printable(arguments_.key));
    const Status closed = writer_->close();  // also after a failure: what was acknowledged stays
    note_blank_lines(reader.blank_lines(), context_);
    return status.ok() ? closed : status;
  }

 private:
  Status append_lines(LineReader& reader) {
    std::string_view line;
    while (true) {
      const LineReader::Outcome outcome = TRY(reader.next(&line));
      if (outcome != LineReader::Outcome::line) return {};
      CHECK_OK(append_line(line, reader.line_number()));
    }
  }

  Status append_line(std::string_view line, std::uint64_t number) {
    const std::string place = "line " + std::to_string(number);
    CHECK_OK(check_line(line, number, checker_));
    if (arguments_.for_nanobot()) CHECK_OK(check_nanobot_can_read(line).within(place));
    const Result<Appended> reply = writer_->append(std::span(&line, 1), how_);
    if (!reply.ok()) return reply.status().within(place);
    if (how_.expected) how_.expected = reply->version;  // nobody else between any two lines
    how_.create = Create::if_missing;                   // said once, for the session as a whole
    return acknowledge(*reply, number);
  }

  Status acknowledge(const Appended& reply, std::uint64_t number) {
    Output& output = context_.output();
    if (context_.json()) {
      context_.print(appended_object(arguments_.key, reply).add_number("line", number));
    } else {
      output.write("ok " + reply.last.to_string() + "\n");
    }
    if (output.flush() || !output.reader_left()) return output.status();
    return {Code::io, "nobody reads the acknowledgements any more; stopped behind line " +
                          std::to_string(number)};
  }

  const AppendArguments& arguments_;
  WriteOptions how_;
  Context& context_;
  std::unique_ptr<Writer> writer_;
  JsonChecker checker_;
};

Result<int> run_append(const AppendArguments& arguments, Context& context) {
  const WriteOptions how = TRY(arguments.write.read());
  if (arguments.for_program && !arguments.for_nanobot()) {
    return Status(Code::invalid, "--for knows nanobot, not \"" + *arguments.for_program + "\"");
  }
  if (arguments.each && !how.once.operation.empty()) {
    return Status(Code::invalid, "--each is many operations: use --once-member with it");
  }
  const StopSignals signals;
  note_terminal_input(context.output());
  if (!arguments.each) return run_batch(arguments, how, signals, context);
  CHECK_OK(LineByLine(arguments, how, context).run(signals));
  return kExitOk;
}

}  // namespace

void add_append(Command& root, Context& context) {
  auto arguments = std::make_shared<AppendArguments>();
  Command command =
      root.add_command("append", "Add records (JSONL from standard input)", kWriteGroup);
  command.argument("SESSION", arguments->key, "The session's key");
  command.flag("--each", arguments->each, "Line by line, each acknowledged once it is durable");
  arguments->write.declare_level(command);
  arguments->write.declare_expect(command);
  arguments->write.declare_once(command);
  arguments->write.declare_create(command);
  command.flag("--padded", arguments->padded,
               "Write ahead into padding: cheaper for many small lines, on ext4 and xfs");
  command.option("--for", "PROGRAM", arguments->for_program,
                 "Refuse records that PROGRAM cannot read; knows nanobot");
  command.footer(kFooter);
  command.action([arguments, &context] { return run_append(*arguments, context); });
}

}  // namespace everturn::cli
