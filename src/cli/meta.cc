// SPDX-License-Identifier: Apache-2.0
// everturn meta get, everturn meta set: a session's metadata.
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/reading.h"
#include "views/json_text.h"

namespace everturn::cli {
namespace {

struct GetArguments {
  std::string key;
  std::optional<std::string> name;
};

struct SetArguments {
  std::string key;
  std::vector<std::string> assignments;
  std::vector<std::string> removals;
  std::optional<std::string> merge;
  std::optional<std::string> last_consolidated;
  WriteArguments write;
};

void print_metadata(const std::string& key, const Metadata& metadata, Context& context) {
  if (context.json()) {
    context.print(JsonObject("everturn.metadata/1")
                      .add("key", key)
                      .add("created_at", metadata.created_at)
                      .add("updated_at", metadata.updated_at)
                      .add_signed("last_consolidated", metadata.last_consolidated)
                      .add("version", version_text(metadata.version))
                      .add_raw("values", compact_json(metadata.values)));
    return;
  }
  Output& output = context.output();
  const auto line = [&output](std::string_view name, std::string_view value) {
    output.write(output.paint(Style::bold, printable(name)) + ": " + printable(value) + "\n");
  };
  line("key", key);
  line("created_at", metadata.created_at);
  line("updated_at", metadata.updated_at);
  line("last_consolidated", std::to_string(metadata.last_consolidated));
  line("version", version_text(metadata.version));
  line("values", compact_json(metadata.values));
}

// One value: text as text, anything else as JSON.
void print_value(std::string_view name, std::string_view raw_value, Context& context) {
  Output& output = context.output();
  if (context.json()) {
    context.print(JsonObject("everturn.metadata_value/1")
                      .add("name", name)
                      .add_raw("value", compact_json(raw_value)));
    return;
  }
  const std::string value = decode_json_string(raw_value).value_or(compact_json(raw_value));
  output.write((output.is_terminal() ? printable_lines(value) : value) + "\n");
}

Result<int> run_get(const GetArguments& arguments, Context& context) {
  const FoundSession session = TRY(find_session(context, arguments.key));
  const Result<Metadata> metadata = session.store->metadata(session.key);
  if (!metadata.ok()) return with_list_hint(context, metadata.status());
  if (!arguments.name) {
    print_metadata(arguments.key, *metadata, context);
    return kExitOk;
  }
  const std::optional<std::string_view> value = find_member(metadata->values, *arguments.name);
  if (!value) {
    context.output().note("no " + printable(*arguments.name) + " in the metadata of " +
                          printable(arguments.key));
    return kExitNothing;
  }
  print_value(*arguments.name, *value, context);
  return kExitOk;
}

// What the assignments and removals come to, as one JSON object.
Result<std::string> merge_of(const SetArguments& arguments) {
  JsonObject merge;
  for (const std::string& assignment : arguments.assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Status(Code::invalid, "meta set takes NAME=VALUE, not \"" + assignment + "\"");
    }
    const std::string value = assignment.substr(equals + 1);
    if (!is_utf8(assignment)) return Status(Code::invalid, "the metadata must be UTF-8");
    const std::string name = assignment.substr(0, equals);
    merge.add_raw(name, as_json_value(value).value_or(quote_json(value)));
  }
  for (const std::string& name : arguments.removals) merge.add_raw(name, "null");
  return merge.text();
}

Result<MetadataChange> change_of(const SetArguments& arguments) {
  MetadataChange change;
  const bool by_name = !arguments.assignments.empty() || !arguments.removals.empty();
  if (by_name && arguments.merge) {
    return Status(Code::invalid, "--merge goes without NAME=VALUE and --unset");
  }
  if (!by_name && !arguments.merge && !arguments.last_consolidated) {
    return Status(Code::invalid,
                  "meta set needs NAME=VALUE, --unset NAME, --merge JSON or --last-consolidated N");
  }
  if (by_name) change.merge = TRY(merge_of(arguments));
  if (arguments.merge) {
    JsonFault fault;
    if (!is_json_object_by_grammar(*arguments.merge, &fault)) {
      return Status(Code::invalid, "--merge needs one JSON object: " + std::string(fault.reason) +
                                       " at byte " + std::to_string(fault.offset));
    }
    change.merge = compact_json(*arguments.merge);
  }
  if (arguments.last_consolidated) {
    change.last_consolidated = decode_json_integer(*arguments.last_consolidated);
    if (!change.last_consolidated) {
      return Status(Code::invalid, "--last-consolidated needs a whole number");
    }
  }
  return change;
}

Result<int> run_set(const SetArguments& arguments, Context& context) {
  const WriteOptions how = TRY(arguments.write.read());
  const MetadataChange change = TRY(change_of(arguments));
  Store* store = TRY(context.store());
  const Result<Metadata> metadata = store->update_metadata(arguments.key, change, how);
  if (!metadata.ok()) return with_list_hint(context, metadata.status());
  if (context.json()) {
    print_metadata(arguments.key, *metadata, context);
  } else {
    context.output().say("metadata of " + printable(arguments.key) + " changed, durable, version " +
                         version_text(metadata->version));
  }
  return kExitOk;
}

void add_get(Command& meta, Context& context) {
  auto arguments = std::make_shared<GetArguments>();
  Command command = meta.add_command("get", "Print the metadata, or one value of it", "Commands");
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.argument("NAME", arguments->name, "Only this value; exit 1 if there is none");
  command.action([arguments, &context] { return run_get(*arguments, context); });
}

void add_set(Command& meta, Context& context) {
  auto arguments = std::make_shared<SetArguments>();
  Command command = meta.add_command("set", "Change the metadata", "Commands");
  command.argument("SESSION", arguments->key, "The session's key");
  command.any_arguments("NAME=VALUE", arguments->assignments,
                        "VALUE is taken as JSON if it is JSON, else as text");
  command.option("--unset", "NAME", arguments->removals, "Remove a value");
  command.option("--merge", "JSON", arguments->merge,
                 "An object: its members replace those of the same name, null removes");
  command.option("--last-consolidated", "N", arguments->last_consolidated,
                 "How many records the agent has archived");
  arguments->write.declare_level(command);
  arguments->write.declare_expect(command);
  command.footer(
      "Examples:\n"
      "  everturn meta set telegram:12345 title=\"Holiday plans\" pinned=true\n"
      "  everturn meta set telegram:12345 --unset pinned\n"
      "  everturn meta set telegram:12345 --merge '{\"tags\":[\"a\",\"b\"]}'");
  command.action([arguments, &context] { return run_set(*arguments, context); });
}

}  // namespace

void add_meta(Command& root, Context& context) {
  Command meta = root.add_command("meta", "Read or change a session's metadata", kWriteGroup);
  add_get(meta, context);
  add_set(meta, context);
}

}  // namespace everturn::cli
