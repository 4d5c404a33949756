// SPDX-License-Identifier: Apache-2.0
// What nanobot does to a message's text before the model sees it. Strings are UTF-8; white space
// and line ends are Python's.
#ifndef EVERTURN_VIEWS_NANOBOT_TEXT_H_
#define EVERTURN_VIEWS_NANOBOT_TEXT_H_

#include <string>
#include <string_view>

namespace everturn {

// str.strip()
std::string_view python_strip(std::string_view text);

// An assistant's text without the marks that nanobot put in and the model may have copied: a
// message time at its start, lines that stand for an image or echo a tool call. Stripped.
std::string without_replay_marks(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_NANOBOT_TEXT_H_
