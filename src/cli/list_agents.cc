// SPDX-License-Identifier: Apache-2.0
#include "cli/list_agents.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "agents/folders.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/agent_text.h"
#include "cli/find_session.h"
#include "cli/json_object.h"
#include "cli/resume_command.h"
#include "cli/sizes.h"
#include "fs/fs.h"
#include "views/examination.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kShownOnTerminal = 20;
// Without --check sessions are read whole, newest first, as long as that takes no time.
constexpr std::uint64_t kReadUnasked = 128ULL << 20;

enum class Health : std::uint8_t { unread, unreadable, sound, hiding, damaged };

struct Row {
  std::uint64_t rank = 0;  // the N of @N; 0 for a sub-agent
  SessionInfo session;
  Overview overview;
  std::string resume;  // the command that goes on with it; "": none
  Health health = Health::unread;
};

std::string_view health_name(Health health) {
  switch (health) {
    case Health::unread:
      return "unread";
    case Health::unreadable:
      return "unreadable";
    case Health::sound:
      return "ok";
    case Health::hiding:
      return "hides messages";
    case Health::damaged:
      return "damaged";
  }
  return "";
}

std::string_view agent_of(const SessionInfo& session) {
  return std::string_view(session.key).substr(0, session.key.find(':'));
}

// The project of a filter, as agents write it: absolute, without links and dots.
std::string project_path(const std::string& project) {
  std::string path = posix_fs().real_path(project);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

bool is_below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder == "/" || path[folder.size()] == '/';
}

void read_health(Store& store, Row& row) {
  const Result<Examination> examined = examine(store, row.session.key);
  if (!examined.ok()) {
    row.health = Health::unreadable;
    row.session.note = examined.status().message();
    return;
  }
  row.session.checked = true;
  row.session.records = examined->records;
  row.session.damage_bytes = examined->damage_bytes;
  row.health = Health::sound;
  if (examined->worst() == Grade::hides_messages) row.health = Health::hiding;
  if (examined->worst() == Grade::damage) row.health = Health::damaged;
}

