// SPDX-License-Identifier: Apache-2.0
// everturn rescue: a clean copy of a session, or of a folder of them, in their own format.
#include <array>
#include <memory>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/rescue_plan.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "store/atomic_file.h"
#include "views/examination.h"
#include "views/rescue.h"

namespace everturn::cli {
namespace {

struct RescueArguments {
  std::string source;
  std::optional<std::string> to;
  std::vector<std::string> relocate;
};

Result<RescueOptions> read_options(const RescueArguments& arguments) {
  RescueOptions options;
  for (const std::string& text : arguments.relocate) {
    const std::size_t sign = text.find('=');
    std::string from = text.substr(0, sign);
    std::string to = sign == std::string::npos ? "" : text.substr(sign + 1);
    while (from.size() > 1 && from.ends_with('/')) from.pop_back();
    while (to.size() > 1 && to.ends_with('/')) to.pop_back();
    if (!from.starts_with('/') || !to.starts_with('/')) {
      return Status(Code::invalid,
                    "--relocate takes /OLD/FOLDER=/NEW/FOLDER, not \"" + text + "\"");
    }
    options.relocate.emplace_back(std::move(from), std::move(to));
  }
  return options;
}

std::string change_line(const RescueChange& change) {
  JsonObject object("everturn.rescue_change/1");
  object.add("action", rescue_action_name(change.action)).add_number("offset", change.offset);
  if (change.length > 0) object.add_number("length", change.length);
  if (!change.from.empty()) object.add_raw("from", change.from);
  if (!change.to.empty()) object.add_raw("to", change.to);
  return object.line();
}

// What became of a session, and of the files that go with it.
struct Rescued {
  RescueReport report;
  std::uint64_t files = 0;
  std::uint64_t file_bytes = 0;
  std::vector<Status> failures;  // of files
};

std::string json_path(const std::string& path) { return is_utf8(path) ? path : printable(path); }

std::string file_line(const UnitFile& file, const Result<FileCopy>& copy) {
  JsonObject object("everturn.rescue_file/1");
  object.add("action", copy.ok() ? "copied" : "not_copied")
      .add("source", json_path(file.source))
      .add("to", json_path(file.to));
  if (copy.ok()) return object.add_number("bytes", copy->bytes).line();
  return object.add("reason", printable(copy.status().message())).line();
}

JsonObject summary_of(const std::string& schema, const Errand& errand, const Rescued& rescued) {
  const RescueReport& report = rescued.report;
  JsonObject counts;
  for (std::size_t i = 0; i < kRescueActions; ++i) {
    counts.add_number(rescue_action_name(static_cast<RescueAction>(i)), report.counts[i]);
  }
  JsonObject object(schema);
  object.add("key", errand.session.key)
      .add("source", json_path(errand.session.file_name))
      .add("to", json_path(errand.to))
      .add("receipt", json_path(errand.to + ".receipt"))
      .add("dialect", report.dialect)
      .add_number("records", report.records)
      .add_number("bytes", report.bytes)
      .add_number("left_out_bytes", report.left_out_bytes)
      .add_raw("changes", counts.text())
      .add_number("files", rescued.files)
      .add_number("file_bytes", rescued.file_bytes)
      .add_number("files_failed", rescued.failures.size());
  return object;
}

// The files of its unit, each told in the receipt. One that cannot be copied stops nothing.
Status copy_files(const Errand& errand, Replacement& receipt, Rescued& rescued) {
  for (const UnitFile& file : errand.files) {
    const Result<FileCopy> copy = copy_unit_file(file);
    CHECK_OK(receipt.write(file_line(file, copy)));
    if (copy.ok()) {
      ++rescued.files;
      rescued.file_bytes += copy->bytes;
    } else {
      rescued.failures.push_back(copy.status().within("rescue " + file.source));
    }
  }
  return {};
}

// Writes the copy and its receipt, the receipt first: a copy never stands there without one.
Result<Rescued> write_copy(const Errand& errand, const RescueOptions& options) {
  const auto [folder, name] = split_path(errand.to);
  TRY(posix_fs().open_folder(folder, true));
  NewFile copy = TRY(begin_file_at(posix_fs(), errand.to));
  if (copy.folder->stat(name).ok()) {
    return Status(Code::conflict,
                  printable(errand.to) + " exists already; give the path of a new file");
  }
  const std::string receipt_path = errand.to + ".receipt";
  NewFile receipt = TRY(begin_file_at(posix_fs(), receipt_path));
  Rescued rescued;
  rescued.report = TRY(rescue(
      *errand.store, errand.session.key, options,
      [&](std::string_view line) { return copy.replacement->write(line); },
      [&](const RescueChange& change) { return receipt.replacement->write(change_line(change)); }));
  CHECK_OK(copy_files(errand, *receipt.replacement, rescued));
  CHECK_OK(receipt.replacement->write(summary_of("everturn.rescue/1", errand, rescued).line()));
  CHECK_OK(publish_as_new(receipt, receipt_path));
  const Status published = publish_as_new(copy, errand.to);
  if (!published.ok())
    static_cast<void>(receipt.folder->remove(split_path(receipt_path).second).ok());
  CHECK_OK(published);
  return rescued;
}

// Reads the copy as any transcript: it must hold what was written, and nothing damaged.
Status check_copy(const Errand& errand, const RescueReport& report, Context& context) {
  Store* store = TRY(context.file(errand.to));
  const std::vector<SessionInfo> sessions = TRY(store->list());
  const Examination examined = TRY(examine(*store, sessions.front().key));
  if (examined.records == report.records && examined.count(Grade::damage) == 0) return {};
  return {Code::damaged, "the copy " + printable(errand.to) +
                             " does not read as it was written; the session itself is untouched"};
}

std::string changes_text(const RescueReport& report) {
  constexpr std::array<std::pair<RescueAction, std::string_view>, kRescueActions> kWords = {
      {{RescueAction::left_out, "damaged place left out"},
       {RescueAction::split, "glued record split off"},
       {RescueAction::mended, "record mended"},
       {RescueAction::line_end, "line end added"},
       {RescueAction::reattached, "record attached to the one before it"},
       {RescueAction::relocated, "working directory changed"},
       {RescueAction::blank, "blank run left out"},
       {RescueAction::renumbered, "number of records lowered"}}};
  std::string text;
  for (const auto& [action, words] : kWords) {
    const std::uint64_t count = report.counts[static_cast<std::size_t>(action)];
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " x " + std::string(words);
  }
  return text.empty() ? "nothing had to be changed" : text;
}

void print(const Errand& errand, const Rescued& rescued, Context& context) {
  const RescueReport& report = rescued.report;
  if (context.json()) {
    JsonObject object = summary_of("everturn.rescued/1", errand, rescued);
    context.print(object.add("resumable", "same format"));
    return;
  }
  Output& output = context.output();
  output.say(printable(errand.to) + ": " + counted(report.records, "record") + ", " +
             changes_text(report));
  if (rescued.files > 0) {
    output.say("  and " + counted(rescued.files, "file") +
               (rescued.files == 1 ? " that belongs" : " that belong") + " to it, " +
               size_text(rescued.file_bytes));
  }
  if (report.changes() > 0) output.say("  each change: " + printable(errand.to + ".receipt"));
}

// Where Claude Code looks for the sessions of a project.
void hint_at_project(const RescueOptions& options, Output& output) {
  for (const auto& [from, to] : options.relocate) {
    std::string name = to;
    for (char& c : name) {
      const bool is_kept =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!is_kept) c = '-';
    }
    output.note("note: Claude Code looks for sessions of " + printable(to) + " in projects/" +
                name);
  }
}

// What can be done with the copy.
void hint_at_use(const RescuePlan& plan, Output& output) {
  std::string path = plan.errands.front().to;
  if (!looks_like_path(path)) path.insert(0, "./");
  const std::string word = printable(shell_word(path));
  output.note(
      "note: the agent's own format: it finds the copy in the place of the session, put there "
      "while "
      "it does not run;\nthat it resumes it was not tried");
  output.note("to read it: everturn show " + word + "; for a model: everturn history " + word);
}

// One session with its files: the exit status that it asks for.
int run_errand(const Errand& errand, const RescueOptions& options, bool& is_claude,
               Context& context) {
  Result<Rescued> rescued = [&] {
    Progress progress(context.output());
    progress.show("rescuing " + printable(errand.session.key));
    return write_copy(errand, options);
  }();
  const Status status =
      rescued.ok() ? check_copy(errand, rescued->report, context) : rescued.status();
  if (!status.ok()) {
    context.report(status.within("rescue " + errand.session.key));
    return static_cast<int>(status.code());
  }
  is_claude = is_claude || rescued->report.dialect == "claude";
  print(errand, *rescued, context);
  for (const Status& failure : rescued->failures) context.report(failure);
  return rescued->failures.empty() ? kExitOk : static_cast<int>(rescued->failures.front().code());
}

Result<int> run_rescue(const RescueArguments& arguments, Context& context) {
  if (!arguments.to || arguments.to->empty()) {
    return Status(Code::invalid,
                  "rescue needs --to, the new file or folder for the copy, such as --to rescued/");
  }
  const StopSignals signals;
  const RescueOptions options = TRY(read_options(arguments));
  const RescuePlan plan = TRY(plan_rescue(arguments.source, *arguments.to, context));
  int exit_status = plan.errands.empty() ? kExitNothing : kExitOk;
  bool is_claude = false;
  for (const Errand& errand : plan.errands) {
    if (StopSignals::received() != 0) break;
    const int status = run_errand(errand, options, is_claude, context);
    if (exit_status == kExitOk) exit_status = status;
  }
  Output& output = context.output();
  for (const std::string& skipped : plan.skipped) {
    output.note("note: not copied: " + printable(skipped));
  }
  if (!output.flush() || context.json()) return exit_status;
  if (plan.files_left_out > 0) {
    output.note("note: what belongs to it was not copied (" + counted(plan.files_left_out, "file") +
                ": sub-agents, tool results); --to FOLDER/ takes it along");
  }
  if (is_claude) hint_at_project(options, output);
  if (exit_status == kExitOk) hint_at_use(plan, output);
  return exit_status;
}

}  // namespace

