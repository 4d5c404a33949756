// SPDX-License-Identifier: Apache-2.0
// everturn pack, unpack: compressing sessions that are rarely written, and back.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/choose_sessions.h"
#include "cli/commands.h"
#include "cli/each_session.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct PackArguments {
  std::vector<std::string> keys;
  SessionChoice choice;
  bool salvage = false;
  bool all = false;
};

struct Totals {
  std::uint64_t changed = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

void print(std::string_view schema, const std::string& key, const Packed& packed,
           Context& context) {
  if (context.json()) {
    context.print(JsonObject(schema)
                      .add("key", key)
                      .add_bool("changed", packed.changed)
                      .add_number("bytes_before", packed.bytes_before)
                      .add_number("bytes_after", packed.bytes_after)
                      .add("version", packed.version.to_string())
                      .add("note", packed.note));
    return;
  }
  const std::string note = packed.note.empty() ? "" : "; " + packed.note;
  context.output().say(printable(key) + ": " + size_text(packed.bytes_before) +
                       (packed.changed ? " -> " + size_text(packed.bytes_after) : ", unchanged") +
                       note);
}

void print_totals(const Totals& totals, std::string_view done, Context& context) {
  if (context.json()) return;
  context.output().say(counted(totals.changed, "session") + " " + std::string(done) + ": " +
                       size_text(totals.before) + " -> " + size_text(totals.after));
}

using Act = Result<Packed> (*)(Store&, const std::string& key, const PackArguments& arguments);

Result<int> run(const PackArguments& arguments, const std::vector<std::string>& keys,
                std::string_view verb, Act act, Context& context) {
  Store* store = TRY(context.store());
  const StopSignals signals;
  Totals totals;
  const std::string doing = std::string(verb) + "ing";
  const int exit_status = for_each_session(keys, doing, context, [&](const std::string& key) {
    const Result<Packed> packed = act(*store, key, arguments);
    if (!packed) return with_list_hint(context, packed.status());
    totals.changed += packed->changed ? 1 : 0;
    totals.before += packed->bytes_before;
    totals.after += packed->bytes_after;
    print("everturn." + std::string(verb) + "/1", key, *packed, context);
    return Status();
  });
  if (keys.size() != 1) print_totals(totals, std::string(verb) + "ed", context);
  return exit_status;
}

Result<int> run_pack(const PackArguments& arguments, Context& context) {
  std::vector<std::string> keys = arguments.keys;
  if (keys.empty() == !arguments.choice.older_than) {
    return Status(Code::invalid, "pack takes sessions, or --older-than AGE such as 30d");
  }
  if (keys.empty()) {
    Store* store = TRY(context.store());
    for (SessionInfo& session : TRY(choose_sessions(*store, arguments.choice))) {
      const bool is_packed = session.file_name.ends_with(".zst");
      if (!is_packed && session.bytes > 0) keys.push_back(std::move(session.key));
    }
  }
  return run(
      arguments, keys, "pack",
      [](Store& store, const std::string& key, const PackArguments&) { return store.pack(key); },
      context);
}

Result<int> run_unpack(const PackArguments& arguments, Context& context) {
  std::vector<std::string> keys = arguments.keys;
  if (keys.empty() != arguments.all) {
    return Status(Code::invalid, "unpack takes sessions, or --all");
  }
  if (arguments.all) {
    Store* store = TRY(context.store());
    for (SessionInfo& session : TRY(store->list())) {
      if (session.file_name.ends_with(".zst")) keys.push_back(std::move(session.key));
    }
  }
  return run(
      arguments, keys, "unpack",
      [](Store& store, const std::string& key, const PackArguments& how) {
        return store.unpack(key, how.salvage);
      },
      context);
}

}  // namespace

void add_pack(Command& root, Context& context) {
  auto arguments = std::make_shared<PackArguments>();
  Command command = root.add_command("pack", "Compress old sessions", kLookAfterGroup);
  command.any_arguments("SESSION", arguments->keys, "The sessions' keys");
  arguments->choice.declare(command);
  command.footer(
      "A packed session (NAME.jsonl.zst, zstd) is listed and read as before, and unpacked by the\n"
      "first write to it. Its content is read back from the disk before the plain file goes. Not\n"
      "in folders that other programs use too, which would not see it.\n"
      "\n"
      "Examples:\n"
      "  everturn pack --older-than 30d\n"
      "  everturn pack telegram:12345");
  command.action([arguments, &context] { return run_pack(*arguments, context); });
}

void add_unpack(Command& root, Context& context) {
  auto arguments = std::make_shared<PackArguments>();
  Command command = root.add_command("unpack", "Back to plain files", kLookAfterGroup);
  command.any_arguments("SESSION", arguments->keys, "The sessions' keys");
  command.flag("--all", arguments->all, "All packed sessions");
  command.flag("--salvage", arguments->salvage,
               "Also a damaged one: NUL bytes stand for what is lost, the packed file goes to the "
               "trash");
  command.action([arguments, &context] { return run_unpack(*arguments, context); });
}

}  // namespace everturn::cli
