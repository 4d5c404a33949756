// SPDX-License-Identifier: Apache-2.0
// everturn rm, undelete, purge, trash: deleting, and thinking better of it.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/each_session.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "cli/user.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

// Newest first.
Result<std::vector<TrashEntry>> sorted_trash(Store& store) {
  std::vector<TrashEntry> entries = TRY(store.trash());
  std::stable_sort(entries.begin(), entries.end(), [](const TrashEntry& a, const TrashEntry& b) {
    return a.removed_ns > b.removed_ns;
  });
  return entries;
}

// The entries that `name` means: the one with this id, else all of the session of this key.
Result<std::vector<TrashEntry>> find_entries(const std::string& name, Context& context) {
  Store* store = TRY(context.store());
  const std::vector<TrashEntry> entries = TRY(sorted_trash(*store));
  std::vector<TrashEntry> found;
  for (const TrashEntry& entry : entries) {
    if (entry.id == name) return std::vector<TrashEntry>{entry};
    if (entry.key == name) found.push_back(entry);
  }
  if (!found.empty()) return found;
  return Status(Code::not_found, "nothing in the trash has this id or key: " + printable(name) +
                                     "; `" + context.command_hint("trash") +
                                     "` shows what there is");
}

struct RemoveArguments {
  std::vector<std::string> keys;
  WriteArguments write;
};

Status remove_one(const std::string& key, const WriteOptions& how, Store& store, Context& context) {
  const Result<TrashEntry> entry = store.remove(key, how);
  if (!entry.ok()) return with_list_hint(context, entry.status());
  if (context.json()) {
    context.print(trash_object("everturn.rm/1", *entry));
  } else {
    context.output().say(printable(key) + " is in the trash as " + printable(entry->id) +
                         "; bring it back: " + context.command_hint("undelete " + entry->id));
  }
  return {};
}

Result<int> run_remove(const RemoveArguments& arguments, Context& context) {
  const WriteOptions how = TRY(arguments.write.read());
  if (how.expected && arguments.keys.size() > 1) {
    return Status(Code::invalid, "--expect is the version of one session: name only that one");
  }
  Store* store = TRY(context.store());
  const StopSignals signals;
  return for_each_session(arguments.keys, "deleting", context, [&](const std::string& key) {
    return remove_one(key, how, *store, context);
  });
}

Result<int> run_undelete(const std::string& name, Context& context) {
  const StopSignals signals;
  Store* store = TRY(context.store());
  const std::vector<TrashEntry> entries = TRY(find_entries(name, context));
  const TrashEntry& newest = entries.front();
  CHECK_OK(store->undelete(newest.id).within("undelete " + printable(name)));
  if (context.json()) {
    context.print(trash_object("everturn.undelete/1", newest));
  } else if (newest.kind == TrashKind::session) {
    context.output().say(printable(newest.key) + " is back");
  } else {
    context.output().say("brought back " + counted(newest.records, "record") + " of " +
                         printable(newest.key));
  }
  return kExitOk;
}

struct PurgeArguments {
  std::optional<std::string> name;
  bool all = false;
  bool yes = false;
};

// Asks on a terminal. `invalid` where nobody can be asked.
Result<bool> confirm(const std::string& question, Context& context) {
  if (isatty(0) != 1 || isatty(2) != 1) {
    return Status(Code::invalid, "nothing was purged: there is nobody to ask, so say --yes");
  }
  context.output().error(question + " [y/N]");
  std::string answer;
  char letter = 0;
  while (read(0, &letter, 1) == 1 && letter != '\n') answer += letter;
  return answer == "y" || answer == "Y" || answer == "yes";
}

Result<int> purge_entries(const std::vector<TrashEntry>& entries, Context& context) {
  const StopSignals signals;
  Store* store = TRY(context.store());
  std::uint64_t bytes = 0;
  for (const TrashEntry& entry : entries) {
    if (StopSignals::received() != 0) return kExitOk;
    CHECK_OK(store->purge(entry.id, who()).within("purge " + printable(entry.id)));
    bytes += entry.bytes;
    if (context.json()) context.print(trash_object("everturn.purge/1", entry));
  }
  CHECK_OK(forget_in_agents(*store, context));
  if (!context.json()) {
    context.output().say(std::to_string(entries.size()) +
                         (entries.size() == 1 ? " entry" : " entries") + " purged, " +
                         size_text(bytes));
  }
  return kExitOk;
}

