// SPDX-License-Identifier: Apache-2.0
// A session's key and the name of its file, there and back. A key is UTF-8 text of 1 to
// kMaxKeyBytes bytes without NUL. Canonical and hashed names never meet: hashed ones have a "~",
// which base64url lacks. A legacy name may look like either. All functions are pure and may be
// called from any thread.
#ifndef EVERTURN_BASE_SESSION_NAME_H_
#define EVERTURN_BASE_SESSION_NAME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/status.h"

namespace everturn {

inline constexpr std::size_t kMaxKeyBytes = 1024;
inline constexpr std::size_t kMaxFileNameBytes = 255;  // NAME_MAX of every file system we know

// Ok, or `invalid` with the key, shortened and made printable, and the remedy.
Status check_key(std::string_view key);

// For keys of sessions to be made: refuses control characters and "." and ".." as a path segment
// (between / or \) too, because other programs may take such a key for a path.
Status check_new_key(std::string_view key);

enum class NameForm : std::uint8_t {
  canonical,  // base64url of the key: the name decides the key
  hashed,     // readable prefix, "~" and hash: the metadata record decides the key
  legacy,     // nanobot's older names, such as telegram_12345.jsonl: the metadata record decides
  foreign,    // any other name, in another agent's folder
};

// The name under which a store of ours keeps the session: canonical if it fits kMaxFileNameBytes
// and the folder tells upper from lower case, else hashed. `key` must be valid by check_key.
std::string session_file_name(std::string_view key, bool ignores_case);

// The name nanobot's older versions gave the session, or "" if it cannot be one: empty before its
// ".jsonl", too long, hidden, or with a NUL.
std::string legacy_file_name(std::string_view key);

// The key of a canonical name; nullopt for every other name.
std::optional<std::string> key_of_file_name(std::string_view file_name);

// True for every file name that may be a session: ends in ".jsonl", has something before it and is
// not hidden.
bool is_session_file_name(std::string_view file_name);

// A packed session lies beside where it would lie unpacked: its name, and ".zst" behind it. "" if
// that is too long for a file name.
std::string packed_file_name(std::string_view file_name);
bool is_packed_file_name(std::string_view name);
// Without the ".zst" of a packed session; any other name as it is.
std::string_view unpacked_name(std::string_view name);

// Where a rewrite of `file_name` is prepared, in the same folder. One per session file, so that a
// leftover is found without listing the folder. Always 37 bytes, hidden, and not a session's name.
std::string temporary_file_name(std::string_view file_name);
// True for every name that temporary_file_name makes.
bool is_temporary_file_name(std::string_view name);

// The slot of the key in the lock file: 63 bits, never 0, which is the store's own slot.
std::uint64_t lock_slot(std::string_view key);

}  // namespace everturn

#endif  // EVERTURN_BASE_SESSION_NAME_H_
