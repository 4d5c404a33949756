// SPDX-License-Identifier: Apache-2.0
// The command line tool: reads the command line, runs one command, turns its failure into a
// sentence and an exit status.
#include <exception>
#include <new>
#include <utility>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/signals.h"

namespace everturn::cli {
namespace {

constexpr const char* kVersion = "everturn " EVERTURN_VERSION;

constexpr const char* kHelp =
    "A crash-safe store for the transcripts of AI agents: what was acknowledged is still there\n"
    "after a crash, a full disk or a power cut.";

constexpr const char* kFooter =
    "Examples:\n"
    "  echo '{\"role\":\"user\",\"content\":\"hi\"}' | everturn append telegram:12345\n"
    "  everturn list\n"
    "  everturn doctor                    # without a store: what agents left on this machine\n"
    "  everturn show @1                   # the newest session\n"
    "  everturn show telegram:12345 --last 20\n"
    "  everturn load telegram:12345 | jq -r .content\n"
    "  everturn tail -f telegram:12345\n"
    "\n"
    "Exit status:\n"
    "  0  done\n"
    "  1  nothing found, or different\n"
    "  2  invalid: the command line, a key or a record; nothing was changed\n"
    "  3  not found: there is no such session, position or trash entry\n"
    "  4  conflict: somebody else wrote in between; load again, then decide\n"
    "  5  damaged: the bytes on the disk are not what they should be\n"
    "  6  I/O: a disk, a file or standard output failed\n"
    "  7  unavailable: locked by another process, or out of memory; try again\n"
    "  128 + N  ended by signal N, with everything acknowledged made durable\n"
    "\n"
    "`everturn COMMAND --help` tells more. Global options may stand before or behind the command.";

int exit_status(const Status& status) { return static_cast<int>(status.code()); }

// Runs what the command line asks for.
Result<int> run(int argc, const char* const* argv, Context& context) {
  CommandLine line(kHelp, kVersion);
  Command root = line.root();
  root.footer(kFooter);
  context.declare(root);
  add_commands(root, context);
  Result<Parsed> parsed = line.parse(argc, argv);
  if (!parsed.ok()) return parsed.status();
  if (Status status = context.settle(); !status.ok()) return status;
  if (!context.output().is_quiet()) {
    if (Status status = context.output().check_open(); !status.ok()) return status;
  }
  if (parsed->action) return parsed->action();
  context.output().write(parsed->text);
  return kExitOk;
}

// As run, without exceptions.
Result<int> run_guarded(int argc, const char* const* argv, Context& context) {
  try {
    return run(argc, argv, context);
  } catch (const std::bad_alloc&) {
    return Status(Code::unavailable, "out of memory");
  } catch (const std::exception& error) {
    return Status(Code::io, std::string("internal error: ") + error.what());
  }
}

// Prints what is left to print, and settles on the exit status.
int finish(const Result<int>& result, Context& context) {
  Output& output = context.output();
  int status = result.ok() ? *result : exit_status(result.status());
  if (!result.ok()) context.report(result.status());
  output.flush();
  if (!output.status().ok()) {
    context.report(output.status());
    if (status == kExitOk) status = exit_status(output.status());
  }
  return StopSignals::received() == 0 ? status : 128 + StopSignals::received();
}

int run_program(int argc, const char* const* argv) {
  ignore_write_signals();
  Context context;
  context.guess_json(argc, argv);
  const Result<int> result = run_guarded(argc, argv, context);
  return finish(result, context);
}

}  // namespace
}  // namespace everturn::cli

int main(int argc, char** argv) {
  try {
    return everturn::cli::run_program(argc, argv);
  } catch (...) {  // no memory even to say so
    return static_cast<int>(everturn::Code::unavailable);
  }
}
