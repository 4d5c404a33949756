// SPDX-License-Identifier: Apache-2.0
// everturn load: the records' exact bytes. everturn version: the session's version.
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

struct LoadArguments {
  std::string key;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> limit;
  std::optional<std::string> from;
  bool backwards = false;
  bool all = false;
  bool file = false;
  bool strict = false;
};

Result<ReadOptions> read_options(const LoadArguments& arguments) {
  ReadOptions options;
  options.last = arguments.last;
  options.limit = arguments.limit.value_or(UINT64_MAX);
  options.backwards = arguments.backwards;
  options.with_metadata = arguments.all;
  if (arguments.from) {
    const Result<Position> from = Position::parse(*arguments.from);
    if (!from.ok()) return from.status().within("--from");
    options.from = *from;
  }
  return options;
}

void print_summary(const ReadReport& report, Context& context) {
  JsonObject object("everturn.load/1");
  object.add("version", version_text(report.version))
      .add("begin", report.begin.to_string())
      .add("end", report.end.to_string());
  add_counts(object, report);
  add_findings(object, report);
  context.print(object);
}

Result<int> load_file(const LoadArguments& arguments, Context& context) {
  const bool narrowed = arguments.last || arguments.limit || arguments.from ||
                        arguments.backwards || arguments.all || arguments.strict;
  if (narrowed || context.json()) {
    return Status(Code::invalid, "--file gives the whole file as it is: no other option with it");
  }
  const FoundSession session = TRY(find_session(context, arguments.key));
  CHECK_OK(
      with_list_hint(context, session.store->read_raw(session.key, [&](std::string_view bytes) {
        return context.output().write(bytes);
      })));
  return kExitOk;
}

Result<int> run_load(const LoadArguments& arguments, Context& context) {
  if (arguments.file) return load_file(arguments, context);
  const ReadOptions options = TRY(read_options(arguments));
  const FoundSession session = TRY(find_session(context, arguments.key));
  const ReadReport report = TRY(read_session(context, session, options, [&](const Record& record) {
    return write_record(context, record);
  }));
  if (!context.output().flush()) return kExitOk;  // main tells why
  if (context.json()) {
    print_summary(report, context);
  } else {
    report_damage(context, report);
  }
  if (arguments.strict && report.damage_count > 0) return static_cast<int>(Code::damaged);
  return kExitOk;
}

Result<int> run_version(const std::string& key, Context& context) {
  const FoundSession session = TRY(find_session(context, key));
  const Version version = TRY(session.store->version(session.key));
  if (context.json()) {
    context.print(JsonObject("everturn.version/1")
                      .add("key", session.key)
                      .add("version", version_text(version)));
  } else {
    context.output().write(version_text(version) + "\n");
  }
  return kExitOk;
}

}  // namespace

void add_load(Command& root, Context& context) {
  auto arguments = std::make_shared<LoadArguments>();
  Command command = root.add_command("load", "Print the records, byte for byte", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("-n,--last", "N", arguments->last, "Only the last N records");
  command.option("--from", "POSITION", arguments->from, "Only what stands behind this position");
  command.option("--limit", "N", arguments->limit, "Stop after N records");
  command.flag("--backwards", arguments->backwards, "Newest first");
  command.flag("--all", arguments->all, "Also the store's own metadata records");
  command.flag("--file", arguments->file, "The whole file as it is, damage and all");
  command.flag("--strict", arguments->strict, "Exit with 5 if there is damage");
  command.footer(
      "Examples:\n"
      "  everturn load telegram:12345 | jq -r .content\n"
      "  everturn load telegram:12345 --last 50\n"
      "  everturn load telegram:12345 --file > copy.jsonl\n"
      "\n"
      "Damage does not stop it: each record that is whole is printed, the damage is told on\n"
      "standard error. Of a record with bytes that JSON does not allow in text, U+FFFD stands in\n"
      "their place; --file has the original. With --json: one object a record, and a last one\n"
      "with version, damage and notes.");
  command.action([arguments, &context] { return run_load(*arguments, context); });
}

void add_version(Command& root, Context& context) {
  auto key = std::make_shared<std::string>();
  Command command = root.add_command(
      "version", "Print a session's version, for --expect (none: no such session)", kReadGroup);
  command.argument("SESSION", *key, kSessionHelp);
  command.action([key, &context] { return run_version(*key, context); });
}

}  // namespace everturn::cli
