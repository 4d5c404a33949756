// SPDX-License-Identifier: Apache-2.0
// everturn doctor: examines sessions, whoever's they are, and changes nothing.
#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>

#include "agents/traces.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/doctor_report.h"
#include "cli/find_session.h"
#include "cli/signals.h"
#include "cli/sizes.h"

namespace everturn::cli {
namespace {

struct DoctorArguments {
  std::vector<std::string> names;
  bool all = false;
  bool notes = false;
};

using Clock = std::chrono::steady_clock;

// Whom to examine, and what was found on the way to them.
class Round {
 public:
  explicit Round(Context& context) : context_(context) {}

  Status add_named(const std::string& name) {
    const bool is_folder = posix_fs().open_folder(name, false).ok();
    const bool is_meant = looks_like_path(name) || name.find('/') != std::string::npos;
    if (is_folder && (is_meant || !names_a_session(name))) return add_folder(name);
    const FoundSession found = TRY(find_session(context_, name));
    for (SessionInfo& session : TRY(found.store->list())) {
      if (session.key == found.key) return add(*found.store, std::move(session));
    }
    return with_hint({Code::not_found, printable(name) + ": there is no such session or folder"});
  }

  // The store and its sessions; `is_agents`: they are other agents' files.
  Status add_store(Store& store, bool is_agents) {
    for (SessionInfo& session : TRY(store.list())) {
      patients_.push_back({&store, std::move(session), is_agents});
    }
    return {};
  }

  // All agents' folders, with what is known only by name in them.
  Status add_agents() {
    Store* agents = TRY(context_.agents());
    CHECK_OK(add_store(*agents, true));
    look_for_traces(agent_folders(process_environment));
    return {};
  }

  void settle() {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < patients_.size(); ++i) places.emplace(patients_[i].session.key, i);
    for (const Patient& patient : patients_) {
      const auto whole = places.find(patient.session.part_of);
      if (whole == places.end()) continue;
      patients_[whole->second].sub_agent_bytes += patient.session.bytes;
    }
  }

  [[nodiscard]] const std::vector<Patient>& patients() const { return patients_; }
  std::vector<std::string>& problems() { return problems_; }
  std::vector<SessionTrace>& traces() { return traces_; }

 private:
  bool names_a_session(const std::string& name) {
    const Result<Store*> scope = context_.reading_store();
    if (!scope.ok()) return false;
    const Result<Version> version = (*scope)->version(name);
    return version.ok() && *version != Version::none();
  }

  Status with_hint(const Status& status) const {
    return {status.code(),
            status.message() + "; `" + context_.command_hint("list") + "` shows what there is"};
  }

  Status add(Store& store, SessionInfo session) {
    const bool is_file =
        session.file_name.find('/') != std::string::npos || session.file_name == session.key;
    patients_.push_back({&store, std::move(session), is_file});
    return {};
  }

  Status add_folder(const std::string& path) {
    Store* store = TRY(context_.folder(path));
    const StoreInfo info = TRY(store->info());
    const bool is_agents = info.engine == "agents";
    const std::size_t first = patients_.size();
    CHECK_OK(add_store(*store, is_agents));
    if (!is_agents) {
      // Named by their files: the sessions are of no store that a command names.
      for (std::size_t i = first; i < patients_.size(); ++i) {
        patients_[i].is_file = true;
        patients_[i].session.file_name = path + "/" + patients_[i].session.file_name;
      }
      return {};
    }
    look_for_traces(TRY(find_agent_folders(posix_fs(), path)));
    return {};
  }

  void look_for_traces(const std::vector<AgentFolder>& folders) {
    const FoundSessions found = find_agent_sessions(posix_fs(), folders);
    for (const AgentSource& source : found.sources) {
      problems_.insert(problems_.end(), source.problems.begin(), source.problems.end());
      if (source.problem_count > source.problems.size()) {
        problems_.push_back(std::to_string(source.problem_count - source.problems.size()) +
                            " more of that kind in " + printable(source.folder.path));
      }
    }
    for (SessionTrace& trace : find_session_traces(posix_fs(), found.sources, found.sessions)) {
      traces_.push_back(std::move(trace));
    }
  }

