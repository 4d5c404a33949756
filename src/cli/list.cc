// SPDX-License-Identifier: Apache-2.0
// everturn list: the sessions of a store, newest first.
#include <algorithm>
#include <memory>
#include <vector>

#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/json_object.h"
#include "cli/list_agents.h"
#include "cli/sizes.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kShownOnTerminal = 50;

using ListArguments = AgentListArguments;

void print_json(const std::vector<SessionInfo>& sessions, Context& context) {
  for (const SessionInfo& session : sessions) {
    JsonObject object("everturn.session/1");
    object.add("key", session.key)
        .add("file", session.file_name)
        .add_number("bytes", session.bytes)
        .add("modified", iso_utc_time(session.modified_ns))
        .add_signed("modified_ns", session.modified_ns)
        .add("note", session.note);
    if (session.checked) {
      object.add_number("records", session.records)
          .add_number("damage_count", session.damage_count)
          .add_number("damage_bytes", session.damage_bytes)
          .add_number("in_flight_bytes", session.in_flight_bytes)
          .add_number("salvaged", session.salvaged)
          .add_number("note_count", session.note_count);
    }
    context.print(object);
    if (context.output().reader_left()) return;
  }
}

std::string note_of(const SessionInfo& session) {
  std::string note = printable(session.note);
  if (session.in_flight_bytes == 0) return note;
  return note + (note.empty() ? "" : "; ") + "last line unterminated";
}

Table make_table(const std::vector<SessionInfo>& sessions, std::size_t count, bool checked,
                 const Output& output) {
  Table table(
      checked ? std::vector<Table::Column>{{"SESSION"},
                                           {"SIZE", true},
                                           {"MODIFIED"},
                                           {"RECORDS", true},
                                           {"DAMAGED", true},
                                           {"NOTE"}}
              : std::vector<Table::Column>{{"SESSION"}, {"SIZE", true}, {"MODIFIED"}, {"NOTE"}});
  for (std::size_t i = 0; i < count; ++i) {
    const SessionInfo& session = sessions[i];
    std::vector<std::string> row = {printable(session.key), size_cell(session.bytes, output),
                                    iso_utc_time(session.modified_ns)};
    if (checked) {
      row.push_back(std::to_string(session.records));
      row.push_back(std::to_string(session.damage_count));
    }
    row.push_back(note_of(session));
    table.add(std::move(row));
  }
  return table;
}

void print_table(const std::vector<SessionInfo>& sessions, const ListArguments& arguments,
                 Context& context) {
  Output& output = context.output();
  const bool cut = output.is_terminal() && !arguments.all && sessions.size() > kShownOnTerminal;
  const std::size_t count = cut ? kShownOnTerminal : sessions.size();
  make_table(sessions, count, arguments.check, output).print(output);
  if (cut) {
    output.say(output.paint(
        Style::dim, "and " + std::to_string(sessions.size() - count) + " more; --all shows all"));
  }
  if (sessions.empty() && output.is_terminal()) {
    const Result<std::string> url = context.store_url();
    output.say("no sessions in " + printable(url.ok() ? *url : ""));
  }
}

Result<int> run_list(const ListArguments& arguments, Context& context) {
  if (arguments.strict && !arguments.check) {
    return Status(Code::invalid, "--strict needs --check, which reads the sessions");
  }
  if (context.reads_agents()) return list_agents(arguments, context);
  if (arguments.agent || arguments.project) {
    if (!context.names_store()) return list_agents(arguments, context);
    return Status(Code::invalid,
                  "--agent and --project are of agents' sessions: give --store agents:");
  }
  Store* store = TRY(context.store());
  std::vector<SessionInfo> sessions;
  {
    Progress progress(context.output());
    if (arguments.check) progress.show("reading every session...");
    sessions = TRY(store->list({.check = arguments.check}));
  }
  std::sort(sessions.begin(), sessions.end(), [](const SessionInfo& a, const SessionInfo& b) {
    if (a.modified_ns != b.modified_ns) return a.modified_ns > b.modified_ns;
    return a.key < b.key;
  });
  if (arguments.since) {
    const std::int64_t since_ns = TRY(parse_since(*arguments.since, posix_fs().now_ns()));
    std::erase_if(sessions,
                  [&](const SessionInfo& session) { return session.modified_ns < since_ns; });
  }
  if (context.json()) {
    print_json(sessions, context);
  } else {
    print_table(sessions, arguments, context);
  }
  const bool damaged = std::any_of(sessions.begin(), sessions.end(),
                                   [](const SessionInfo& one) { return one.damage_count > 0; });
  return arguments.strict && damaged ? static_cast<int>(Code::damaged) : kExitOk;
}

}  // namespace

void add_list(Command& root, Context& context) {
  auto arguments = std::make_shared<ListArguments>();
  Command command = root.add_command("list", "List the sessions, newest first", kReadGroup);
  command.flag("--check", arguments->check, "Read each one, and count its records and damage");
  command.flag("--all", arguments->all, "On a terminal: all of them, not only the newest 50");
  command.flag("--strict", arguments->strict, "With --check: exit with 5 if there is damage");
  command.option("--since", "WHEN", arguments->since,
                 "Only what was written since: 90m, 12h, 7d, 2w or 2026-08-20");
  command.option("--project", "FOLDER", arguments->project,
                 "Agents' sessions that began in this folder or below, such as .");
  command.option("--agent", "NAME", arguments->agent,
                 "Sessions of claude, codex, pi, openclaw, gemini or nanobot");
  command.footer(
      "Where there is no store yet, or with --store agents:, it lists what the agents of this\n"
      "machine wrote: title, health, age, size, project, branch, and the command that resumes the\n"
      "session in its own agent. @N is the Nth of all of them. --all lists sub-agents too.\n"
      "A title is looked for in the first 40 records (up to 256 KiB) and the last 20. A copy has\n"
      "no such command: no agent knows of it. Without --check the newest 128 MiB are examined, "
      "the\n"
      "others are \"unread\". Into a pipe: key, bytes, time, health, project, branch, title,\n"
      "command.\n"
      "\n"
      "Of a store, into a pipe: key, bytes, time and note, separated by tabs; with --check the "
      "numbers of\n"
      "records and of damaged ranges stand before the note.");
  command.action([arguments, &context] { return run_list(*arguments, context); });
}

}  // namespace everturn::cli
