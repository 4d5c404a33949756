// SPDX-License-Identifier: Apache-2.0
#include "cli/import_unit.h"

#include <algorithm>
#include <memory>

#include "base/try.h"
#include "base/utf8.h"
#include "store/atomic_file.h"

namespace everturn::cli {
namespace {

// Every variable that agent_folders() asks for but HOME, which systemd sets itself.
constexpr const char* kVariables[] = {
    "CLAUDE_CONFIG_DIR",           "CODEX_HOME",         "PI_CODING_AGENT_DIR",
    "PI_CODING_AGENT_SESSION_DIR", "OPENCLAW_STATE_DIR", "GEMINI_CLI_HOME",
};

// One word of a unit: systemd takes quotes and backslashes as C does, and a percent sign as a
// specifier; in a command line also a dollar sign as a variable.
Result<std::string> unit_word(const std::string& text, bool is_command) {
  std::string word = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      return Status(Code::invalid, "a unit cannot hold the control character in \"" +
                                       printable(text) + "\"; give a path without it");
    }
    if (c == '"' || c == '\\') word += '\\';
    if (c == '%' || (c == '$' && is_command)) word += c;
    word += c;
  }
  return word + "\"";
}

Result<std::string> content_of(Folder& folder, const std::string& name) {
  constexpr std::size_t kLongest = 64 << 10;
  const std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
  std::string bytes(kLongest, '\0');
  bytes.resize(TRY(file->read_at(0, bytes.data(), bytes.size())));
  return bytes;
}

}  // namespace

Result<std::string> import_unit_text(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const Environment& environment) {
  std::string command = TRY(unit_word(program, true));
  for (const std::string& argument : arguments) command += " " + TRY(unit_word(argument, true));
  std::string text =
      "[Unit]\n"
      "Description=Everturn keeps a copy of what agents write\n"
      "\n"
      "[Service]\n";
  for (const char* variable : kVariables) {
    const std::string value = environment(variable);
    if (value.empty()) continue;
    text += "Environment=" + TRY(unit_word(variable + ("=" + value), false)) + "\n";
  }
  return text + "ExecStart=" + command +
         "\n"
         // As `systemctl stop` ends it: 128 and the number of SIGTERM.
         "SuccessExitStatus=143\n"
         "Restart=on-failure\n"
         "RestartSec=30\n"
         "Nice=10\n"
         "\n"
         "[Install]\n"
         "WantedBy=default.target\n";
}

Result<std::string> user_unit_folder(const Environment& environment) {
  if (const std::string config = environment("XDG_CONFIG_HOME"); config.starts_with('/')) {
    return config + "/systemd/user";
  }
  if (const std::string home = environment("HOME"); home.starts_with('/')) {
    return home + "/.config/systemd/user";
  }
  return Status(Code::invalid, "no place for a user unit: set HOME or XDG_CONFIG_HOME");
}

Result<bool> install_unit(Fs& fs, const std::string& folder, const std::string& text) {
  const std::string path = folder + "/" + kImportUnit;
  const std::unique_ptr<Folder> opened = TRY(fs.open_folder(folder, true));
  const Result<std::string> there = content_of(*opened, kImportUnit);
  if (there && *there == text) return false;
  if (!there && there.status().code() != Code::not_found) return there.status();
  if (there) {
    return Status(Code::conflict, printable(path) +
                                      " is another unit already; look at it, and remove it to have "
                                      "it written anew");
  }
  const std::unique_ptr<AtomicFile> file = TRY(create_new_file(fs, path));
  CHECK_OK(file->write(text));
  CHECK_OK(file->commit());
  return true;
}

}  // namespace everturn::cli
