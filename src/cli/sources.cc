// SPDX-License-Identifier: Apache-2.0
// everturn sources: the agents' folders on this machine, with what lies in them.
#include <memory>
#include <utility>

#include "agents/find.h"
#include "base/json_object.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct SourcesArguments {
  bool all = false;
};

void print_json(const AgentSource& source, Context& context) {
  std::vector<std::string> problems;
  for (const std::string& problem : source.problems) problems.push_back(quote_json(problem));
  JsonObject object("everturn.source/1");
  object.add("agent", agent_name(source.folder.agent))
      .add("path", source.folder.path)
      .add("variable", source.folder.variable)
      .add_bool("exists", source.exists)
      .add_number("sessions", source.sessions)
      .add_number("bytes", source.bytes)
      .add_number("sub_agents", source.sub_agents)
      .add_number("sub_agent_bytes", source.sub_agent_bytes)
      .add("newest", source.modified_ns == 0 ? "" : iso_utc_time(source.modified_ns))
      .add_number("problem_count", source.problem_count)
      .add_list("problems", problems);
  context.print(object);
}

void print_table(const std::vector<AgentSource>& sources, Output& output) {
  Table table({{"AGENT"},
               {"FOLDER"},
               {"SESSIONS", true},
               {"SIZE", true},
               {"SUB-AGENTS", true},
               {"SIZE", true},
               {"NEWEST"}});
  for (const AgentSource& source : sources) {
    table.add({std::string(agent_title(source.folder.agent)), printable(source.folder.path),
               source.exists ? std::to_string(source.sessions) : "none",
               size_cell(source.bytes, output), std::to_string(source.sub_agents),
               size_cell(source.sub_agent_bytes, output),
               source.modified_ns == 0 ? "" : iso_utc_time(source.modified_ns)});
  }
  table.print(output);
}

void tell_problems(const AgentSource& source, Output& output) {
  for (const std::string& problem : source.problems) {
    output.error(output.paint_error(Style::yellow, "note:") + " " + problem);
  }
  if (source.problem_count > source.problems.size()) {
    output.note("note: " + std::to_string(source.problem_count - source.problems.size()) +
                " more of that kind in " + printable(source.folder.path));
  }
}

Result<int> run_sources(const SourcesArguments& arguments, Context& context) {
  Output& output = context.output();
  FoundSessions found;
  {
    Progress progress(output);
    progress.show("looking for the agents' folders...");
    found = find_agent_sessions(posix_fs(), agent_folders(process_environment));
  }
  // What somebody has named by a variable is told even if it is not there.
  std::erase_if(found.sources, [&](const AgentSource& source) {
    return !arguments.all && !source.exists && source.folder.variable.empty();
  });
  if (context.json()) {
    for (const AgentSource& source : found.sources) print_json(source, context);
  } else if (!found.sources.empty()) {
    print_table(found.sources, output);
  }
  if (!output.flush()) return kExitOk;
  for (const AgentSource& source : found.sources) {
    if (!context.json()) tell_problems(source, output);
    if (!source.exists && !source.folder.variable.empty()) {
      output.note("note: " + source.folder.variable +
                  " names a folder that is not there: " + printable(source.folder.path));
    }
  }
  if (!found.sources.empty()) return kExitOk;
  output.note("no agent's folder was found; --all shows where they were looked for");
  return kExitNothing;
}

}  // namespace

void add_sources(Command& root, Context& context) {
  auto arguments = std::make_shared<SourcesArguments>();
  Command command =
      root.add_command("sources", "List the agents' folders on this machine", kReadGroup);
  command.flag("--all", arguments->all, "Also the places where nothing is");
  command.footer(
      "Claude Code (CLAUDE_CONFIG_DIR), Codex (CODEX_HOME), pi (PI_CODING_AGENT_DIR,\n"
      "PI_CODING_AGENT_SESSION_DIR), OpenClaw (OPENCLAW_STATE_DIR), Gemini CLI (GEMINI_CLI_HOME)\n"
      "and nanobot; without the variable, the usual place below HOME. Nothing is written there,\n"
      "and links in these folders are not followed.");
  command.action([arguments, &context] { return run_sources(*arguments, context); });
}

}  // namespace everturn::cli
