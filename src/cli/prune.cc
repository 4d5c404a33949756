// SPDX-License-Identifier: Apache-2.0
// everturn prune: old sessions into the trash.
#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json_object.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/choose_sessions.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct PruneArguments {
  SessionChoice choice;
  bool apply = false;
};

struct Victim {
  SessionInfo session;
  Version version;
};

// A session that was written since it was chosen is none: its version and then its time are looked
// at once more, and the removal expects that version.
Result<std::vector<Victim>> choose_victims(Store& store, const PruneArguments& arguments) {
  std::vector<Victim> victims;
  for (SessionInfo& session : TRY(choose_sessions(store, arguments.choice))) {
    Victim victim;
    if (arguments.apply) {
      const Result<Version> version = store.version(session.key);
      if (!version || *version == Version::none()) continue;
      victim.version = *version;
    }
    victim.session = std::move(session);
    victims.push_back(std::move(victim));
  }
  if (!arguments.apply) return victims;
  std::unordered_map<std::string, std::int64_t> now;
  for (const SessionInfo& session : TRY(choose_sessions(store, arguments.choice))) {
    now.emplace(session.key, session.modified_ns);
  }
  std::erase_if(victims, [&now](const Victim& victim) {
    const auto found = now.find(victim.session.key);
    return found == now.end() || found->second != victim.session.modified_ns;
  });
  return victims;
}

void print(const Victim& victim, const std::string& trash_id, bool applied, Context& context) {
  const SessionInfo& session = victim.session;
  if (context.json()) {
    context.print(JsonObject("everturn.prune/1")
                      .add("key", session.key)
                      .add_number("bytes", session.bytes)
                      .add("modified", iso_utc_time(session.modified_ns))
                      .add_bool("applied", applied)
                      .add("trash_id", trash_id));
    return;
  }
  context.output().write(iso_utc_time(session.modified_ns) + "  " + size_text(session.bytes) +
                         "  " + printable(session.key) + "\n");
}

struct Totals {
  std::uint64_t sessions = 0;
  std::uint64_t bytes = 0;
};

void print_totals(const Totals& totals, bool applied, Context& context) {
  if (context.json()) {
    context.print(JsonObject("everturn.prune_done/1")
                      .add_bool("applied", applied)
                      .add_number("sessions", totals.sessions)
                      .add_number("bytes", totals.bytes));
    return;
  }
  Output& output = context.output();
  const std::string what = counted(totals.sessions, "session") + ", " + size_text(totals.bytes);
  output.write(what + (applied ? ": in the trash" : ": would go to the trash") + "\n");
  if (!applied && totals.sessions > 0) output.note("note: nothing was changed; --apply does it");
  if (applied && totals.sessions > 0) {
    output.note("note: `" + context.command_hint("undelete KEY") + "` brings one back, `" +
                context.command_hint("purge --all") + "` makes room");
  }
}

Result<int> run_prune(const PruneArguments& arguments, Context& context) {
  if (!arguments.choice.older_than && !arguments.choice.keep) {
    return Status(Code::invalid, "prune needs --older-than AGE, such as 90d, or --keep N");
  }
  Store* store = TRY(context.store());
  if (TRY(store->info()).read_only) {
    return Status(Code::invalid, "this store is only for reading; nothing can be pruned there");
  }
  const StopSignals signals;
  const std::vector<Victim> victims = TRY(choose_victims(*store, arguments));
  Totals totals;
  int exit_status = kExitOk;
  for (const Victim& victim : victims) {
    if (StopSignals::received() != 0) break;
    std::string trash_id;
    if (arguments.apply) {
      WriteOptions how;
      how.expected = victim.version;
      const Result<TrashEntry> entry = store->remove(victim.session.key, how);
      if (!entry) {
        context.report(entry.status());
        if (exit_status == kExitOk) exit_status = static_cast<int>(entry.status().code());
        continue;
      }
      trash_id = entry->id;
    }
    print(victim, trash_id, arguments.apply, context);
    ++totals.sessions;
    totals.bytes += victim.session.bytes;
  }
  print_totals(totals, arguments.apply, context);
  return exit_status;
}

}  // namespace

void add_prune(Command& root, Context& context) {
  auto arguments = std::make_shared<PruneArguments>();
  Command command = root.add_command("prune", "Old sessions into the trash", kLookAfterGroup);
  arguments->choice.declare(command);
  command.flag("--apply", arguments->apply, "Do it; else it only tells what would go");
  command.footer(
      "Age counts from the last write. What goes lies in the trash: undelete brings it back, "
      "purge\n"
      "deletes for good. Nothing is ever pruned by itself. A session that is written meanwhile\n"
      "stays.\n"
      "\n"
      "Examples:\n"
      "  everturn prune --older-than 90d\n"
      "  everturn prune --older-than 26w --keep 100 --min-size 1M --apply");
  command.action([arguments, &context] { return run_prune(*arguments, context); });
}

}  // namespace everturn::cli
