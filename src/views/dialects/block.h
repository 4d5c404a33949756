// SPDX-License-Identifier: Apache-2.0
// One block of a message's content, in the words of any of the agents: text, thinking, a tool call,
// a tool result, an image. Their type names do not clash, so that one reader serves all dialects.
#ifndef EVERTURN_VIEWS_DIALECTS_BLOCK_H_
#define EVERTURN_VIEWS_DIALECTS_BLOCK_H_

#include <string_view>
#include <vector>

#include "base/json_cursor.h"
#include "everturn/views.h"

namespace everturn {

// Adds the entry of the block that the cursor stands on, and passes it. Text and images become
// entries of kind `speaker`.
void read_block(JsonCursor& cursor, EntryKind speaker, std::vector<Entry>& entries);

// The same for a whole `content`: a string, or a list of blocks, or one block. A null, an empty
// string and an empty list add nothing.
void read_content(JsonCursor& cursor, EntryKind speaker, std::vector<Entry>& entries);
void read_content(std::string_view content, EntryKind speaker, std::vector<Entry>& entries);

// True if a text, a raw string, holds nothing but white space.
bool is_blank_string(std::string_view raw_string);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_BLOCK_H_
