// SPDX-License-Identifier: Apache-2.0
// The manifest of a backup: which files it holds, and their hashes. JSON lines: a header, a line a
// file, and an end with the hash of all lines before it. Pure, any thread.
#ifndef EVERTURN_STORE_BACKUP_MANIFEST_H_
#define EVERTURN_STORE_BACKUP_MANIFEST_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/status.h"

namespace everturn {

// Where a file lies: in the store's folder, or below .everturn.
enum class BackupPart : std::uint8_t { sessions, trash, quarantine, side };
inline constexpr std::size_t kBackupParts = 4;
std::string_view backup_part_name(BackupPart part);

struct BackupEntry {
  BackupPart part = BackupPart::sessions;
  std::string name;
  std::string key;  // of a session
  std::uint64_t bytes = 0;
  std::string sha256;   // in hexadecimal digits
  std::string version;  // of a session, as it was copied
  std::int64_t modified_ns = 0;
  // Which file of the store it was, and in which state: equal stamps, equal bytes.
  std::string stamp;
  bool gone = false;  // was in the store at an earlier backup
};
std::string backup_line(const BackupEntry& entry);
std::optional<BackupEntry> parse_backup_line(std::string_view line);

// In the order of parts and names.
using BackupEntries = std::map<std::pair<BackupPart, std::string>, BackupEntry>;

struct BackupManifest {
  std::string store;  // the absolute path
  std::string begun;
  std::string finished;
  BackupEntries entries;
};
std::string manifest_text(const BackupManifest& manifest);
// `damaged` if it is not whole.
Result<BackupManifest> parse_manifest(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_STORE_BACKUP_MANIFEST_H_
