// SPDX-License-Identifier: Apache-2.0
// everturn store info, everturn store adopt.
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

void print_info(const StoreInfo& info, Output& output) {
  const auto line = [&output](const std::string& name, const std::string& value) {
    output.write(output.paint(Style::bold, name) + std::string(16 - name.size(), ' ') +
                 (value.empty() ? "-" : printable(value)) + "\n");
  };
  line("store", info.url);
  line("engine", info.engine);
  line("folder", info.folder);
  line("file system", info.file_system + (info.network ? ", on the network" : ""));
  line("read only", yes_or_no(info.read_only));
  line("ignores case", yes_or_no(info.ignores_case));
  line("locks", yes_or_no(info.has_locks));
  line("birth times", yes_or_no(info.has_birth_time));
  line("pads well", yes_or_no(info.pads_well));
  line("free", size_text(info.free_bytes));
  line("sessions", std::to_string(info.sessions) + ", " + size_text(info.session_bytes));
  line("trash", std::to_string(info.trash_entries) + ", " + size_text(info.trash_bytes));
  line("quarantine",
       std::to_string(info.quarantine_entries) + ", " + size_text(info.quarantine_bytes));
  for (const std::string& warning : info.warnings) {
    output.write(output.paint(Style::yellow, "warning:") + " " + printable(warning) + "\n");
  }
}

Result<int> run_info(Context& context) {
  Store* store = TRY(context.store());
  const StoreInfo info = TRY(store->info());
  if (context.json()) {
    context.print(store_object(info));
  } else {
    print_info(info, context.output());
  }
  return kExitOk;
}

Result<int> run_adopt(Context& context) {
  const StopSignals signals;
  Store* store = TRY(context.store());
  CHECK_OK(store->adopt());
  const std::string url = TRY(context.store_url());
  if (context.json()) {
    context.print(JsonObject("everturn.adopt/1").add("url", url));
  } else {
    context.output().say(printable(url) + " is now a folder of Everturn's too");
  }
  return kExitOk;
}

}  // namespace

void add_store(Command& root, Context& context) {
  Command store = root.add_command("store", "Look at the store itself", kLookAfterGroup);
  Command info = store.add_command("info", "What it is and what it can promise", "Commands");
  info.action([&context] { return run_info(context); });
  Command adopt =
      store.add_command("adopt", "Make a folder that another program wrote ours too", "Commands");
  adopt.action([&context] { return run_adopt(context); });
}

}  // namespace everturn::cli
