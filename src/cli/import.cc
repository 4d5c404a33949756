// SPDX-License-Identifier: Apache-2.0
// everturn import: keeps a copy of what agents write.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/import_tally.h"
#include "cli/import_unit.h"
#include "cli/signals.h"
#include "store/import.h"

namespace everturn::cli {
namespace {

struct ImportArguments {
  std::vector<std::string> paths;
  std::optional<std::string> to;
  bool follow = false;
  bool install = false;
};

Result<std::string> default_place() {
  if (const std::string data = process_environment("XDG_DATA_HOME"); data.starts_with('/')) {
    return data + "/everturn-imports";
  }
  if (const std::string home = process_environment("HOME"); home.starts_with('/')) {
    return home + "/.local/share/everturn-imports";
  }
  return Status(Code::invalid, "no place for the copy: give --to FOLDER, or set HOME");
}

std::string absolute(const std::string& path) {
  return path.starts_with('/') ? path : posix_fs().real_path(".") + "/" + path;
}

// `path` without links, as far as it is there.
std::string real_target(const std::string& path) {
  std::string there = path;
  while (there.size() > 1 && !posix_fs().open_folder(there, false).ok()) {
    there.resize(std::max<std::size_t>(there.rfind('/'), 1));
  }
  return posix_fs().real_path(there) + "/" + path.substr(there.size());
}

// Where the sessions of an agent's folder lie, without links.
std::string sessions_path(const AgentFolder& folder) {
  const std::string& below = folder.below.front();
  return posix_fs().real_path(below.empty() ? folder.path : folder.path + "/" + below);
}

// The agents' folders, there or not; one that two variables lead to, once.
std::vector<AgentPlace> usual_places() {
  std::vector<AgentPlace> places;
  for (AgentFolder& folder : agent_folders(process_environment)) {
    folder.path = posix_fs().real_path(folder.path);
    const bool is_known = std::any_of(places.begin(), places.end(), [&](const AgentPlace& place) {
      return place.folder.agent == folder.agent &&
             sessions_path(place.folder) == sessions_path(folder);
    });
    if (!is_known) places.push_back({std::move(folder), {}});
  }
  return places;
}

Result<std::vector<AgentPlace>> places_of(const std::vector<std::string>& paths) {
  if (paths.empty()) return usual_places();
  const std::vector<AgentFolder> known = agent_folders(process_environment);
  std::vector<AgentPlace> places;
  for (const std::string& path : paths) {
    Result<AgentPlace> place = find_agent_place(posix_fs(), absolute(path), known);
    if (!place) return place.status().within(printable(path));
    const Result<std::unique_ptr<Folder>> side =
        posix_fs().open_folder(absolute(path) + "/.everturn", false);
    if (side && (*side)->stat("format").ok()) {
      return Status(Code::invalid, printable(path) +
                                       " is a store of Everturn's own; only what agents write "
                                       "themselves is imported");
    }
    places.push_back(*std::move(place));
  }
  return places;
}

// Nothing of ours goes into an agent's folder.
Status check_target(const std::string& to, const std::vector<AgentPlace>& places) {
  const std::string real = real_target(to) + "/";
  for (const AgentPlace& place : places) {
    if (place.folder.agent == Agent::files || !real.starts_with(place.folder.path + "/")) continue;
    return {Code::invalid, printable(to) + " lies in the folder of " +
                               std::string(agent_title(place.folder.agent)) +
                               "; give --to a folder outside of it"};
  }
  return {};
}

// One pass over all places.
void import_all(Importer& importer, const std::vector<AgentPlace>& places, ImportTally& tally,
                Context& context) {
  std::uint64_t files = 0;
  Progress progress(context.output());
  for (const AgentPlace& place : places) {
    const Status status = importer.import(place, [&](const ImportEvent& event) {
      tally.add(event);
      if (++files % 16 == 1) progress.show(counted(files, "file") + ": " + printable(event.source));
      return StopSignals::received() == 0 && !context.output().reader_left();
    });
    if (!status.ok()) tally.add_failure(status);
    if (StopSignals::received() != 0) return;
  }
}

// Waits until something may have changed: at once in a folder that is watched; what cannot be is
// looked at a while later. A pass takes at most a tenth of the time.
void wait_for_changes(Importer& importer, std::int64_t pass_ns, Context& context) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  constexpr std::int64_t kPollMs = 2000;
  constexpr std::int64_t kAnywayMs = 60'000;   // folders above the watched ones may be moved
  constexpr std::int64_t kLookAroundMs = 250;  // for signals
  Fs& fs = posix_fs();
  const std::int64_t begin = fs.monotonic_ns();
  const std::int64_t rest_ms = 10 * pass_ns / kMillisecond;
  std::int64_t poll_ms = kPollMs;
  bool has_changed = false;
  while (StopSignals::received() == 0 && context.output().look_for_reader()) {
    const std::int64_t passed_ms = (fs.monotonic_ns() - begin) / kMillisecond;
    if (passed_ms >= poll_ms) {
      has_changed = has_changed || importer.must_look_again();
      poll_ms = passed_ms + kPollMs;
    }
    if (passed_ms >= rest_ms && (has_changed || passed_ms >= kAnywayMs)) return;
    if (!has_changed) {
      has_changed = importer.wait(kLookAroundMs);
    } else {
      fs.sleep_ns(std::clamp<std::int64_t>(rest_ms - passed_ms, 1, kLookAroundMs) * kMillisecond);
    }
  }
}

void follow(Importer& importer, const std::vector<AgentPlace>& places, ImportTally& tally,
            Context& context) {
  while (StopSignals::received() == 0) {
    const std::int64_t begin = posix_fs().monotonic_ns();
    import_all(importer, places, tally, context);
    if (!context.output().flush()) return;
    wait_for_changes(importer, posix_fs().monotonic_ns() - begin, context);
    if (context.output().reader_left()) return;
  }
}

Result<int> install(const ImportArguments& arguments, const std::string& to, Context& context) {
  const std::string self = "/proc/self/exe";
  const std::string program = posix_fs().real_path(self);
  if (program == self) return Status(Code::io, "cannot tell where this program lies");
  std::vector<std::string> words = {"import", "--follow", "--to", to, "--"};
  for (const std::string& path : arguments.paths) words.push_back(absolute(path));
  if (arguments.paths.empty()) words.pop_back();
  const std::string folder = TRY(user_unit_folder(process_environment));
  const std::string text = TRY(import_unit_text(program, words, process_environment));
  const bool is_new = TRY(install_unit(posix_fs(), folder, text));
  const std::string path = folder + "/" + kImportUnit;
  const std::array<std::string, 2> commands = {
      "systemctl --user daemon-reload",
      std::string("systemctl --user enable --now ") + kImportUnit};
  if (context.json()) {
    JsonObject object("everturn.import_unit/1");
    object.add("path", json_text_of(path))
        .add_bool("written", is_new)
        .add_list("commands",
                  std::vector<std::string>{quote_json(commands[0]), quote_json(commands[1])});
    context.print(object);
    return kExitOk;
  }
  context.output().say((is_new ? "written: " : "it stands there already: ") + printable(path) +
                       "\nto start it, now and with each login:");
  for (const std::string& command : commands) context.output().say("  " + command);
  return kExitOk;
}

Result<int> run_import(const ImportArguments& arguments, Context& context) {
  if (arguments.install && !arguments.follow) {
    return Status(Code::invalid, "--install goes with --follow: the unit keeps following");
  }
  const std::string to = absolute(arguments.to ? *arguments.to : TRY(default_place()));
  const std::vector<AgentPlace> places = TRY(places_of(arguments.paths));
  CHECK_OK(check_target(to, places));
  if (arguments.install) return install(arguments, to, context);
  const bool is_any = std::any_of(places.begin(), places.end(), [](const AgentPlace& place) {
    return posix_fs().open_folder(place.folder.path, false).status().code() != Code::not_found;
  });
  if (!is_any && !arguments.follow) {
    context.output().note(
        "no agent's folder was found; `everturn sources --all` shows where they "
        "were looked for");
    return kExitNothing;
  }
  const StopSignals signals;
  const std::unique_ptr<Importer> importer = TRY(Importer::open(posix_fs(), to));
  ImportTally tally(context, to);
  if (arguments.follow) {
    context.output().note("following; the copy: " + printable(to));
    importer->watch_folders();
    follow(*importer, places, tally, context);
  } else {
    import_all(*importer, places, tally, context);
  }
  tally.finish(arguments.follow);
  context.output().flush();
  return tally.exit_status();
}

}  // namespace

