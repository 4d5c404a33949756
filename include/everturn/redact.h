// SPDX-License-Identifier: Apache-2.0
// Taking text out of sessions for good: secrets that an agent printed, or what a person asks to be
// forgotten. Unlike everything else here, it cannot be taken back. Plain values.
#ifndef EVERTURN_REDACT_H_
#define EVERTURN_REDACT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn {

class Store;

struct RedactMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view kind;  // one word, which outlives the call: it stands in the marker
};
// Adds the matches in `text`, in order and not overlapping. Called by one thread.
using RedactFinder = std::function<void(std::string_view text, std::vector<RedactMatch>& matches)>;

struct RedactOptions {
  RedactFinder find;
  bool apply = false;  // else a plan: everything is read, nothing is changed
  // Also what else of the store could hold the text: trash, quarantine (its entries of these
  // sessions, and all that hold a match, are removed: those repairs can no longer be undone) and
  // leftovers.
  bool everywhere = false;
  // Goes on although another program has a session's file open, where our locks mean nothing to it.
  bool force = false;
  std::string who;  // for the audit line; no content of the sessions stands there
};

using RedactCounts = std::map<std::string, std::uint64_t>;  // places, by kind

struct RedactPlace {
  std::string where;  // a session's key; "trash/ID.0"; "quarantine/ID"; a leftover's name
  bool is_session = false;
  RedactCounts counts;
};

struct RedactReport {
  RedactCounts counts;
  std::vector<RedactPlace> places;  // that held a match
  std::uint64_t files_removed = 0;  // of quarantine, leftovers and cache
  // What was left, each a sentence: another program is at work on it.
  std::vector<std::string> problems;
};

// Replaces each match by [redacted:KIND], in the sessions of these keys; of all, if there are none.
// Matches are looked for in the decoded text of every JSON string, member names too, in JSON text
// inside of strings, in numbers, and in damage by its bytes. All other bytes of a line stay as they
// are. Each session is rewritten atomically, and its old file is kept nowhere. The blocks that it
// had on the disk are not overwritten, and backups are not touched. Everything disposable (catalog,
// search index) is emptied with `apply`; of the seals, which are salted hashes, a new chain
// remains, whose first line says why. `invalid` where a session's key holds a match (rename it
// first), where a line is over the size limit, and where the marker itself would match. An audit
// line is added to .everturn/audit.jsonl, in a store of our own.
Result<RedactReport> redact(Store& store, const std::vector<std::string>& keys,
                            const RedactOptions& how);

}  // namespace everturn

#endif  // EVERTURN_REDACT_H_