// What the filters leave, newest first.
Result<std::vector<Row>> find_rows(const AgentListArguments& arguments, Store& store,
                                   std::int64_t now_ns) {
  std::int64_t since_ns = std::numeric_limits<std::int64_t>::min();
  if (arguments.since) since_ns = TRY(parse_since(*arguments.since, now_ns));
  if (arguments.agent && !agent_of_name(*arguments.agent)) {
    return Status(Code::invalid,
                  "--agent takes one of: claude, codex, pi, openclaw, gemini, "
                  "nanobot");
  }
  const std::string project = arguments.project ? project_path(*arguments.project) : "";
  std::vector<Row> rows;
  std::uint64_t rank = 0;
  for (SessionInfo& session : TRY(sessions_by_age(store))) {
    const bool is_part = !session.part_of.empty();
    if (!is_part) ++rank;
    if (is_part && !arguments.all) continue;
    if (session.modified_ns < since_ns) break;
    if (arguments.agent && agent_of(session) != *arguments.agent) continue;
    Row row;
    row.rank = is_part ? 0 : rank;
    row.session = std::move(session);
    if (arguments.project) {
      row.overview = overview_of(store, row.session);
      if (!is_below(row.overview.project, project)) continue;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// An agent knows nothing of copies, and must not write into them.
Result<bool> lie_in_place(const Context& context) {
  return !context.names_store() || TRY(context.store_url()) == "agents:";
}

void complete(std::vector<Row>& rows, const AgentListArguments& arguments, Store& store,
              bool in_place, Output& output) {
  Progress progress(output);
  std::uint64_t left = kReadUnasked;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row& row = rows[i];
    if (i % 16 == 0) {
      progress.show("examining " + std::to_string(i + 1) + " of " +
                    counted(rows.size(), "session"));
    }
    if (!arguments.project) row.overview = overview_of(store, row.session);
    if (in_place) row.resume = resume_command(row.session, row.overview.project);
    if (!arguments.check && row.session.bytes > left) continue;
    left -= std::min(left, row.session.bytes);
    read_health(store, row);
  }
}

void print_json(const Row& row, Context& context) {
  const SessionInfo& session = row.session;
  JsonObject object("everturn.agent_session/1");
  object.add("key", session.key)
      .add("agent", agent_of(session))
      .add("part_of", session.part_of)
      .add("project", row.overview.project)
      .add("branch", row.overview.branch)
      .add("title", row.overview.title)
      .add("path", session.file_name)
      .add_number("bytes", session.bytes)
      .add("modified", iso_utc_time(session.modified_ns))
      .add_signed("modified_ns", session.modified_ns)
      .add("health", health_name(row.health))
      .add("resume", row.resume)
      .add("note", session.note);
  if (row.rank > 0) object.add_number("rank", row.rank);
  if (session.checked) {
    object.add_number("records", session.records).add_number("damage_bytes", session.damage_bytes);
  }
  context.print(object);
}

// Into a pipe: one line a session, separated by tabs.
void print_line(const Row& row, Output& output) {
  const SessionInfo& session = row.session;
  std::string line;
  for (const std::string& cell :
       {printable(session.key), std::to_string(session.bytes), iso_utc_time(session.modified_ns),
        std::string(health_name(row.health)), printable(row.overview.project),
        printable(row.overview.branch), printable(row.overview.title), row.resume}) {
    line += (line.empty() ? "" : "\t") + cell;
  }
  output.write(line + "\n");
}

std::string shown_project(const std::string& project) {
  const std::string home = process_environment("HOME");
  if (home.size() > 1 && is_below(project, home)) return "~" + project.substr(home.size());
  return project;
}

// On a terminal: the title, and below it how to call the session.
void print_block(const Row& row, std::int64_t now_ns, Output& output) {
  const SessionInfo& session = row.session;
  const auto width = static_cast<std::size_t>(std::max<std::uint64_t>(output.terminal_width(), 40));
  const std::string rank = row.rank > 0 ? "@" + std::to_string(row.rank) : "  sub-agent";
  const bool is_fine = row.health == Health::sound || row.health == Health::unread;
  const std::string health(health_name(row.health));
  std::string facts = age_text(session.modified_ns, now_ns) + "  " + size_text(session.bytes);
  const std::string title = row.overview.title.empty() ? "(no title)" : row.overview.title;
  output.write(output.paint(Style::bold, rank) + "  " + clipped(title, width - rank.size() - 2) +
               "\n");
  if (!row.overview.project.empty()) facts += "  " + shown_project(row.overview.project);
  if (!row.overview.branch.empty()) facts += " (" + row.overview.branch + ")";
  output.write("    " + output.paint(is_fine ? Style::dim : Style::red, health) + "  " +
               output.paint(Style::dim, clipped(facts, width - health.size() - 6)) + "\n");
  output.write("    " + printable(session.key) + "\n");
  if (!row.resume.empty()) output.write("    " + output.paint(Style::dim, row.resume) + "\n");
}

// What to do with them, for who looks at a terminal.
void print_hints(const std::vector<Row>& rows, const Context& context, Output& output) {
  const bool is_fine = std::none_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.health == Health::damaged || row.health == Health::hiding ||
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

void print_text(const std::vector<Row>& rows, std::size_t left_out, std::int64_t now_ns,
                Output& output) {
  for (const Row& row : rows) {
    if (output.is_terminal()) {
      print_block(row, now_ns, output);
    } else {
      print_line(row, output);
    }
  }
  if (left_out > 0) {
    output.say(
        output.paint(Style::dim, "and " + std::to_string(left_out) + " more; --all shows all"));
  }
}

}  // namespace

Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ns) {
  constexpr std::size_t kDateLength = 10;
  const std::string day = text.size() == kDateLength ? std::string(text) + "T00:00" : "";
  if (const auto time = parse_iso_time(day.empty() ? text : day)) return *time;
  constexpr std::int64_t kMinute = 60'000'000'000;
  constexpr std::uint64_t kMost = 10'000;  // weeks, in nanoseconds, fit 63 bits
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  const bool has_unit = error == std::errc() && stop + 1 == end && count <= kMost;
  const std::string_view unit = has_unit ? std::string_view(stop, 1) : std::string_view();
  const auto units = static_cast<std::int64_t>(count);
  if (unit == "m") return now_ns - units * kMinute;
  if (unit == "h") return now_ns - units * 60 * kMinute;
  if (unit == "d") return now_ns - units * 24 * 60 * kMinute;
  if (unit == "w") return now_ns - units * 7 * 24 * 60 * kMinute;
  return Status(Code::invalid, "--since takes such as 90m, 12h, 7d, 2w or 2026-08-20, not \"" +
                                   std::string(text) + "\"");
}

Result<int> list_agents(const AgentListArguments& arguments, Context& context) {
  Store* store = TRY(context.agents());
  Output& output = context.output();
  const std::int64_t now_ns = posix_fs().now_ns();
  std::vector<Row> rows = TRY(find_rows(arguments, *store, now_ns));
  const bool is_cut = output.is_terminal() && !context.json() && !arguments.all &&
                      !arguments.check && rows.size() > kShownOnTerminal;
  const std::size_t left_out = is_cut ? rows.size() - kShownOnTerminal : 0;
  rows.resize(rows.size() - left_out);
  const bool in_place = TRY(lie_in_place(context));
  complete(rows, arguments, *store, in_place, output);
  if (context.json()) {
    for (const Row& row : rows) print_json(row, context);
  } else {
    print_text(rows, left_out, now_ns, output);
    if (!rows.empty() && output.is_terminal()) print_hints(rows, context, output);
    const std::size_t passed_over = in_place ? TRY(store->info()).warnings.size() : 0;
    if (passed_over > 0) {
      output.note("note: " + counted(passed_over, "place") +
                  " could not be looked into; `everturn sources` names " +
                  (passed_over == 1 ? "it" : "them"));
    }
    const bool is_filtered = arguments.agent || arguments.project || arguments.since;
    if (rows.empty()) {
      output.note(is_filtered ? "no agent's session fits; `everturn list` shows them all"
                              : "no sessions were found; " + where_to_look(context));
    }
  }
  const bool is_damaged = std::any_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.health == Health::damaged || row.health == Health::unreadable;
  });
  return arguments.strict && is_damaged ? static_cast<int>(Code::damaged) : kExitOk;
}

}  // namespace everturn::cli
