// SPDX-License-Identifier: Apache-2.0
// everturn du: where the bytes of a store are.
#include <string>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

Result<int> run_du(Context& context) {
  Store* store = TRY(context.store());
  const StoreInfo info = TRY(store->info());
  const std::uint64_t all = info.session_bytes + info.trash_bytes + info.quarantine_bytes;
  Output& output = context.output();
  if (context.json()) {
    context.print(JsonObject("everturn.du/1")
                      .add_number("sessions", info.sessions)
                      .add_number("session_bytes", info.session_bytes)
                      .add_number("trash_entries", info.trash_entries)
                      .add_number("trash_bytes", info.trash_bytes)
                      .add_number("receipts", info.quarantine_entries)
                      .add_number("quarantine_bytes", info.quarantine_bytes)
                      .add_number("bytes", all));
    return kExitOk;
  }
  Table table({{"BYTES", true}, {"COUNT", true}, {"WHAT"}, {"HOW TO MAKE ROOM"}});
  const auto add = [&](std::uint64_t bytes, std::uint64_t count, std::string what,
                       std::string command) {
    table.add(
        {size_cell(bytes, output), std::to_string(count), std::move(what), std::move(command)});
  };
  add(info.session_bytes, info.sessions, "sessions", context.command_hint("rm SESSION"));
  add(info.trash_bytes, info.trash_entries, "trash", context.command_hint("purge --all"));
  add(info.quarantine_bytes, info.quarantine_entries, "quarantine",
      "remove the files of receipts that need no undo");
  add(all, info.sessions + info.trash_entries + info.quarantine_entries, "all", "");
  table.print(output);
  for (const std::string& warning : info.warnings) output.note("note: " + printable(warning));
  return kExitOk;
}

}  // namespace

void add_du(Command& root, Context& context) {
  Command command =
      root.add_command("du", "Where the bytes are: sessions, trash, quarantine", kLookAfterGroup);
  command.action([&context] { return run_du(context); });
}

}  // namespace everturn::cli
