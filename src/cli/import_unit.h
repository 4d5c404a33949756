// SPDX-License-Identifier: Apache-2.0
// The systemd user unit of `everturn import --follow --install`.
#ifndef EVERTURN_CLI_IMPORT_UNIT_H_
#define EVERTURN_CLI_IMPORT_UNIT_H_

#include <string>
#include <vector>

#include "agents/folders.h"
#include "fs/fs.h"

namespace everturn::cli {

inline constexpr const char* kImportUnit = "everturn-import.service";

// The text of the unit that runs `program`, a path from the root, with these arguments, and with
// the variables that name agents' folders as they are set now. `invalid` if one of them has control
// characters, which no unit can hold. Pure.
Result<std::string> import_unit_text(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const Environment& environment);
// Where user units lie: below XDG_CONFIG_HOME, else below HOME; `invalid` without either. Pure.
Result<std::string> user_unit_folder(const Environment& environment);
// Writes the unit, durably; false if it stands there already, word for word. `conflict` if
// something else does.
Result<bool> install_unit(Fs& fs, const std::string& folder, const std::string& text);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_IMPORT_UNIT_H_
