// SPDX-License-Identifier: Apache-2.0
// everturn rescue: a clean copy of a session, or of a folder of them, in their own format.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "agents/find.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/json_object.h"
#include "cli/reading.h"
#include "cli/signals.h"
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

// One session on its way to its copy.
struct Errand {
  Store* store = nullptr;
  SessionInfo session;
  std::string to;
};

bool is_folder(const std::string& path) { return posix_fs().open_folder(path, false).ok(); }

// The copy of a compressed file is not compressed.
std::string name_of_copy(std::string path) {
  for (const std::string_view ending : {".zst", ".gz"}) {
    if (path.ends_with(ending)) path.resize(path.size() - ending.size());
  }
  return path;
}

// What of `path` stands behind `folder`; its last component if it lies elsewhere.
std::string below(const std::string& path, std::string folder) {
  if (!folder.ends_with('/')) folder += '/';
  return path.starts_with(folder) ? path.substr(folder.size()) : split_path(path).second;
}

Result<std::vector<Errand>> errands_of_folder(const std::string& source, const std::string& to,
                                              Context& context) {
  Store* store = TRY(context.folder(source));
  std::vector<Errand> errands;
  for (SessionInfo& session : TRY(store->list())) {
    const std::string place = name_of_copy(below(session.file_name, source));
    errands.push_back({store, std::move(session), join_path(to, place)});
  }
  return errands;
}

// A session; into a folder its sub-agents go with it, to where they lie beside it.
Result<std::vector<Errand>> errands_of_session(const std::string& source, const std::string& to,
                                               Context& context) {
  const FoundSession found = TRY(find_session(context, source));
  const bool into_folder = to.ends_with('/') || is_folder(to);
  std::vector<SessionInfo> sessions = TRY(found.store->list());
  const auto main = std::find_if(sessions.begin(), sessions.end(),
                                 [&](const SessionInfo& one) { return one.key == found.key; });
  if (main == sessions.end()) {
    return with_list_hint(
        context, {Code::not_found, printable(source) + ": there is no such session or file"});
  }
  std::vector<Errand> errands;
  const auto [folder, name] = split_path(main->file_name);
  errands.push_back({found.store, *main, into_folder ? join_path(to, name_of_copy(name)) : to});
  for (const SessionInfo& session : sessions) {
    if (!into_folder || session.part_of != found.key) continue;
    errands.push_back(
        {found.store, session, join_path(to, name_of_copy(below(session.file_name, folder)))});
  }
  return errands;
}

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

JsonObject summary_of(const std::string& schema, const Errand& errand, const RescueReport& report) {
  JsonObject counts;
  for (std::size_t i = 0; i < kRescueActions; ++i) {
    counts.add_number(rescue_action_name(static_cast<RescueAction>(i)), report.counts[i]);
  }
  JsonObject object(schema);
  object.add("key", errand.session.key)
      .add("source", errand.session.file_name)
      .add("to", errand.to)
      .add("receipt", errand.to + ".receipt")
      .add("dialect", report.dialect)
      .add_number("records", report.records)
      .add_number("bytes", report.bytes)
      .add_number("left_out_bytes", report.left_out_bytes)
      .add_raw("changes", counts.text());
  return object;
}

// Writes the copy and its receipt, the receipt first: a copy never stands there without one.
Result<RescueReport> write_copy(const Errand& errand, const RescueOptions& options) {
  const auto [folder, name] = split_path(errand.to);
  TRY(posix_fs().open_folder(folder, true));
  NewFile copy = TRY(begin_file_at(posix_fs(), errand.to));
  if (copy.folder->stat(name).ok()) {
    return Status(Code::conflict,
                  printable(errand.to) + " exists already; give the path of a new file");
  }
  const std::string receipt_path = errand.to + ".receipt";
  NewFile receipt = TRY(begin_file_at(posix_fs(), receipt_path));
  RescueReport report = TRY(rescue(
      *errand.store, errand.session.key, options,
      [&](std::string_view line) { return copy.replacement->write(line); },
      [&](const RescueChange& change) { return receipt.replacement->write(change_line(change)); }));
  CHECK_OK(receipt.replacement->write(summary_of("everturn.rescue/1", errand, report).line()));
  CHECK_OK(publish_as_new(receipt, receipt_path));
  const Status published = publish_as_new(copy, errand.to);
  if (!published.ok())
    static_cast<void>(receipt.folder->remove(split_path(receipt_path).second).ok());
  CHECK_OK(published);
  return report;
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

void print(const Errand& errand, const RescueReport& report, Context& context) {
  if (context.json()) {
    JsonObject object = summary_of("everturn.rescued/1", errand, report);
    context.print(object.add("resumable", "same format"));
    return;
  }
  Output& output = context.output();
  output.say(printable(errand.to) + ": " + counted(report.records, "record") + ", " +
             changes_text(report));
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

Result<int> run_rescue(const RescueArguments& arguments, Context& context) {
  if (!arguments.to || arguments.to->empty()) {
    return Status(Code::invalid, "rescue needs --to, the new file or folder for the copy");
  }
  const StopSignals signals;
  const RescueOptions options = TRY(read_options(arguments));
  const bool of_folder = is_folder(arguments.source);
  const std::vector<Errand> errands =
      TRY(of_folder ? errands_of_folder(arguments.source, *arguments.to, context)
                    : errands_of_session(arguments.source, *arguments.to, context));
  int exit_status = errands.empty() ? kExitNothing : kExitOk;
  bool is_claude = false;
  for (const Errand& errand : errands) {
    if (StopSignals::received() != 0) break;
    Result<RescueReport> report = [&] {
      Progress progress(context.output());
      progress.show("rescuing " + printable(errand.session.key));
      return write_copy(errand, options);
    }();
    Status status = report.ok() ? check_copy(errand, *report, context) : report.status();
    if (!status.ok()) {
      context.report(status.within("rescue " + errand.session.key));
      if (exit_status == kExitOk) exit_status = static_cast<int>(status.code());
      continue;
    }
    is_claude = is_claude || report->dialect == "claude";
    print(errand, *report, context);
  }
  Output& output = context.output();
  if (!output.flush() || context.json()) return exit_status;
  if (is_claude) hint_at_project(options, output);
  if (exit_status == kExitOk) {
    output.note("note: the same format as the agent's own; that it resumes it was not tried");
  }
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
                 "The new file; a folder for a folder, or for a session with its sub-agents");
  command.option("--relocate", "OLD=NEW", arguments->relocate,
                 "The project was moved: working directories at or below OLD become NEW's");
  command.footer(
      "SRC is only read. Every record that is whole is copied byte for byte, on a line of its "
      "own;\n"
      "a record whose parent is gone is attached to the one before it, so that the agent finds\n"
      "what came before. DST.receipt tells each change, one JSON object a line, by its offset in\n"
      "SRC; damage that was left out still stands there. The copy is read again before it is told\n"
      "to be done. Codex also keeps a row of each session in a database of its own.\n"
      "\n"
      "Examples:\n"
      "  everturn rescue claude:0a1b --to mended.jsonl\n"
      "  everturn rescue ~/.claude --to ~/rescued\n"
      "  everturn rescue @1 --to new.jsonl --relocate /srv/old=/srv/new");
  command.action([arguments, &context] { return run_rescue(*arguments, context); });
}

}  // namespace everturn::cli
