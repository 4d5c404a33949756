// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <utility>

#include "base/utf8.h"

namespace everturn::cli {
namespace {

// CLI11 takes "[a,b]" apart where several values may stand, but it is a fine key. This behind such
// an argument hides it.
constexpr char kMark = '\x01';

std::string marked(std::string argument) {
  if (argument.starts_with('[') && argument.ends_with(']')) argument += kMark;
  return argument;
}

std::string unmarked(std::string argument) {
  if (argument.starts_with('[') && argument.ends_with(kMark)) argument.pop_back();
  return argument;
}

// "everturn meta get" for the command `get` below `meta`.
std::string path_of(const CLI::App* app) {
  if (app->get_parent() == nullptr) return app->get_name();
  return path_of(app->get_parent()) + " " + app->get_name();
}

const CLI::App* innermost(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

// `text` with line breaks instead of blanks, so that it fits a terminal beside the names.
std::string wrapped(std::string text, std::size_t width) {
  std::size_t line_start = 0;
  while (text.size() - line_start > width) {
    const std::size_t blank = text.rfind(' ', line_start + width);
    if (blank == std::string::npos || blank <= line_start) break;
    text[blank] = '\n';
    line_start = blank + 1;
  }
  return text;
}

class HelpText : public CLI::Formatter {
 public:
  HelpText() {
    column_width(kNameColumns);
    label("SUBCOMMAND", "COMMAND");
    label("SUBCOMMANDS", "COMMAND");
  }

  std::string make_usage(const CLI::App* app, std::string /*name*/) const override {
    return "\n" + CLI::Formatter::make_usage(app, path_of(app));
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional() || option->get_type_size() == 0) return {};
    return " " + option->get_type_name();
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kTextColumns);
  }
  std::string make_footer(const CLI::App* app) const override {
    std::string footer = CLI::Formatter::make_footer(app);
    if (app->get_parent() == nullptr) return footer;
    return footer + (footer.empty() ? "" : "\n") +
           "Global options, such as --store and --json: see `everturn --help`.\n";
  }

 private:
  static constexpr std::size_t kNameColumns = 26;
  static constexpr std::size_t kTextColumns = 66;
};

// What is wrong with the command line, in a sentence.
std::string explain(const CLI::ParseError& error, const CLI::App* root) {
  // A word that is no command is left over, and its own mistake; CLI11 speaks of a missing one.
  const std::vector<std::string> left_over = root->remaining(true);
  const bool wants_command = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                             innermost(root)->get_require_subcommand_min() > 0;
  if (!wants_command) return error.what();
  if (left_over.empty()) return "a command is missing";
  return "there is no command or option \"" + left_over.front() + "\"";
}

}  // namespace

Command Command::add_command(const std::string& name, const std::string& help,
                             const std::string& group) {
  CLI::App* command = app_->add_subcommand(name, help);
  command->group(group)->footer("");  // not the footer of its parent
  // One command a line: with it the names of commands are free for keys.
  app_->require_subcommand(1, 1);
  return Command(command, chosen_);
}

Command& Command::argument(const std::string& name, std::string& value, const std::string& help) {
  const auto set = [&value](const std::string& text) { value = unmarked(text); };
  app_->add_option_function<std::string>(name, set, help)->required();
  return *this;
}

Command& Command::argument(const std::string& name, std::optional<std::string>& value,
                           const std::string& help) {
  const auto set = [&value](const std::string& text) { value = unmarked(text); };
  app_->add_option_function<std::string>(name, set, help);
  return *this;
}

Command& Command::arguments(const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  any_arguments(name, values, help);
  app_->get_option(name)->required();
  return *this;
}

Command& Command::any_arguments(const std::string& name, std::vector<std::string>& values,
                                const std::string& help) {
  const auto set = [&values](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) values.push_back(unmarked(text));
  };
  app_->add_option_function<std::vector<std::string>>(name, set, help);
  return *this;
}

Command& Command::flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help);
  return *this;
}

Command& Command::option(const std::string& names, const std::string& value_name,
                         std::optional<std::string>& value, const std::string& help) {
  app_->add_option_function<std::string>(
          names, [&value](const std::string& text) { value = unmarked(text); }, help)
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
      throw CLI::ValidationError(names.substr(names.rfind(',') + 1),
                                 "needs a whole number, not \"" + text + "\"");
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
  const auto set = [&values](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) values.push_back(unmarked(text));
  };
  app_->add_option_function<std::vector<std::string>>(names, set, help)
      ->type_name(value_name)
      ->allow_extra_args(false)  // one value an option: the next word is something else
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
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
  app_->formatter(std::make_shared<HelpText>());
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() { return Command(app_.get(), &chosen_); }

Result<Parsed> CommandLine::parse(int argc, const char* const* argv) {
  if (argc <= 1) return Parsed{{}, app_->help()};
  try {
    std::vector<std::string> arguments;  // last one first, as CLI11 takes them
    for (int i = argc - 1; i > 0; --i) arguments.push_back(marked(argv[i]));
    app_->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Parsed{{}, innermost(app_.get())->help()};
  } catch (const CLI::CallForVersion& version) {
    return Parsed{{}, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    const CLI::App* command = innermost(app_.get());
    return Status(Code::invalid, printable(explain(error, app_.get())) + "; see `" +
                                     path_of(command) + " --help`");
  }
  return Parsed{chosen_, {}};
}

}  // namespace everturn::cli
