// SPDX-License-Identifier: Apache-2.0
// The texts that are searched. Each is made of JSON strings of its record, decoded, and of nothing
// else but ": " and line ends between them: the byte scan relies on that. Any thread.
#ifndef EVERTURN_FIND_ENTRY_TEXT_H_
#define EVERTURN_FIND_ENTRY_TEXT_H_

#include <span>
#include <string>
#include <string_view>

#include "everturn/entry.h"

namespace everturn {

// What an entry says; "" if nothing, or nothing of its own. `record`: all entries of its record.
std::string searched_text(const Entry& entry, std::span<const Entry> record);

// All names and values in `json`, a value each line, "name: value".
std::string strings_of(std::string_view json);

}  // namespace everturn

#endif  // EVERTURN_FIND_ENTRY_TEXT_H_
