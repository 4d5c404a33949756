// SPDX-License-Identifier: Apache-2.0
// everturn list: the sessions of a store, or of the agents of this machine, newest first.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/find_session.h"
#include "cli/list_query.h"
#include "cli/list_rows.h"
#include "fs/fs.h"

namespace everturn::cli {
namespace {

constexpr std::uint64_t kShownOnTerminal = 20;
// Without --check sessions are read whole, newest first, as long as that takes no time.
constexpr std::uint64_t kReadUnasked = 128ULL << 20;

// How much is shown, and how.
struct Shape {
  bool is_cut = false;  // only as many as fit a screen
  RowStyle style;
};

Result<Store*> listed_store(const ListArguments& arguments, Context& context, bool& of_agents) {
  const bool asks_for_agents = (arguments.agent || arguments.project) && !context.names_store();
  of_agents = context.reads_agents() || asks_for_agents;
  return of_agents ? context.agents() : context.store();
}

Result<ListPage> list_page(const ListArguments& arguments, const Shape& how, Store& store,
                           Context& context) {
  ListQuery query = TRY(make_query(arguments, how.style.now_ns));
  if (how.is_cut) query.limit = kShownOnTerminal;
  query.limit = arguments.limit.value_or(query.limit);
  const bool shows_health = how.style.of_agents || context.output().is_terminal();
  if (shows_health && !arguments.trusted) query.examine_bytes = kReadUnasked;
  if (arguments.check) query.examine_bytes = UINT64_MAX;
  return ask_catalog(store, query, context, !arguments.no_cache);
}

void tell_more(const ListPage& page, const ListArguments& arguments, Context& context) {
  if (page.next_cursor.empty()) return;
  Output& output = context.output();
  if (context.json()) {
    JsonObject object("everturn.list_more/1");
    context.print(object.add("next_cursor", page.next_cursor));
  } else if (arguments.limit || arguments.cursor) {
    output.note("more: --cursor " + page.next_cursor);
  } else if (output.is_terminal()) {
    const std::uint64_t more =
        page.fitting - std::min<std::uint64_t>(page.fitting, page.rows.size());
    output.say(output.paint(Style::dim, "and " + std::to_string(more) + " more; --all shows all"));
  }
}

// An agent knows nothing of copies, and must not write into them.
Result<bool> lie_in_place(const Context& context) {
  return !context.names_store() || TRY(context.store_url()) == "agents:";
}

void tell_none(const ListArguments& arguments, const RowStyle& style, Context& context) {
  Output& output = context.output();
  const bool is_filtered = arguments.agent || arguments.project || arguments.since ||
                           arguments.until || arguments.match || arguments.damaged ||
                           arguments.min_size || arguments.max_size;
  if (style.of_agents) {
    output.note(is_filtered ? "no agent's session fits; `everturn list` shows them all"
                            : "no sessions were found; " + where_to_look(context));
  } else if (output.is_terminal()) {
    const Result<std::string> url = context.store_url();
    output.say(std::string(is_filtered ? "no session fits in " : "no sessions in ") +
               printable(url.ok() ? *url : ""));
  }
}

// What to do with them, for who looks at a terminal.
void print_hints(const ListPage& page, const Context& context, Output& output) {
  const bool is_fine = std::none_of(page.rows.begin(), page.rows.end(), [](const SessionRow& row) {
    return row.health == Health::damaged || row.health == Health::hides_messages ||
           row.health == Health::unreadable;
  });
  output.say(output.paint(Style::dim, context.command_hint("show @1") + " shows the newest, " +
                                          context.command_hint("history @1") +
                                          " what of it a model can be sent"));
  if (!is_fine) {
    output.say(output.paint(
        Style::dim, context.command_hint("doctor") + " tells what is wrong, and what to do"));
  }
}

void tell_places(Store& store, Context& context) {
  const Result<StoreInfo> info = store.info();
  const std::size_t passed_over = info.ok() ? info->warnings.size() : 0;
  if (passed_over == 0) return;
  context.output().note("note: " + counted(passed_over, "place") +
                        " could not be looked into; `everturn sources` names " +
                        (passed_over == 1 ? "it" : "them"));
}

void print_page(const ListPage& page, const ListArguments& arguments, const RowStyle& style,
                Context& context) {
  Output& output = context.output();
  for (const SessionRow& row : page.rows) {
    if (context.json()) {
      print_json_row(row, style, context);
    } else if (output.is_terminal()) {
      print_block(row, style, output);
    } else {
      print_line(row, style, output);
    }
    if (output.reader_left()) return;
  }
  tell_more(page, arguments, context);
  if (context.json()) return;
  if (page.rows.empty()) {
    tell_none(arguments, style, context);
  } else if (output.is_terminal()) {
    print_hints(page, context, output);
  }
}

Result<int> run_list(const ListArguments& arguments, Context& context) {
  if (arguments.strict && !arguments.check) {
    return Status(Code::invalid, "--strict needs --check, which reads the sessions");
  }
  if (arguments.trusted && arguments.no_cache) {
    return Status(Code::invalid, "--trusted takes what --no-cache leaves out");
  }
  Shape how;
  how.style.now_ns = posix_fs().now_ns();
  how.style.counts = arguments.check;
  Store* store = TRY(listed_store(arguments, context, how.style.of_agents));
  how.style.in_place = how.style.of_agents && TRY(lie_in_place(context));
  how.is_cut =
      context.output().is_terminal() && !context.json() && !arguments.all && !arguments.check;
  const ListPage page = TRY(list_page(arguments, how, *store, context));
  print_page(page, arguments, how.style, context);
  if (how.style.in_place && !context.json()) tell_places(*store, context);
  const bool damaged = std::any_of(page.rows.begin(), page.rows.end(), [](const SessionRow& row) {
    return row.session.damage_count > 0 || row.health == Health::damaged ||
           row.health == Health::unreadable;
  });
  return arguments.strict && damaged ? static_cast<int>(Code::damaged) : kExitOk;
}

void declare_filters(Command& command, ListArguments& arguments) {
  command.option("--match", "TEXT", arguments.match,
                 "With this in title, last prompt, key or project");
  command.option("--since", "WHEN", arguments.since,
                 "Only what was written since: 90m, 12h, 7d, 2w or 2026-08-20");
  command.option("--until", "WHEN", arguments.until, "Only what was written before");
  command.option("--project", "FOLDER", arguments.project,
                 "Agents' sessions that began in this folder or below, such as .");
  command.option("--agent", "NAME", arguments.agent,
                 "Sessions of claude, codex, pi, openclaw, gemini or nanobot");
  command.flag("--damaged", arguments.damaged, "Only those with damage; reads what is new");
  command.option("--min-size", "SIZE", arguments.min_size, "At least so large: 4096, 64K, 10M, 1G");
  command.option("--max-size", "SIZE", arguments.max_size, "At most so large");
}

}  // namespace

void add_list(Command& root, Context& context) {
  auto arguments = std::make_shared<ListArguments>();
  Command command = root.add_command("list", "List the sessions, newest first", kReadGroup);
  declare_filters(command, *arguments);
  command.option("--sort", "ORDER", arguments->sort, "newest, oldest, size, title or records");
  command.option("-n,--limit", "N", arguments->limit, "At most so many");
  command.option("--cursor", "CURSOR", arguments->cursor, "Go on where a page with --limit ended");
  command.flag("--check", arguments->check, "Read each one, and count its records and damage");
  command.flag("--all", arguments->all, "On a terminal: all of them, not only the newest 20");
  command.flag("--strict", arguments->strict, "With --check: exit with 5 if there is damage");
  command.flag("--trusted", arguments->trusted,
               "Take the catalog as it is, without a look at the folder");
  command.flag("--no-cache", arguments->no_cache, "Read every session, and keep nothing");
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
      "records and of damaged ranges stand before the note.\n"
      "\n"
      "What was read is kept in a catalog, which is disposable: see `everturn cache`.");
  command.action([arguments, &context] { return run_list(*arguments, context); });
}

}  // namespace everturn::cli
