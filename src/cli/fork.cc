// SPDX-License-Identifier: Apache-2.0
// everturn fork, everturn rename.
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

struct ForkArguments {
  std::string key;
  std::string new_key;
  std::optional<std::string> at;
};

void print_new(std::string_view schema, std::string_view sentence, const ForkArguments& arguments,
               const Version& version, Context& context) {
  if (context.json()) {
    context.print(JsonObject(schema)
                      .add("key", arguments.key)
                      .add("new_key", arguments.new_key)
                      .add("version", version_text(version)));
  } else {
    context.output().say(printable(arguments.key) + std::string(sentence) +
                         printable(arguments.new_key) + ", version " + version_text(version));
  }
}

Result<int> run_fork(const ForkArguments& arguments, Context& context) {
  std::optional<Position> position;
  if (arguments.at) {
    const Result<Position> parsed = Position::parse(*arguments.at);
    if (!parsed.ok()) return parsed.status().within("--at");
    position = *parsed;
  }
  const StopSignals signals;
  Store* store = TRY(context.store());
  const Result<Version> version = store->fork(arguments.key, arguments.new_key, position);
  if (!version.ok()) return with_list_hint(context, version.status());
  print_new("everturn.fork/1", " was forked to ", arguments, *version, context);
  return kExitOk;
}

Result<int> run_rename(const ForkArguments& arguments, Context& context) {
  const StopSignals signals;
  Store* store = TRY(context.store());
  const Result<Version> version = store->rename(arguments.key, arguments.new_key);
  if (!version.ok()) return with_list_hint(context, version.status());
  print_new("everturn.rename/1", " is now ", arguments, *version, context);
  return kExitOk;
}

}  // namespace

void add_fork(Command& root, Context& context) {
  auto arguments = std::make_shared<ForkArguments>();
  Command command = root.add_command("fork", "Copy a session under a new key", kWriteGroup);
  command.argument("SESSION", arguments->key, "The session's key");
  command.argument("NEW", arguments->new_key, "The new session's key");
  command.option("--at", "POSITION", arguments->at, "Only what stands before this position");
  command.action([arguments, &context] { return run_fork(*arguments, context); });
}

void add_rename(Command& root, Context& context) {
  auto arguments = std::make_shared<ForkArguments>();
  Command command = root.add_command("rename", "Give a session a new key", kWriteGroup);
  command.argument("SESSION", arguments->key, "The session's key");
  command.argument("NEW", arguments->new_key, "Its new key");
  command.action([arguments, &context] { return run_rename(*arguments, context); });
}

}  // namespace everturn::cli