void add_import(Command& root, Context& context) {
  auto arguments = std::make_shared<ImportArguments>();
  Command command = root.add_command("import", "Keep a copy of what agents write", kLookAfterGroup);
  command.any_arguments("PATH", arguments->paths,
                        "Agents' folders, folders or files in them, or any folder; none: every "
                        "agent's folder on this machine");
  command.option("--to", "FOLDER", arguments->to,
                 "Where the copy goes [everturn-imports in the user's data folder]");
  command.flag("--follow", arguments->follow,
               "Go on with what is written, until SIGTERM or Ctrl-C");
  command.flag("--install", arguments->install,
               "With --follow: write a systemd user unit that does it, and do nothing else");
  command.footer(
      "Sessions go byte for byte, with sub-agents and tool results; of a session's file that is\n"
      "named, the folder that bears its name goes with it. A second run copies what came since.\n"
      "What was deleted at the source stays in the copy; of a file that was rewritten or cut "
      "there\n"
      "the older content stays beside the new, as NAME.before-1 and so on. A run that was killed\n"
      "is taken up by the next. Nothing is written at the source; links are not followed. The "
      "copy\n"
      "is read with --store agents:FOLDER. Exit status: of the first file that failed; the others\n"
      "are copied all the same.\n"
      "\n"
      "Examples:\n"
      "  everturn import\n"
      "  everturn import ~/.claude --to /backup/agents\n"
      "  everturn import --follow --install");
  command.action([arguments, &context] { return run_import(*arguments, context); });
}

}  // namespace everturn::cli