void add_rescue(Command& root, Context& context) {
  auto arguments = std::make_shared<RescueArguments>();
  Command command =
      root.add_command("rescue", "Write a clean copy in the agent's own format", kLookAfterGroup);
  command.argument("SRC", arguments->source,
                   "A session, as every reading command takes it, a file, or a folder");
  command.option("--to", "DST", arguments->to,
                 "The new file; a folder for a folder, or for a session with what belongs to it");
  command.option("--relocate", "OLD=NEW", arguments->relocate,
                 "The project was moved: working directories at or below OLD become NEW's");
  command.footer(
      "SRC is only read. Every record that is whole is copied byte for byte, on a line of its "
      "own;\n"
      "a record whose parent is gone is attached to the one before it, so that the agent finds\n"
      "what came before. DST.receipt tells each change, one JSON object a line, by its offset in\n"
      "SRC; damage that was left out still stands there. The copy is read again before it is told\n"
      "to be done. Into a folder goes with a session the folder that bears its name: sub-agents "
      "as\n"
      "it does itself, tool results and all else byte for byte, each told in the receipt. Codex "
      "also\n"
      "keeps a row of each session in a database of its own.\n"
      "\n"
      "Examples:\n"
      "  everturn rescue claude:0a1b --to mended.jsonl\n"
      "  everturn rescue @1 --to ~/rescued/\n"
      "  everturn rescue ~/.claude --to ~/rescued\n"
      "  everturn rescue @1 --to new.jsonl --relocate /srv/old=/srv/new");
  command.action([arguments, &context] { return run_rescue(*arguments, context); });
}

}  // namespace everturn::cli
