// SPDX-License-Identifier: Apache-2.0
// everturn vacuum: drop what no reader needs.
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/each_session.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct VacuumArguments {
  std::vector<std::string> keys;
  bool all = false;
};

Status vacuum_one(const std::string& key, Store& store, Context& context) {
  const Result<Vacuumed> vacuumed = store.vacuum(key);
  if (!vacuumed.ok()) return with_list_hint(context, vacuumed.status());
  if (context.json()) {
    context.print(JsonObject("everturn.vacuum/1")
                      .add("key", key)
                      .add_number("bytes_before", vacuumed->bytes_before)
                      .add_number("bytes_after", vacuumed->bytes_after)
                      .add("version", version_text(vacuumed->version)));
  } else {
    context.output().say(printable(key) + ": " + size_text(vacuumed->bytes_before) + " before, " +
                         size_text(vacuumed->bytes_after) + " now");
  }
  return {};
}

Result<int> run_vacuum(const VacuumArguments& arguments, Context& context) {
  if (arguments.all == !arguments.keys.empty()) {
    return Status(Code::invalid, "vacuum takes sessions, or else --all");
  }
  const StopSignals signals;
  Store* store = TRY(context.store());
  std::vector<std::string> keys = arguments.keys;
  if (arguments.all) {
    for (const SessionInfo& session : TRY(store->list())) keys.push_back(session.key);
  }
  const int status = for_each_session(keys, "vacuum", context, [&](const std::string& key) {
    return vacuum_one(key, *store, context);
  });
  CHECK_OK(store->sweep());
  return status;
}

}  // namespace

void add_vacuum(Command& root, Context& context) {
  auto arguments = std::make_shared<VacuumArguments>();
  Command command = root.add_command("vacuum", "Drop padding, blank lines and superseded metadata",
                                     kLookAfterGroup);
  command.any_arguments("SESSION", arguments->keys, "The sessions' keys");
  command.flag("--all", arguments->all, "Every session of the store");
  command.footer(
      "Records and damage stay as they are. Leftovers of rewrites that were killed are removed.");
  command.action([arguments, &context] { return run_vacuum(*arguments, context); });
}

}  // namespace everturn::cli