  Context& context_;
  std::vector<Patient> patients_;
  std::vector<std::string> problems_;
  std::vector<SessionTrace> traces_;
};

Status collect(const DoctorArguments& arguments, Round& round, Context& context) {
  for (const std::string& name : arguments.names) {
    if (Status status = round.add_named(name); !status.ok()) return status;
  }
  if (!arguments.names.empty() && !arguments.all) return {};
  const bool reads_agents = context.reads_agents();
  if (!reads_agents) {
    Store* store = TRY(context.store());
    CHECK_OK(round.add_store(*store, false));
  }
  return reads_agents || arguments.all ? round.add_agents() : Status();
}

void examine_all(const Round& round, DoctorReport& report, Context& context) {
  std::uint64_t done = 0;
  std::uint64_t bytes = 0;
  std::uint64_t all = 0;
  for (const Patient& patient : round.patients()) all += patient.session.bytes;
  for (const Patient& patient : round.patients()) {
    if (StopSignals::received() != 0 || context.output().reader_left()) return;
    const Result<Examination> examination = [&] {
      Progress progress(context.output());
      progress.show("examining " + std::to_string(++done) + " of " +
                    counted(round.patients().size(), "session") + ", " + size_text(bytes) + " of " +
                    size_text(all) + ": " + printable(patient.session.key));
      return examine(*patient.store, patient.session.key);
    }();
    bytes += patient.session.bytes;
    if (examination.ok()) {
      report.add(patient, *examination);
    } else {
      report.add_unreadable(patient, examination.status());
    }
  }
}

Result<int> run_doctor(const DoctorArguments& arguments, Context& context) {
  const StopSignals signals;
  const auto begin = Clock::now();
  Round round(context);
  {
    Progress progress(context.output());
    progress.show("looking for sessions...");
    CHECK_OK(collect(arguments, round, context));
  }
  round.settle();
  constexpr std::size_t kFew = 3;
  const bool in_full =
      arguments.notes || (!arguments.names.empty() && round.patients().size() <= kFew);
  DoctorReport report(context, in_full);
  examine_all(round, report, context);
  report.add_problems(std::move(round.problems()));
  report.add_traces(std::move(round.traces()));
  report.finish(std::chrono::duration<double>(Clock::now() - begin).count());
  return report.exit_status();
}

}  // namespace

void add_doctor(Command& root, Context& context) {
  auto arguments = std::make_shared<DoctorArguments>();
  Command command = root.add_command(
      "doctor", "Examine sessions: damage, hidden messages, size, secrets", kLookAfterGroup);
  command.any_arguments("SESSION|PATH", arguments->names,
                        "Sessions, files or folders, whoever wrote them; none: all that `everturn "
                        "list` shows, sub-agents too");
  command.flag("--all", arguments->all, "The store, and every agent's folder on this machine");
  command.flag("--notes", arguments->notes, "Of each session all remarks, sizes and secrets");
  command.footer(
      "Nothing is changed. What is found is graded:\n"
      "  damage          bytes that are no record, or records that readers of lines lose\n"
      "  hides messages  whole messages that the session's own agent no longer finds\n"
      "  note            odd, and costs nothing\n"
      "Secrets are counted by kind and never printed. Exit status: 5 if there is damage, else "
      "that\n"
      "of the first session that could not be read; 1 if no session was found. With --json: one\n"
      "object a session, one for each that is known only by name, and a last one with the sums.\n"
      "\n"
      "Examples:\n"
      "  everturn doctor\n"
      "  everturn doctor ~/.claude\n"
      "  everturn doctor @1 claude:0a1b");
  command.action([arguments, &context] { return run_doctor(*arguments, context); });
}

}  // namespace everturn::cli
