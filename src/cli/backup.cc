// SPDX-License-Identifier: Apache-2.0
// everturn backup, restore: a copy of the whole store, and back.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct BackupArguments {
  std::string folder;
  bool verify = false;
  bool mirror = false;
};

std::vector<std::string> quoted(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  all.reserve(texts.size());
  for (const std::string& text : texts) all.push_back(quote_json(printable(text)));
  return all;
}

void print(const BackupReport& report, const std::string& folder, Context& context) {
  if (context.json()) {
    context.print(JsonObject("everturn.backup_done/1")
                      .add("folder", folder)
                      .add_number("files", report.files)
                      .add_number("bytes", report.bytes)
                      .add_number("sessions", report.sessions)
                      .add_number("copied_files", report.copied_files)
                      .add_number("copied_bytes", report.copied_bytes)
                      .add_number("kept_files", report.kept_files)
                      .add_number("gone_files", report.gone_files)
                      .add_bool("continued", report.continued)
                      .add_list("problems", quoted(report.problems)));
    return;
  }
  Output& output = context.output();
  output.say(counted(report.sessions, "session") + ", " + size_text(report.bytes) + " in " +
             printable(folder) + ": " + counted(report.copied_files, "file") + " copied (" +
             size_text(report.copied_bytes) + "), " + std::to_string(report.kept_files) +
             " unchanged");
  if (report.continued)
    output.note("note: an earlier run was cut off; this one went on from there");
  if (report.gone_files > 0) {
    output.note("note: " + counted(report.gone_files, "file") + " of the backup " +
                (report.gone_files == 1 ? "is" : "are") +
                " gone from the store and kept; --mirror removes such files");
  }
}

Result<int> run_backup(const BackupArguments& arguments, Context& context) {
  Store* store = TRY(context.store());
  const StopSignals signals;
  BackupOptions how;
  how.verify = arguments.verify;
  how.mirror = arguments.mirror;
  std::optional<Progress> progress(context.output());
  how.go_on = [&](const BackupReport& so_far) {
    progress->show(counted(so_far.copied_files, "file") + " copied (" +
                   size_text(so_far.copied_bytes) + "), " + std::to_string(so_far.kept_files) +
                   " unchanged");
    return StopSignals::received() == 0;
  };
  const Result<BackupReport> report = store->backup(arguments.folder, how);
  progress.reset();
  if (!report) return report.status().within("backup");
  print(*report, arguments.folder, context);
  for (const std::string& problem : report->problems) {
    context.report(Status(Code::io, "not copied: " + problem));
  }
  return report->problems.empty() ? kExitOk : static_cast<int>(Code::io);
}

struct RestoreArguments {
  std::string folder;
  std::optional<std::string> to;
  std::vector<std::string> only;
  bool gone = false;
  bool apply = false;
};

void print_item(const RestoreItem& item, bool applied, Context& context) {
  const std::string action(restore_action_name(item.action));
  if (context.json()) {
    context.print(JsonObject("everturn.restore_item/1")
                      .add("key", item.key)
                      .add("file", printable(item.file_name))
                      .add_number("bytes", item.bytes)
                      .add("action", action)
                      .add_bool("applied", applied && item.action == RestoreAction::create)
                      .add("detail", item.detail));
    return;
  }
  if (item.action == RestoreAction::same) return;
  const std::string what = printable(item.key.empty() ? item.file_name : item.key);
  const std::string why = item.detail.empty() ? "" : ": " + printable(item.detail);
  context.output().write(action + "  " + what + "  " + size_text(item.bytes) + why + "\n");
}

