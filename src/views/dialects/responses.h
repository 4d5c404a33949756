// SPDX-License-Identifier: Apache-2.0
// Items of the Responses interface, as OpenAI's and Codex's transcripts hold them.
#ifndef EVERTURN_VIEWS_DIALECTS_RESPONSES_H_
#define EVERTURN_VIEWS_DIALECTS_RESPONSES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/json_cursor.h"
#include "everturn/views.h"

namespace everturn {

// True if that is the type (a raw value) of an item that read_response_item knows.
bool is_response_item(std::string_view raw_type);
// Adds the entries of the item that the cursor stands on, at least one, and passes it. False: the
// type is not known, and the entry is an `other`.
bool read_response_item(JsonCursor& cursor, std::vector<Entry>& entries);
bool read_response_item(std::string_view item, std::vector<Entry>& entries);
// {"type":"function_call_output",...}
std::string close_response_call(const Entry& call, std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_RESPONSES_H_
