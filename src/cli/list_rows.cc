// SPDX-License-Identifier: Apache-2.0
#include "cli/list_rows.h"

#include <algorithm>
#include <utility>

#include "agents/folders.h"
#include "base/json_object.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/agent_text.h"
#include "cli/resume_command.h"
#include "cli/sizes.h"
#include "find/find_json.h"

namespace everturn::cli {
namespace {

std::string_view agent_of(const SessionInfo& session) {
  return std::string_view(session.key).substr(0, session.key.find(':'));
}

std::string note_of(const SessionInfo& session) {
  std::string note = printable(session.note);
  if (session.in_flight_bytes == 0) return note;
  return note + (note.empty() ? "" : "; ") + "last line unterminated";
}

std::string shown_project(const std::string& project) {
  const std::string home = process_environment("HOME");
  const bool is_in_home = home.size() > 1 && project.starts_with(home) &&
                          (project.size() == home.size() || project[home.size()] == '/');
  return is_in_home ? "~" + project.substr(home.size()) : project;
}

std::string resume_of(const SessionRow& row, const RowStyle& style) {
  return style.in_place ? resume_command(row.session, row.project) : "";
}

std::string tabbed(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : "\t") + cells[i];
  return line + "\n";
}

}  // namespace

void print_json_row(const SessionRow& row, const RowStyle& style, Context& context) {
  const SessionInfo& session = row.session;
  JsonObject object(style.of_agents ? "everturn.agent_session/1" : "everturn.session/1");
  object.add("key", session.key);
  if (style.of_agents) {
    object.add("agent", agent_of(session)).add("part_of", session.part_of);
  }
  object.add("project", row.project)
      .add("branch", row.branch)
      .add("title", row.title)
      .add("preview", row.preview)
      .add("dialect", row.dialect)
      .add(style.of_agents ? "path" : "file", session.file_name)
      .add_number("bytes", session.bytes)
      .add("created", row.created_ns == 0 ? "" : iso_utc_time(row.created_ns))
      .add("modified", iso_utc_time(session.modified_ns))
      .add_signed("modified_ns", session.modified_ns)
      .add("note", session.note);
  if (style.of_agents) object.add("resume", resume_of(row, style));
  if (style.of_agents || style.counts) object.add("health", health_name(row.health));
  if (row.rank > 0) object.add_number("rank", row.rank);
  if (style.of_agents || style.counts) add_counts(object, row);
  context.print(object);
}

void print_line(const SessionRow& row, const RowStyle& style, Output& output) {
  const SessionInfo& session = row.session;
  std::vector<std::string> cells = {printable(session.key), std::to_string(session.bytes),
                                    iso_utc_time(session.modified_ns)};
  if (style.of_agents) {
    for (std::string cell : {std::string(health_name(row.health)), printable(row.project),
                             printable(row.branch), printable(row.title), resume_of(row, style)}) {
      cells.push_back(std::move(cell));
    }
  } else {
    if (style.counts) {
      cells.push_back(std::to_string(session.records));
      cells.push_back(std::to_string(session.damage_count));
    }
    cells.push_back(note_of(session));
  }
  output.write(tabbed(cells));
}

void print_block(const SessionRow& row, const RowStyle& style, Output& output) {
  const SessionInfo& session = row.session;
  const auto width = static_cast<std::size_t>(std::max<std::uint64_t>(output.terminal_width(), 40));
  const std::string rank = row.rank > 0 ? "@" + std::to_string(row.rank) : "  sub-agent";
  const bool is_fine = row.health == Health::sound || row.health == Health::unread;
  const std::string health(health_name(row.health));
  const std::string title = row.title.empty() ? "(no title)" : row.title;
  output.write(output.paint(Style::bold, rank) + "  " + clipped(title, width - rank.size() - 2) +
               "\n");
  std::string facts = age_text(session.modified_ns, style.now_ns) + "  " + size_text(session.bytes);
  if (style.counts) facts += "  " + counted(session.records, "record");
  if (!row.project.empty()) facts += "  " + shown_project(row.project);
  if (!row.branch.empty()) facts += " (" + row.branch + ")";
  if (const std::string note = note_of(session); !note.empty()) facts += "  " + note;
  output.write("    " + output.paint(is_fine ? Style::dim : Style::red, health) + "  " +
               output.paint(Style::dim, clipped(facts, width - health.size() - 6)) + "\n");
  if (!row.preview.empty() && row.preview != row.title) {
    output.write("    " + output.paint(Style::dim, clipped("> " + row.preview, width - 4)) + "\n");
  }
  output.write("    " + printable(session.key) + "\n");
  const std::string resume = resume_of(row, style);
  if (!resume.empty()) output.write("    " + output.paint(Style::dim, resume) + "\n");
}

}  // namespace everturn::cli
