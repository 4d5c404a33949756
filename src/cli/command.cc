// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <utility>

#include "base/utf8.h"

namespace everturn::cli {
namespace {

// A vector as CLI11 wants it: it would take "[a,b]" apart, which is a fine key.
void take_all(CLI::Option* option) {
  option->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// The innermost command that was named, for the pointer to its help.
std::string named_command(const CLI::App& app) {
  std::string path = app.get_name();
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) {
    current = current->get_subcommands().front();
    path += " " + current->get_name();
  }
  return path;
}

const CLI::App* innermost(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

}  // namespace

Command Command::add_command(const std::string& name, const std::string& help,
                             const std::string& group) {
  CLI::App* command = app_->add_subcommand(name, help);
  command->group(group);
  // One command a line: with it the names of commands are free for keys.
  app_->require_subcommand(1, 1);
  return Command(command, chosen_);
}

Command& Command::argument(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option(name, value, help)->required()->type_name(" ");
  return *this;
}

Command& Command::argument(const std::string& name, std::optional<std::string>& value,
                           const std::string& help) {
  app_->add_option_function<std::string>(
          name, [&value](const std::string& text) { value = text; }, help)
      ->type_name(" ");
  return *this;
}

Command& Command::arguments(const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  CLI::Option* option = app_->add_option(name, values, help)->required()->type_name(" ");
  take_all(option);
  return *this;
}

Command& Command::any_arguments(const std::string& name, std::vector<std::string>& values,
                                const std::string& help) {
  take_all(app_->add_option(name, values, help)->type_name(" "));
  return *this;
}

Command& Command::flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help);
  return *this;
}

Command& Command::option(const std::string& names, const std::string& value_name,
                         std::optional<std::string>& value, const std::string& help) {
  app_->add_option_function<std::string>(
          names, [&value](const std::string& text) { value = text; }, help)
      ->type_name(value_name)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

Command& Command::option(const std::string& names, const std::string& value_name,
                         std::optional<std::uint64_t>& value, const std::string& help) {
  const auto read = [&value, names](const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) {
      throw CLI::ValidationError(names, "needs a whole number, not \"" + text + "\"");
    }
    value = number;
  };
  app_->add_option_function<std::string>(names, read, help)
      ->type_name(value_name)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

Command& Command::option(const std::string& names, const std::string& value_name,
                         std::vector<std::string>& values, const std::string& help) {
  take_all(app_->add_option(names, values, help)->type_name(value_name));
  return *this;
}

Command& Command::footer(const std::string& text) {
  app_->footer(text);
  return *this;
}

Command& Command::action(Action run) {
  app_->callback([chosen = chosen_, run = std::move(run)] { *chosen = run; });
  return *this;
}

CommandLine::CommandLine(const std::string& help, const std::string& version)
    : app_(std::make_unique<CLI::App>(help, "everturn")) {
  app_->fallthrough();  // inherited by the commands: global options may follow them
  app_->set_help_flag("-h,--help", "Print this help");
  app_->set_version_flag("--version", version, "Print the version");
  app_->option_defaults()->always_capture_default(false);
  app_->get_formatter()->column_width(34);
  app_->get_formatter()->label("OPTIONS", "OPTIONS");
  app_->get_formatter()->label("SUBCOMMAND", "COMMAND");
  app_->get_formatter()->label("SUBCOMMANDS", "COMMANDS");
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() { return Command(app_.get(), &chosen_); }

Result<Parsed> CommandLine::parse(int argc, const char* const* argv) {
  if (argc <= 1) return Parsed{{}, app_->help()};
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Parsed{{}, innermost(app_.get())->help()};
  } catch (const CLI::CallForVersion& version) {
    return Parsed{{}, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return Status(Code::invalid,
                  printable(error.what()) + "; see `" + named_command(*app_) + " --help`");
  }
  return Parsed{chosen_, {}};
}

}  // namespace everturn::cli
