// SPDX-License-Identifier: Apache-2.0
// A clean copy of a session in its own agent's format: every whole record on a line of its own,
// byte for byte, but for what its agent needs to find them again. The session itself is only read.
// One thread.
#ifndef EVERTURN_VIEWS_RESCUE_H_
#define EVERTURN_VIEWS_RESCUE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everturn/store.h"

namespace everturn {

struct RescueOptions {
  // Projects that were moved: working directories at or below the first become those of the second.
  std::vector<std::pair<std::string, std::string>> relocate;
};

enum class RescueAction : std::uint8_t {
  left_out,    // damage: bytes that are no record
  split,       // a record that stood on the line of another
  mended,      // a record with broken characters: U+FFFD stands in their place
  line_end,    // the last record had none
  reattached,  // a record whose parent is gone: it follows the record before it
  relocated,   // a working directory
  blank,       // a run of blank lines, or a byte order mark, left out
  renumbered,  // a number that counts records, lowered by those that are lost: last_consolidated of
               // nanobot, firstKeptEntryIndex of pi
};
inline constexpr std::size_t kRescueActions = 8;
std::string_view rescue_action_name(RescueAction action);

// One difference between the session and its copy.
struct RescueChange {
  RescueAction action = RescueAction::left_out;
  std::uint64_t offset = 0;  // in the session
  std::uint64_t length = 0;  // of what is left out; else 0
  std::string from;          // what stood there, as raw JSON; of damage the reason
  std::string to;            // what stands there now, as raw JSON
};

struct RescueReport {
  std::string_view dialect;
  std::uint64_t records = 0;  // in the copy
  std::uint64_t bytes = 0;
  std::uint64_t left_out_bytes = 0;
  std::uint64_t counts[kRescueActions] = {};  // changes by action
  [[nodiscard]] std::uint64_t changes() const;
};

using RescueLineSink = std::function<Status(std::string_view)>;
using RescueChangeSink = std::function<Status(const RescueChange&)>;

// Gives the lines of the copy, each with its line end, and the changes; white space behind the last
// record is neither copied nor told. Reads the session twice; a
// session that grows meanwhile is copied as far as it went at first. `conflict` if it was rewritten
// meanwhile; `invalid` for a file that is one JSON document, or holds no record.
Result<RescueReport> rescue(Store& store, std::string_view key, const RescueOptions& options,
                            const RescueLineSink& line, const RescueChangeSink& change);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_RESCUE_H_
