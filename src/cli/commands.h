// SPDX-License-Identifier: Apache-2.0
// The commands. A command lives in a file of its own and registers itself with one function:
//
//   void add_demo(Command& root, Context& context) {
//     auto options = std::make_shared<DemoOptions>();
//     Command demo = root.add_command("demo", "What it does, in a line", kOtherGroup);
//     demo.option("--count", "N", options->count, "How many");
//     demo.action([options, &context] { return run_demo(*options, context); });
//   }
//
// The action gives the exit status or a failure; it writes through context.output() and, with
// context.json(), prints objects that begin with a "schema". Its row in add_commands() gives its
// place in the help. `context` outlives the action.
#ifndef EVERTURN_CLI_COMMANDS_H_
#define EVERTURN_CLI_COMMANDS_H_

#include "cli/command.h"
#include "cli/context.h"

namespace everturn::cli {

// Headings of the help.
inline constexpr const char* kWriteGroup = "Write";
inline constexpr const char* kReadGroup = "Read";
inline constexpr const char* kTakeBackGroup = "Take back";
inline constexpr const char* kLookAfterGroup = "Look after";

void add_append(Command& root, Context& context);
void add_save(Command& root, Context& context);
void add_meta(Command& root, Context& context);
void add_fork(Command& root, Context& context);
void add_rename(Command& root, Context& context);
void add_sources(Command& root, Context& context);
void add_list(Command& root, Context& context);
void add_search(Command& root, Context& context);
void add_load(Command& root, Context& context);
void add_show(Command& root, Context& context);
void add_history(Command& root, Context& context);
void add_export(Command& root, Context& context);
void add_stats(Command& root, Context& context);
void add_tail(Command& root, Context& context);
void add_version(Command& root, Context& context);
void add_remove(Command& root, Context& context);
void add_trash(Command& root, Context& context);
void add_undelete(Command& root, Context& context);
void add_purge(Command& root, Context& context);
void add_rewind(Command& root, Context& context);
void add_vacuum(Command& root, Context& context);
void add_retain(Command& root, Context& context);
void add_doctor(Command& root, Context& context);
void add_rescue(Command& root, Context& context);
void add_import(Command& root, Context& context);
void add_repair(Command& root, Context& context);
void add_cache(Command& root, Context& context);
void add_verify(Command& root, Context& context);
void add_seal(Command& root, Context& context);
void add_index(Command& root, Context& context);
void add_backup(Command& root, Context& context);
void add_restore(Command& root, Context& context);
void add_prune(Command& root, Context& context);
void add_pack(Command& root, Context& context);
void add_unpack(Command& root, Context& context);
void add_redact(Command& root, Context& context);
void add_du(Command& root, Context& context);
void add_store(Command& root, Context& context);
void add_serve(Command& root, Context& context);
void add_demo(Command& root, Context& context);

// All of them, in the order of the help.
void add_commands(Command& root, Context& context);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_COMMANDS_H_
