// SPDX-License-Identifier: Apache-2.0
// The messages of a conversation, out of the entries that a dialect selected: pieces of a response
// joined, each tool call with its result, nothing that no provider would take.
#ifndef EVERTURN_VIEWS_MESSAGES_H_
#define EVERTURN_VIEWS_MESSAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/views.h"
#include "views/session.h"

namespace everturn {

enum class Role : std::uint8_t { system, user, assistant };

// One text, image, thought or tool call.
struct Part {
  const Entry* entry = nullptr;
  std::string_view text;  // what is said in its place; a raw JSON value
  // Of a tool call only:
  const Entry* result = nullptr;
  std::string_view result_text;
  std::string call_id;     // one that every provider takes, and that no other call has
  std::string tool;        // its name, the same way
  bool is_closed = false;  // has a stand-in for a result

  [[nodiscard]] bool is_call() const { return entry->kind == EntryKind::tool_call; }
  [[nodiscard]] bool is_thinking() const { return entry->kind == EntryKind::thinking; }
  [[nodiscard]] bool is_image() const { return (entry->flags & kImage) != 0; }
};

struct Message {
  Role role = Role::user;
  std::vector<Part> parts;
  [[nodiscard]] std::uint32_t record() const { return parts.front().entry->record; }
};

struct Messages {
  std::vector<Message> list;
  std::uint64_t dropped_calls = 0;
  std::uint64_t orphan_results = 0;
  std::uint64_t repeats = 0;
};

// What is said in place of a result that is not there.
inline constexpr std::string_view kNoResult =
    "[No result: the session ends or goes on without one. This text was put in by Everturn.]";

// `whole_records`: a message is dropped as a whole or not at all, for formats that keep records as
// they are; a call among others that have results is then closed rather than dropped.
Messages join_messages(const Selection& selection, Unfinished unfinished, bool whole_records);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_MESSAGES_H_
