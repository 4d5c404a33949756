// SPDX-License-Identifier: Apache-2.0
// Chat messages as the Chat Completions interface has them, {"role":..,"content":..}, with what
// nanobot adds: what its dialect, OpenAI's and the generic one have in common.
#ifndef EVERTURN_VIEWS_DIALECTS_CHAT_H_
#define EVERTURN_VIEWS_DIALECTS_CHAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "everturn/views.h"

namespace everturn {

// The members of a message, as they stand.
struct ChatMessage {
  std::string_view role;
  std::string_view content;
  std::string_view name;
  std::vector<Entry> calls;  // entries already: they can be most of a record
  std::string_view tool_call_id;
  std::string_view reasoning;
  std::string_view thinking_blocks;
  std::string_view time;
  std::string_view type;      // nanobot's `_type`, or `type`
  std::string_view command;   // nanobot: never replayed
  std::string_view delivery;  // nanobot: sent without being asked
  std::string_view hidden;    // nanobot: not a person's words
  std::string_view id;
  std::string_view model;
  std::string_view usage;
  std::size_t members = 0;
};

ChatMessage read_chat_members(std::string_view record);
// Adds its entries; false, and none, if it has no role that means something.
bool read_chat_message(std::string_view record, const ChatMessage& message,
                       std::vector<Entry>& entries);
// {"role":"tool",...}
std::string close_chat_call(const Entry& call, std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_DIALECTS_CHAT_H_
