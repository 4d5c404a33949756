// SPDX-License-Identifier: Apache-2.0
// everturn save: JSONL from standard input replaces all records.
#include <memory>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/input.h"
#include "cli/signals.h"

namespace everturn::cli {
namespace {

struct SaveArguments {
  std::string key;
  WriteArguments write;
  bool force = false;
  bool merge = false;
};

Status check(const SaveArguments& arguments) {
  if (arguments.force == arguments.write.expect.has_value()) {
    return {Code::invalid,
            "save needs --expect VERSION, the version that was loaded (or none, for a new "
            "session), or else --force"};
  }
  if (arguments.force && arguments.merge) {
    return {Code::invalid, "--merge needs to know what was loaded: --expect instead of --force"};
  }
  return {};
}

Status failed(const SaveArguments& arguments, const Status& status) {
  return {status.code(),
          "save " + printable(arguments.key) + ": " + status.message() + "; nothing was written",
          status.system_error()};
}

void print_reply(const std::string& key, const Appended& reply, Context& context) {
  if (context.json()) {
    context.print(JsonObject("everturn.save/1")
                      .add("key", key)
                      .add_number("records", reply.records)
                      .add("end", reply.end.to_string())
                      .add("version", version_text(reply.version)));
    return;
  }
  context.output().say(counted(reply.records, "record") + " saved to " + printable(key) +
                       ", durable, version " + version_text(reply.version));
}

Result<int> run_save(const SaveArguments& arguments, Context& context) {
  CHECK_OK(check(arguments));
  WriteOptions how = TRY(arguments.write.read());
  Store* store = TRY(context.store());
  CHECK_OK(refuse_agents_session(context, *store, arguments.key));
  const StopSignals signals;
  note_terminal_input(context.output());
  const Result<InputRecords> records =
      read_records(signals, context.store_options().max_record_bytes, false);
  if (!records.ok()) return failed(arguments, records.status());
  if (records->stopped) {
    context.output().note("note: ended by a signal; nothing was written");
    return kExitOk;  // main turns it into the signal's status
  }
  if (records->lines.empty() && !arguments.force) {
    // More often a broken pipe in front than a wish.
    return failed(arguments, {Code::invalid, "no record on standard input; --force empties it"});
  }
  if (arguments.force) how.expected = TRY(store->version(arguments.key));
  const Appended reply =
      TRY(arguments.merge ? store->save_merging(arguments.key, records->views(), how)
                          : store->save(arguments.key, records->views(), how));
  print_reply(arguments.key, reply, context);
  return kExitOk;
}

}  // namespace

void add_save(Command& root, Context& context) {
  auto arguments = std::make_shared<SaveArguments>();
  Command command = root.add_command(
      "save", "Replace all records (JSONL from standard input), atomically", kWriteGroup);
  command.argument("SESSION", arguments->key, "The session's key");
  arguments->write.declare_expect(command);
  command.flag("--force", arguments->force, "Whatever its version is");
  command.flag("--merge", arguments->merge,
               "If others only appended since, put the new records behind theirs");
  command.footer(
      "Examples:\n"
      "  everturn save telegram:12345 --expect $(everturn version telegram:12345) < new.jsonl\n"
      "  everturn save telegram:12345 --expect none < first.jsonl");
  command.action([arguments, &context] { return run_save(*arguments, context); });
}

}  // namespace everturn::cli
