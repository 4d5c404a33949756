// SPDX-License-Identifier: Apache-2.0
// The browser of the user's desktop.
#ifndef EVERTURN_CLI_BROWSER_H_
#define EVERTURN_CLI_BROWSER_H_

#include <string>

namespace everturn::cli {

// There is a desktop to open something on.
bool has_desktop();
// Asks the desktop to open `url`. What comes of it is not known.
void open_in_browser(const std::string& url);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_BROWSER_H_
