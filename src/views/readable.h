// SPDX-License-Identifier: Apache-2.0
// A record as a person reads it. Knows chat messages as nanobot and the OpenAI interface write them
// (`role`, `content` as text or blocks, `tool_calls`, `timestamp`); everything else is shown as
// compact JSON. Never fails, and gives only text that is safe on a terminal. Pure; any thread.
#ifndef EVERTURN_VIEWS_READABLE_H_
#define EVERTURN_VIEWS_READABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {

enum class PartKind : std::uint8_t {
  text,       // what was said
  thinking,   // what the model thought first
  tool_call,  // `name` is the tool, `text` its arguments
  other,      // compact JSON, or the stand-in for an image; `name` is its type, if it has one
};

struct ReadablePart {
  PartKind kind = PartKind::text;
  std::string name;
  std::string text;  // safe to show; newlines and tabs are layout
};

struct Readable {
  std::string role;  // as it stands there; "metadata" for metadata; empty for anything else
  std::string name;  // the tool of a tool's answer, or the speaker; may be empty
  std::string time;  // as it stands there; may be empty
  std::vector<ReadablePart> parts;
};

// `record` must be one JSON object.
Readable make_readable(std::string_view record);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_READABLE_H_
