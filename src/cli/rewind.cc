// SPDX-License-Identifier: Apache-2.0
// everturn rewind: take off the last records, into the trash.
#include <memory>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "cli/signals.h"

namespace everturn::cli {
namespace {

struct RewindArguments {
  std::string key;
  std::optional<std::string> position;
  std::optional<std::uint64_t> pop;
  WriteArguments write;
};

Result<Rewound> take_off(const RewindArguments& arguments, Context& context) {
  const WriteOptions how = TRY(arguments.write.read());
  Store* store = TRY(context.store());
  if (arguments.pop) return store->pop(arguments.key, *arguments.pop, how);
  const Position position = TRY(Position::parse(*arguments.position));
  return store->rewind(arguments.key, position, how);
}

Result<int> run_rewind(const RewindArguments& arguments, Context& context) {
  if (arguments.position.has_value() == arguments.pop.has_value()) {
    return Status(Code::invalid, "rewind takes a POSITION, or else --pop N");
  }
  const StopSignals signals;
  const Result<Rewound> rewound = take_off(arguments, context);
  if (!rewound.ok()) return with_list_hint(context, rewound.status());
  if (context.json()) {
    context.print(JsonObject("everturn.rewind/1")
                      .add("key", arguments.key)
                      .add_number("removed_records", rewound->removed_records)
                      .add("trash_id", rewound->trash_id)
                      .add("version", version_text(rewound->version)));
    return kExitOk;
  }
  std::string text = counted(rewound->removed_records, "record") + " taken off " +
                     printable(arguments.key) + ", version " + version_text(rewound->version);
  if (!rewound->trash_id.empty()) {
    text += "; bring them back: " + context.command_hint("undelete " + rewound->trash_id);
  }
  context.output().say(text);
  return kExitOk;
}

}  // namespace

void add_rewind(Command& root, Context& context) {
  auto arguments = std::make_shared<RewindArguments>();
  Command command =
      root.add_command("rewind", "Take off the last records, into the trash", kTakeBackGroup);
  command.argument("SESSION", arguments->key, "The session's key");
  command.argument("POSITION", arguments->position, "What stands behind it goes");
  command.option("--pop", "N", arguments->pop, "The last N records go");
  arguments->write.declare_expect(command);
  command.footer(
      "Positions are printed by append, and by load --json.\n"
      "\n"
      "Examples:\n"
      "  everturn rewind telegram:12345 --pop 2\n"
      "  everturn undelete telegram:12345    # and back");
  command.action([arguments, &context] { return run_rewind(*arguments, context); });
}

}  // namespace everturn::cli