Result<int> run_purge(const PurgeArguments& arguments, Context& context) {
  if (arguments.all == arguments.name.has_value()) {
    return Status(Code::invalid, "purge takes the id of a trash entry, a session's key, or --all");
  }
  Store* store = TRY(context.store());
  const std::vector<TrashEntry> entries =
      TRY(arguments.all ? sorted_trash(*store) : find_entries(*arguments.name, context));
  if (!arguments.yes && !entries.empty()) {
    std::string question = "Delete for good: " + std::to_string(entries.size()) +
                           (entries.size() == 1 ? " entry" : " entries") + " of the trash";
    if (entries.size() == 1) question += ", " + printable(entries.front().key);
    if (!TRY(confirm(question + "?", context))) {
      context.output().note("nothing was purged");
      return kExitNothing;
    }
  }
  return purge_entries(entries, context);
}

Result<int> run_trash(Context& context) {
  Store* store = TRY(context.store());
  const std::vector<TrashEntry> entries = TRY(sorted_trash(*store));
  Output& output = context.output();
  if (context.json()) {
    for (const TrashEntry& entry : entries) {
      context.print(trash_object("everturn.trash_entry/1", entry));
    }
    return kExitOk;
  }
  Table table({{"ID"}, {"SESSION"}, {"KIND"}, {"SIZE", true}, {"RECORDS", true}, {"REMOVED"}});
  for (const TrashEntry& entry : entries) {
    table.add({printable(entry.id), printable(entry.key), std::string(trash_kind_name(entry.kind)),
               size_cell(entry.bytes, output),
               entry.kind == TrashKind::records ? std::to_string(entry.records) : "-",
               iso_utc_time(entry.removed_ns)});
  }
  table.print(output);
  if (entries.empty() && output.is_terminal()) output.say("the trash is empty");
  return kExitOk;
}

}  // namespace

void add_remove(Command& root, Context& context) {
  auto arguments = std::make_shared<RemoveArguments>();
  Command command = root.add_command("rm", "Delete sessions, into the trash", kTakeBackGroup);
  command.arguments("SESSION", arguments->keys, "The sessions' keys");
  arguments->write.declare_expect(command);
  command.action([arguments, &context] { return run_remove(*arguments, context); });
}

void add_undelete(Command& root, Context& context) {
  auto name = std::make_shared<std::string>();
  Command command =
      root.add_command("undelete", "Bring back what rm or rewind took", kTakeBackGroup);
  command.argument("ID", *name, "Of a trash entry; or a session's key: its newest entry");
  command.action([name, &context] { return run_undelete(*name, context); });
}

void add_purge(Command& root, Context& context) {
  auto arguments = std::make_shared<PurgeArguments>();
  Command command = root.add_command("purge", "Delete from the trash, for good", kTakeBackGroup);
  command.argument("ID", arguments->name,
                   "Of a trash entry; or a session's key: all entries of it");
  command.flag("--all", arguments->all, "Everything in the trash");
  command.flag("-y,--yes", arguments->yes, "Do not ask");
  command.footer(
      "Catalog and search index, which tell of sessions too, are made anew. Not touched: what\n"
      "repairs set aside, backups, and the blocks that the files had on the disk.");
  command.action([arguments, &context] { return run_purge(*arguments, context); });
}

void add_trash(Command& root, Context& context) {
  Command command = root.add_command("trash", "List what can be brought back", kTakeBackGroup);
  command.footer(
      "Into a pipe: id, key, kind, bytes, records and time, separated by tabs. Kind session: a\n"
      "whole session (rm); records: what rewind took off.");
  command.action([&context] { return run_trash(context); });
}

}  // namespace everturn::cli
