// SPDX-License-Identifier: Apache-2.0
// How a command says what it takes. A thin face on CLI11, which is slow to compile and therefore
// included by command.cc alone.
#ifndef EVERTURN_CLI_COMMAND_H_
#define EVERTURN_CLI_COMMAND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace CLI {
class App;
}

namespace everturn::cli {

// Runs a command; the value is the exit status, a failure is reported by main.
using Action = std::function<Result<int>()>;

// One command while it is declared. A copy means the same command. The variables given here are
// set when the command line is read, and must live until the action has run.
class Command {
 public:
  explicit Command(CLI::App* app, Action* chosen) : app_(app), chosen_(chosen) {}

  // A command below this one. `group` is its heading in the help.
  Command add_command(const std::string& name, const std::string& help, const std::string& group);
  // Positional: exactly one; at most one; at least one; any number.
  Command& argument(const std::string& name, std::string& value, const std::string& help);
  Command& argument(const std::string& name, std::optional<std::string>& value,
                    const std::string& help);
  Command& arguments(const std::string& name, std::vector<std::string>& values,
                     const std::string& help);
  Command& any_arguments(const std::string& name, std::vector<std::string>& values,
                         const std::string& help);
  // `names` such as "-n,--last". Of a repeated option the last one counts, vectors take all.
  Command& flag(const std::string& names, bool& value, const std::string& help);
  Command& option(const std::string& names, const std::string& value_name,
                  std::optional<std::string>& value, const std::string& help);
  Command& option(const std::string& names, const std::string& value_name,
                  std::optional<std::uint64_t>& value, const std::string& help);
  Command& option(const std::string& names, const std::string& value_name,
                  std::vector<std::string>& values, const std::string& help);
  // Text behind the help: examples.
  Command& footer(const std::string& text);
  // What runs when this is the command of the command line.
  Command& action(Action run);

 private:
  CLI::App* app_;
  Action* chosen_;
};

// What a command line asks for.
struct Parsed {
  Action action;     // unset: print `text` and exit with 0
  std::string text;  // help or version
};

// The program as a whole.
class CommandLine {
 public:
  CommandLine(const std::string& help, const std::string& version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // For the global options, and to add commands.
  Command root();
  // `invalid` names what is wrong with the command line, and the help to read.
  Result<Parsed> parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action chosen_;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_COMMAND_H_