int finish(const RestoreReport& report, bool applied, Context& context) {
  Output& output = context.output();
  if (context.json()) {
    context.print(JsonObject("everturn.restore/1")
                      .add_bool("applied", applied)
                      .add_bool("interrupted", report.interrupted)
                      .add_number("created", report.created)
                      .add_number("created_bytes", report.created_bytes)
                      .add_number("same", report.same)
                      .add_number("conflicts", report.conflicts)
                      .add_number("damaged", report.damaged));
  } else {
    const std::string verb = applied ? " brought back" : " would be brought back";
    output.write(counted(report.created, "file") + " (" + size_text(report.created_bytes) + ")" +
                 verb + ", " + std::to_string(report.same) + " there already, " +
                 std::to_string(report.conflicts) + " left as " +
                 (report.conflicts == 1 ? "it is" : "they are") + ", " +
                 std::to_string(report.damaged) + " damaged\n");
    if (!applied && report.created > 0) output.note("note: nothing was changed; --apply does it");
  }
  if (report.interrupted) {
    output.note("note: the last backup there was cut off; files whose hashes fit are used");
  }
  if (report.damaged > 0) return static_cast<int>(Code::damaged);
  return applied && report.conflicts > 0 ? static_cast<int>(Code::conflict) : kExitOk;
}

Result<int> run_restore(const RestoreArguments& arguments, Context& context) {
  std::unique_ptr<Store> named;
  if (arguments.to) named = TRY(open_store(*arguments.to, context.store_options()));
  Store* const store = named != nullptr ? named.get() : TRY(context.store());
  const StopSignals signals;
  RestoreOptions how;
  how.apply = arguments.apply;
  how.only = arguments.only;
  how.gone = arguments.gone;
  std::uint64_t items = 0;
  how.on_item = [&](const RestoreItem& item) {
    print_item(item, arguments.apply, context);
    ++items;
    return StopSignals::received() == 0 && context.output().status().ok();
  };
  const Result<RestoreReport> report = store->restore(arguments.folder, how);
  if (!report) return report.status().within("restore");
  if (!arguments.only.empty() && items == 0) {
    return Status(Code::not_found, "the backup holds no such session");
  }
  return finish(*report, arguments.apply, context);
}

}  // namespace

void add_backup(Command& root, Context& context) {
  auto arguments = std::make_shared<BackupArguments>();
  Command command =
      root.add_command("backup", "Copy the whole store, while it is in use", kLookAfterGroup);
  command.argument("FOLDER", arguments->folder, "A new or empty folder, or an earlier backup");
  command.flag("--verify", arguments->verify,
               "Read what the backup holds already, and copy again what is not as it was");
  command.flag("--mirror", arguments->mirror, "Remove from the backup what is gone from the store");
  command.footer(
      "Every record acknowledged before the start is in it, byte for byte; so are the trash and\n"
      "what repairs set aside. What is unchanged since the last backup there is not copied again.\n"
      "A run that is cut off is known as such, and the next one goes on from there. The backup is\n"
      "a folder of plain files, which everturn --store FOLDER reads too.\n"
      "\n"
      "Example:\n"
      "  everturn backup ~/backup/agent");
  command.action([arguments, &context] { return run_backup(*arguments, context); });
}

void add_restore(Command& root, Context& context) {
  auto arguments = std::make_shared<RestoreArguments>();
  Command command = root.add_command("restore", "Bring back what a backup holds", kLookAfterGroup);
  command.argument("FOLDER", arguments->folder, "Of the backup");
  command.option("--to", "URL", arguments->to, "The store; else that of --store");
  command.option("--only", "KEY", arguments->only, "Only this session; may be repeated");
  command.flag("--gone", arguments->gone,
               "Also sessions that were gone from the store at the last backup");
  command.flag("--apply", arguments->apply, "Do it; else it only tells what would happen");
  command.footer(
      "Checks every file against its hash. Overwrites nothing: where the store holds something\n"
      "else of that name or key, that stays, and the exit status is 4. Damaged files of the "
      "backup\n"
      "are left out, and the exit status is 5.\n"
      "\n"
      "Examples:\n"
      "  everturn restore ~/backup/agent --to ~/agent\n"
      "  everturn restore ~/backup/agent --only telegram:12345 --apply");
  command.action([arguments, &context] { return run_restore(*arguments, context); });
}

}  // namespace everturn::cli
